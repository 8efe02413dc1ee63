"""Exceptions of cells as text, without the frames of the program that runs them."""

import os
import sys
import traceback

TYPE_CHECKING = False  # Python 2.7 has no typing module; mypy takes this name for true
if TYPE_CHECKING:
    from typing import Any, Set


def exception_text(error, folder, alone=False):
    # type: (BaseException, str, bool) -> str
    """Return the traceback of an exception without frames of the files in a folder.

    ``alone`` leaves out what the exception was raised from.
    """
    if sys.version_info[0] > 2:
        shown = traceback.TracebackException(type(error), error, error.__traceback__)
        if alone:
            shown.__cause__ = shown.__context__ = None
        _strip(shown, folder, set())
        text = "".join(shown.format())
    else:
        trace = sys.exc_info()[2]
        frames = [frame for frame in traceback.extract_tb(trace) if not _is_in(frame[0], folder)]
        head = ["Traceback (most recent call last):\n"] if frames else []
        end = traceback.format_exception_only(type(error), error)
        text = "".join(head + traceback.format_list(frames) + end)
    return text


def _strip(shown, folder, seen):
    # type: (Any, str, Set[int]) -> None
    """Remove frames from an exception, and from all that it was raised from."""
    if shown is None or id(shown) in seen:
        return
    seen.add(id(shown))
    if shown.stack is not None:
        shown.stack[:] = [frame for frame in shown.stack if not _is_in(frame.filename, folder)]
    grouped = getattr(shown, "exceptions", None) or ()
    for other in [shown.__cause__, shown.__context__] + list(grouped):
        _strip(other, folder, seen)


def _is_in(filename, folder):
    # type: (str, str) -> bool
    return os.path.dirname(os.path.abspath(filename)) == folder
