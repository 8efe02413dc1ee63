"""Matches regular expressions for another process, which ends it where that takes too long.

A line of JSON comes in for each text, ``[pattern, replacement, text]``, and one goes out: whether
the pattern is found where ``replacement`` is null, else the text with every match replaced.
"""

from __future__ import annotations

import json
import re
import sys


def main() -> None:
    """Answer until there are no more questions."""
    for line in sys.stdin:
        pattern, replacement, text = json.loads(line)
        compiled = re.compile(pattern)
        answer: bool | str = (
            compiled.search(text) is not None
            if replacement is None
            else compiled.sub(replacement, text)
        )
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
