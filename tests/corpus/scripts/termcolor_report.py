from termcolor import colored

levels = [("ok", "green"), ("warn", "yellow"), ("error", "red")]
for word, color in levels:
    print(repr(colored(word, color, attrs=["bold"])))
