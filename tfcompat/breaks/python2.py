"""Scripts of Python 2 as Python 3 reads them: the same names on the same lines.

Only what Python 3 cannot parse is rewritten, by fissix, a maintained copy of lib2to3.
"""

from __future__ import annotations

import logging

from tfcompat.planning.python2 import is_python2

_FIXERS = ("except", "exec", "ne", "numliterals", "print", "raise", "repr", "tuple_params",
           "unicode")  # fmt: skip


def as_python3(source: bytes) -> bytes:
    """Return a script that Python 3 can parse; one that it can, or nobody can, as it is."""
    if not is_python2(source):
        return source
    # It takes a while to import, and few scripts need it.
    from fissix.refactor import RefactoringTool  # noqa: PLC0415

    logging.getLogger("RefactoringTool").setLevel(logging.CRITICAL)
    tool = RefactoringTool([f"fissix.fixes.fix_{name}" for name in _FIXERS])
    try:
        text = source.decode("utf-8", "replace").replace("\r\n", "\n").expandtabs(8)
        return str(tool.refactor_string(f"{text}\n", "script")).encode()
    except Exception:  # noqa: BLE001 - what it cannot parse is reported by those who parse it next
        return source
