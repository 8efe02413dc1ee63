import os
import brick
os.write(1, b"\xff\xfe caf\xe9 \x1b]0;owned\x07\x1b[2J\x1b[31mred\n")
os.write(2, b"\x1b[2J\x1b]8;;http://example.org\x07\n")
raise ValueError("\x1b[2J\x1b]0;owned\x07")
