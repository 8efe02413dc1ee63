"""Implicit relative imports of libraries, which Python 3 does not have.

In Python 2 ``import info`` in a package means the ``info`` beside the file, too
(https://peps.python.org/pep-0328/#guido-s-decision). Of what Python 3 says, ``No module named
'info'``, only the installed files tell whether a part of the package or another one is missing.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tfcompat.judging.tracebacks import Raised

_NO_MODULE = re.compile(r"No module named '(?P<name>\w+)'")


def implicit_import(chain: Sequence[Raised], environment: Path) -> str | None:
    """Return the module that a run wanted, where it lies beside the file that imports it.

    ``chain`` is the exception that ended it, after those that were being handled meanwhile; in it
    ``environment`` is called ``/env``. None where the run ended for another reason, or on Python 2.
    """
    for raised in chain:
        found = _NO_MODULE.match(raised.message)
        files = [frame for frame in raised.frames if not (frame.internal or frame.standard)]
        if found is None or not files or files[-1].package is None:
            continue
        parts = files[-1].file.removeprefix("/env/").split("/")
        beside = environment.joinpath(*parts).parent
        if beside.name != "site-packages" and _holds(beside, found["name"]):
            return found["name"]
    return None


def _holds(folder: Path, module: str) -> bool:
    """Tell whether a folder of a package has a module, in Python or in C."""
    places = (folder / f"{module}.py", folder / module / "__init__.py")
    return any(place.is_file() for place in places) or any(folder.glob(f"{module}.*.so"))
