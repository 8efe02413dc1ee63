"""What became of a run: its streams as a result file has them, without this machine's folders."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import TYPE_CHECKING

from tfcompat.execution.launcher import LAUNCHER
from tfcompat.results.schema import Run

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from tfcompat.execution.launcher._tfcompat_launcher.protocol import FinishedEvent


def places(scratch: Path, python: Path, interpreter: Path) -> dict[str, str]:
    """Return the folders of a run, each with its name in the run's record, the inner ones first.

    Every run has other folders, so the record names none of them.
    """
    found = {
        scratch / "study": "/study",
        scratch / "home": "/home",
        scratch / "tmp": "/tmp",  # noqa: S108 - a name in a record, no folder
        scratch: "/scratch",
        python.parent.parent: "/env",
        # TensorFlow, for one, prints where a part of a graph was made: in a warm run, also in here.
        LAUNCHER.parent: "/launcher",
    }
    base = interpreter.parent.parent
    if base != Path("/usr"):
        found[base] = "/python"
    # A process that asks where it works is given the folder without links.
    spelled = {
        os.fspath(path): name
        for folder, name in found.items()
        for path in (folder, folder.resolve())
    }
    return dict(sorted(spelled.items(), key=lambda entry: -len(entry[0])))


def _read_stream(path: Path, named: Mapping[str, str]) -> list[str]:
    text = path.read_bytes().decode("utf-8", "backslashreplace")
    for folder, name in named.items():
        text = text.replace(folder, name)
    # Not splitlines: a form feed or U+2028 that a script prints ends no line.
    return list(io.StringIO(text, newline="\n"))


def read_outcome(
    event: FinishedEvent, scratch: Path, named: Mapping[str, str], started: dt.datetime
) -> Run:
    """Return the run that a launcher reports; ``named`` are folders with their names in it."""
    return Run(
        started=started.isoformat(timespec="milliseconds"),
        output=_read_stream(scratch / "stdout", named),
        error=_read_stream(scratch / "stderr", named),
        retval=event["retval"],
        seconds=round(event["seconds"], 3),
        signal=event["signal"],
        timed_out=event["timed_out"],
        truncated=event["truncated"],
        out_of_memory=event["ended_by"] == "memory",
        out_of_disk=event["ended_by"] == "disk",
        cpu_seconds=round(event["cpu_seconds"], 3),
        peak_memory=event["peak_memory"],
        isolation=event["isolation"],
    )
