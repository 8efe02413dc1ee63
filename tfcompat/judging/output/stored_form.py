"""What a notebook's author stored, and runs that are compared with it, in one form. Pure.

The author's output was made by IPython, which wraps long values, writes addresses otherwise, and
shows figures in sizes of its own. When, on which Python and with which numpy is not known: so all
that looks like a clock or a folder counts as one, and all spellings that mean the same are equal.
"""

from __future__ import annotations

import re
from threading import Lock
from typing import TYPE_CHECKING

from cachetools import LRUCache, cached

from tfcompat.judging.output.cells import is_mark, sections
from tfcompat.judging.output.lines import Lines, Transcript, size_of
from tfcompat.judging.output.normalize import ALL
from tfcompat.judging.output.transcript import parse
from tfcompat.results.streams import digest_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tfcompat.judging.output.masks import Mask

# Measured, or said by a magic: the launcher prints none of it.
_MAGIC = re.compile(
    r"^(?:CPU times: |Wall time: |Compiler +: |peak memory: |The slowest run took |Populating the "
    r"interactive namespace|env: )|\bper loop\b"
)
# Of a warning that TensorFlow 1 logs, in Jupyter to standard output: what to do stands below it.
_ADVICE = "Instructions for updating:"
_FIGURE = re.compile(
    r"<(?:Figure size [\d.e+]+x[\d.e+]+(?: with \d+ Axes)?|matplotlib\.figure\.Figure(?: object)? "
    r"at 0x[0-9a-fA-F]+|Figure\(\d[^>]*\))>"
)
_OBJECT = re.compile(
    r"<(?:function |bound method |class '|type ')?[\w.<> ]+?(?: object)? at 0x[0-9a-fA-F]+L?>"
    r"|<(?:\w+\.)*Axes(?:Subplot)?\b[^<>]*>"
)
# Bytes of transcripts that are kept.
_REMEMBERED = 16_000_000
_SPACES = re.compile(r"\s+")
_BEGINS_VALUE = re.compile(r"\s*(?:[\w.]+)?[(\[{]")
_LONGEST_VALUE = 1000  # lines
_OPENING, _CLOSING = "([{", ")]}"


def in_one_form(
    masks: tuple[Mask, ...], stored: Sequence[str], observed: Sequence[Sequence[str]]
) -> tuple[Transcript, list[Transcript]]:
    """Return the transcripts of stored output and of runs, given by the lines of their output.

    Of each only the cells that have stored output: the others are not compared. Where a run has
    another number of cells, since it ended early, all that it printed stays.
    """
    ours = stored_form(masks, stored)
    theirs = [stored_form(masks, lines) for lines in observed]
    cells = sections(ours.lines)
    if any(len(sections(run.lines)) != len(cells) for run in theirs):
        return ours, theirs
    kept = [at for at, (begin, end) in enumerate(cells) if not _is_empty(ours, begin, end)]
    return _only(ours, kept), [_only(run, kept) for run in theirs]


def _is_empty(run: Transcript, begin: int, end: int) -> bool:
    return all(is_mark(run.lines[at]) for at in range(begin, end))


def _only(run: Transcript, kept: Sequence[int]) -> Transcript:
    cells = sections(run.lines)
    return Transcript(Lines(run.lines[index] for at in kept for index in range(*cells[at])))


@cached(
    LRUCache(_REMEMBERED, getsizeof=size_of),
    key=lambda masks, output: (masks, digest_of(output)),
    lock=Lock(),
)
def stored_form(masks: tuple[Mask, ...], output: Sequence[str]) -> Transcript:
    """Return the transcript of output in the form in which it is compared with stored output."""
    printed = "".join(output).split("\n")
    joined = list(_joined(printed))
    text = "\n".join(_unified(line) for _, line in joined)
    advised = {
        place + n for place, (_, line) in enumerate(joined, 1) if line == _ADVICE for n in (0, 1)
    }
    lines = []
    for line in parse(text, masks, ALL).lines:
        at, raw = joined[line.at - 1]
        if line.skeleton and line.at not in advised and not _MAGIC.search(raw):
            lines.append(line._replace(at=at, raw=raw))
    return Transcript(Lines(lines))


def _unified(line: str) -> str:
    return _OBJECT.sub("<object>", _FIGURE.sub("<Figure>", line))


def _joined(printed: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Yield lines with their numbers, from 1; a value that is wrapped over several is one."""
    number = 0
    while number < len(printed):
        taken = [printed[number]]
        depth = _depth(printed[number]) if _BEGINS_VALUE.match(printed[number]) else 0
        for line in printed[number + 1 : number + _LONGEST_VALUE]:
            if depth <= 0:
                break
            taken.append(line)
            depth += _depth(line)
        if depth > 0:
            # Its end was not found: it is no value.
            taken = taken[:1]
        text = taken[0] if len(taken) == 1 else _SPACES.sub(" ", " ".join(taken))
        yield number + 1, text
        number += len(taken)


def _depth(line: str) -> int:
    """Return how many more brackets a line opens than it closes, those in strings left out."""
    bare = re.sub(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"", "", line)
    return sum((one in _OPENING) - (one in _CLOSING) for one in bare)
