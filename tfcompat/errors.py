"""One class per way in which a command can fail; each carries its exit code and a remedy.

A cell or a run that fails is data, not an exception. These are for the command itself, are caught
once in ``cli.main`` and never reach a user as a traceback.
"""

from __future__ import annotations

import errno
from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class TfcompatError(Exception):
    """Base of all errors that end a command; ``exit_code`` is the process's."""

    exit_code = 2


class UserError(TfcompatError):
    """Something that the user has to change before the command can work."""


class StudyError(UserError):
    """The study's file is missing or unreadable, or holds something that is not allowed."""


class SelectionError(UserError):
    """The command line names a release, a Python or an example that does not exist."""


class ResultsError(UserError):
    """The results folder cannot be written, or belongs to another campaign."""


class NewerSchemaError(ResultsError):
    """A file was written by a newer release: it is neither read nor written over."""


class ClaimError(TfcompatError):
    """A verdict named by ``--fail-on`` occurred."""

    exit_code = 1


class IndexUnavailableError(TfcompatError):
    """The package index cannot be reached, and no earlier copy of its page is stored."""

    exit_code = 3


class OutOfTimeError(TfcompatError):
    """The time that the user gave a command was over before there was anything to tell."""

    exit_code = 3


class InterruptedRunError(TfcompatError):
    """The user, or a signal, stopped the command."""

    exit_code = 130


# What a machine can run out of, by the number of the error, and what to do about it.
_SHORT = {
    errno.EMFILE: "no more files may be opened; raise the limit with: ulimit -n 1024",
    errno.ENFILE: "no more files may be opened on this machine; end other programs",
    errno.EAGAIN: "no more processes may be started; end others, or raise the limit (ulimit -u)",
    errno.ENOMEM: "there is no memory left; end other programs, or say --jobs 1",
    errno.ENOSPC: "the disk is full; make room, or set TFCOMPAT_CACHE to a folder on another disk",
    errno.EDQUOT: "the disk quota is used up; make room, or set TFCOMPAT_CACHE to another disk",
    errno.EROFS: "the file system is read-only; set TFCOMPAT_CACHE to a folder that is not",
}


def sentence(error: Exception) -> str:
    """Return one sentence for the user about the exception that ended a command."""
    if isinstance(error, TfcompatError):
        return str(error)
    number = error.errno if isinstance(error, OSError) else None
    if isinstance(error, RuntimeError) and "start new thread" in str(error):
        number = errno.EAGAIN
    if number in _SHORT:
        return f"{_SHORT[number]}; what finished is stored ({error})"
    said = " ".join(str(error).split())[:500]
    return (
        f"internal error: {type(error).__name__}: {said} (--verbose shows where; please report it)"
    )


def near_miss(word: str, known: Iterable[str]) -> str:
    """Return ``" (did you mean 'x'?)"`` for the closest known word, or an empty text."""
    close = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f" (did you mean {close[0]!r}?)" if close else ""
