"""What a run of a script showed of which classes its objects are; kept in the cache."""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Any, TypeAlias

from tfcompat.breaks.recorder_program import MARK
from tfcompat.breaks.uses import Use
from tfcompat.util.files import write_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from tfcompat.breaks.uses import Reading
    from tfcompat.breaks.watched import Watched

Rows: TypeAlias = "tuple[tuple[int, str, str], ...]"
"""What a recorder writes: ``[site, name, how]``."""

FORMAT = 1
"""The form of a kept recording; what has another one is recorded again."""


@dataclass(frozen=True, kw_only=True)
class Recording:
    """What a run showed: for sites of the script, by number, what they are attributes of.

    ``rows`` are as the recorder writes them: ``[site, name, how]``.
    """

    release: str
    python: str
    rows: Rows


def recorder(roots: Sequence[str], names: Iterable[str]) -> bytes:
    """Return the module that a watched script calls: for a library, and the names it uses."""
    program = resources.files("tfcompat.breaks").joinpath("recorder_program.py").read_bytes()
    # It is read by Python 2 as well, so ASCII alone.
    given = f"ROOTS += {json.dumps(sorted(roots))}\nNAMES += {json.dumps(sorted(set(names)))}\n"
    return program + f"\n{given}__import__('atexit').register(write)\n".encode("ascii")


def read_rows(error: Iterable[str]) -> Rows:
    """Return what the recorder wrote to stderr, of all processes."""
    lines = [line.removeprefix(MARK) for line in error if line.startswith(MARK)]
    rows: dict[tuple[int, str, str], None] = {}
    for line in lines:
        with suppress(ValueError):  # cut, where a run writes more than is kept
            rows.update(((site, name, how), None) for site, name, how in json.loads(line))
    return tuple(rows)


def with_recorded(reading: Reading, recording: Recording, script: Watched) -> tuple[Use, ...]:
    """Return what reading a script showed, and what a run of it showed beside, in order of lines.

    ``script`` is the script as it was watched. Of what a call returned, reading only guesses the
    class, so that a run is asked as well.
    """
    known = {(use.line, use.name.rpartition(".")[2]) for use in reading.uses if not use.is_member}
    guessed = {(use.line, use.name) for use in reading.uses}
    shown = dict.fromkeys(
        Use(
            name=f"{name}.{site.name}",
            line=site.line,
            call=site.call,
            is_member=how == "member",
            is_recorded=True,
            guards=reading.guards.get(site.line, frozenset()),
        )
        for site, name, how in (
            (script.sites[number], name, how)
            for number, name, how in recording.rows
            if number < len(script.sites)
        )
        if (site.line, site.name) not in known
        and (site.line, f"{name}.{site.name}") not in guessed
        and not site.name.startswith("_")
    )
    return tuple(sorted((*reading.uses, *shown), key=lambda use: (use.line, use.name)))


@dataclass(frozen=True, kw_only=True)
class RecordingStore:
    """The recordings below a cache folder, by the text of the script and the library."""

    cache: Path

    def find(self, source: bytes, roots: Sequence[str]) -> Recording | None:
        """Return what a run of this script showed; None where none was recorded."""
        with suppress(OSError, ValueError, KeyError, TypeError):
            content: dict[str, Any] = json.loads(self._path(source, roots).read_bytes())
            if content["format"] == FORMAT:
                rows = tuple((int(s), str(name), str(how)) for s, name, how in content["rows"])
                return Recording(release=content["release"], python=content["python"], rows=rows)
        return None

    def keep(self, source: bytes, roots: Sequence[str], recording: Recording) -> None:
        """Keep a recording; raise OSError where that cannot be done."""
        content = {"format": FORMAT, "release": recording.release, "python": recording.python}
        write_json(self._path(source, roots), {**content, "rows": list(recording.rows)})

    def _path(self, source: bytes, roots: Sequence[str]) -> Path:
        digest = hashlib.sha256(json.dumps(sorted(roots)).encode() + b"\0" + source)
        return self.cache / "recordings" / f"{digest.hexdigest()[:32]}.json"
