"""What ended a program: its stderr as exceptions with frames, in the form of any Python.

Left out is what interpreters print after the real error or beside it: exceptions that they ignore
while they shut down, those of logging, the carets below a line of code.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_BEGINS = re.compile(r"^[\s|+]*(?:(?P<type>[\w.]+): )?Traceback \(most recent call last\):$")
_FRAME = re.compile(r'^\s{2,4}File "(?P<file>[^"]*)", line (?P<line>\d+)(?P<called>, in .*)?$')
# The last line of a traceback. TensorFlow 1 writes where the operation was made before it.
_RAISED = re.compile(
    r"^(?P<type>[A-Za-z_][\w.]*)(?: \(see above for traceback\))?(?:: ?(?P<message>.*))?$"
)
_CHAINED = re.compile(
    r"^(?:During handling of the above exception|The above exception was the direct cause)"
)
# Not the reason why a program ended, whatever is below; Python 2 shows nothing below.
_NOISE = re.compile(
    r"^(?:Exception ignored in|--- Logging error ---|Error in atexit|Error in sys\.exitfunc)"
)
_IGNORED = re.compile(r"^Exception .* ignored$")
_THREAD = re.compile(r"^Exception in thread ")
_MARKERS = re.compile(r"^\s*[\^~]+\s*$|^\s*\[Previous line repeated")
# TensorFlow's name for a node of a graph that nobody wrote.
_PLACEHOLDER = re.compile(r"\{\{(?:function_)?node [^}]*\}\}:?\s*")
_ENCOUNTERED = re.compile(r"Exception encountered when calling .{1,200}\.$")
# Keras 3 sets words in bold.
_BOLD = re.compile(r"\x1b\[[\d;]*m")
# Not so in site-packages, which lie below it.
_STANDARD = re.compile(r"/lib(?:64)?/(?:python|pypy)\d[\d.]*/(?!(?:site|dist)-packages/)")
# So the launcher names the cells of notebooks.
_CELL = re.compile(r"(?<=\.ipynb), cell (\d+)$")
_MESSAGE_LINES = 20  # lines of a message that are kept: some hold a whole graph


@dataclass(frozen=True, slots=True)
class Frame:
    """One place of a traceback, with its line of code where it was at hand.

    ``compiled``: the line was not run but read, when its file could not be compiled.
    """

    file: str
    line: int
    code: str = ""
    compiled: bool = False

    @property
    def cell(self) -> int | None:
        """The cell, where it lies in one of a notebook."""
        found = _CELL.search(self.file)
        return int(found[1]) if found else None

    @property
    def script(self) -> str:
        """The file, or the notebook whose cell it is."""
        return _CELL.sub("", self.file)

    @property
    def package(self) -> str | None:
        """The folder or module below ``site-packages`` that it lies in, as ``google.protobuf``."""
        below = self._below_packages
        if not below:
            return None
        return ".".join(below[: 2 if below[0] == "google" else 1]).removesuffix(".py")

    @property
    def path_in_package(self) -> str:
        """The file, as it lies below ``site-packages`` where it does."""
        return "/".join(self._below_packages) or self.file

    @property
    def _below_packages(self) -> tuple[str, ...]:
        parts = PurePosixPath(self.file).parts
        for folder in ("site-packages", "dist-packages"):
            if folder in parts:
                return parts[len(parts) - parts[::-1].index(folder) :]
        return ()

    @property
    def internal(self) -> bool:
        """Whether it has no file, as the machinery of imports and code that is made in a run."""
        return self.file.startswith("<")

    @property
    def standard(self) -> bool:
        """Whether it lies in the standard library."""
        return bool(_STANDARD.search(self.file))


@dataclass(frozen=True, slots=True)
class Raised:
    """An exception: its dotted type, its message (several lines, bounded), its frames outside in.

    ``chained``: it was raised while the one before it was handled. ``in_thread``: it ended a
    thread, not the program.
    """

    type: str
    message: str
    frames: tuple[Frame, ...]
    chained: bool = False
    in_thread: bool = False

    @property
    def name(self) -> str:
        """The last part of its type."""
        return self.type.rpartition(".")[2]

    @property
    def headline(self) -> str:
        """The last part of the type, and the first line of the message that tells what happened."""
        lines = [line.strip() for line in _PLACEHOLDER.sub("", self.message).splitlines()]
        lines = [line for line in lines if line]
        chosen = lines[0] if lines else ""
        # AutoGraph and Keras write where it was before they write what it was.
        if chosen == "in user code:":
            chosen = lines[-1]
        elif _ENCOUNTERED.match(chosen) and len(lines) > 1:
            chosen = lines[1]
        elif chosen.endswith(":") and len(lines) > 1:
            # It announces what follows, as Lark does the error of a user's callback.
            chosen = f"{chosen} {lines[1]}"
        chosen = chosen.removeprefix(f"{self.name}: ")
        return f"{self.name}: {chosen}" if chosen else self.name


def ending(lines: Sequence[str]) -> Raised | None:
    """Return the exception that ended a program, by what it wrote to stderr; None for none."""
    chain = chain_of_ending(lines)
    return chain[-1] if chain else None


def chain_of_ending(lines: Sequence[str]) -> tuple[Raised, ...]:
    """Return the exception that ended a program, after those that were being handled meanwhile."""
    found = exceptions(lines)
    main = [place for place, raised in enumerate(found) if not raised.in_thread]
    if not found:
        alone = _without_traceback(lines)
        return () if alone is None else (alone,)
    last = begins = main[-1] if main else len(found) - 1
    while begins > 0 and found[begins].chained:
        begins -= 1
    return tuple(found[begins : last + 1])


def _without_traceback(lines: Sequence[str]) -> Raised | None:
    """Return the exception of a last line whose traceback is lost, as where a stream was cut."""
    for line in reversed(lines):
        raised = _RAISED.match(line.rstrip("\r\n"))
        if raised and raised["type"].endswith(("Error", "Exception", "Interrupt")):
            return Raised(raised["type"], (raised["message"] or "").strip(), ())
    return None


def exceptions(lines: Sequence[str]) -> list[Raised]:
    """Return every exception whose traceback is shown, in order, but for ignored ones."""
    reader = _Reader()
    for line in lines:
        reader.read(_BOLD.sub("", line).rstrip("\r\n"))
    reader.close()
    return reader.found


class _Reader:
    """Goes through stderr line by line. ``message`` is None outside of one."""

    def __init__(self) -> None:
        self.found: list[Raised] = []
        self.frames: list[Frame] = []
        self.type = ""
        self.message: list[str] | None = None
        self.in_block = self.ignored = self.chained = self.in_thread = False

    def read(self, line: str) -> None:
        begins = _BEGINS.match(line)
        marks = (_CHAINED, _NOISE, _THREAD, _IGNORED)
        if begins or any(mark.match(line) for mark in marks):
            self.close()
            self.chained = self.chained or bool(_CHAINED.match(line))
            self.ignored = self.ignored or bool(_NOISE.match(line))
            self.in_thread = self.in_thread or bool(_THREAD.match(line))
            self.in_block = bool(begins)
            return
        frame = _FRAME.match(line)
        if frame and (self.message is None or not line.startswith("    ")):
            if self.message is not None:
                self.close()
            # A file that cannot be compiled is shown without the words that begin a traceback.
            self.in_block = True
            compiled = frame["called"] is None
            self.frames.append(Frame(frame["file"], int(frame["line"]), compiled=compiled))
        elif self.message is not None:
            if len(self.message) < _MESSAGE_LINES:
                self.message.append(line)
        elif self.in_block and line[:1].isspace():
            self._code(line)
        elif self.in_block:
            self._raised(line)

    def _code(self, line: str) -> None:
        if self.frames and not self.frames[-1].code and not _MARKERS.match(line):
            last = self.frames[-1]
            self.frames[-1] = replace(last, code=line.strip())

    def _raised(self, line: str) -> None:
        raised = _RAISED.match(line)
        if raised and self.frames:
            self.type, self.message = raised["type"], [raised["message"] or ""]
        else:
            self._forget()

    def close(self) -> None:
        """End the exception that is being read, and keep it unless it was ignored."""
        if self.message is None:
            # "Exception ignored in" and the like stand above the traceback that they are about.
            if self.in_block:
                self._forget()
            return
        if not self.ignored:
            message = "\n".join(self.message).strip()
            frames = tuple(self.frames)
            self.found.append(Raised(self.type, message, frames, self.chained, self.in_thread))
        self._forget()

    def _forget(self) -> None:
        self.frames, self.type, self.message = [], "", None
        self.in_block = self.ignored = self.chained = self.in_thread = False
