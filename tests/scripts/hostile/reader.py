import sys
import brick
print(repr(sys.stdin.read()))
