"""Files of this machine that a run failed for want of, as runs do not see them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tfcompat.results.verdicts import Cause

# As the errors of Python and of libraries quote it, those of Python 2 with their prefix.
_ABSOLUTE = re.compile(r"[bu]?(['\"`])(?P<quoted>/.+?)\1|(?<!\S)(?P<bare>/\S+)(?= not found)")
_SAID = re.compile(r"(?i)no such file|does not exist|not found|read-only file system")


def hidden_file(cause: Cause) -> Path | None:
    """Return what a failure names as missing or read-only, and what is here; None without any."""
    if not _SAID.search(cause.message):
        return None
    for match in _ABSOLUTE.finditer(cause.message):
        path = Path(match["quoted"] or match["bare"])
        try:
            if path.exists():
                return path
        except OSError:  # a name that no file can have
            continue
    return None
