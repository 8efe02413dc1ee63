"""Usage: run [-v] <command> [<argument>...]

-v  say more
"""
from docopt import docopt

for line in (["-v", "ls", "-l", "/tmp"], ["make", "all"]):
    arguments = docopt(__doc__, line, options_first=True)
    print(sorted(arguments.items()))
