"""What is shown while a campaign runs: a live line on a terminal, plain lines elsewhere."""

from __future__ import annotations

import threading
import time
from collections import Counter
from typing import TYPE_CHECKING, Protocol

from rich.progress import BarColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar
from rich.table import Table

from tfcompat.judging import failure_groups
from tfcompat.results.schema import count
from tfcompat.results.verdicts import STYLES, Verdict
from tfcompat.util.text import plural

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from types import TracebackType

    from rich.console import Console

    from tfcompat.results.schema import CellResult, Example


class ProgressListener(Protocol):
    """Receives what the evaluation of cells reports meanwhile. Any thread may call it."""

    def say(self, line: str) -> None:
        """Show a line for the user."""

    def begin(self, identifiers: Sequence[str], stored: Sequence[str] = ()) -> None:
        """Note that cells are to be evaluated, besides those that were noted before.

        Those that are ``stored`` were evaluated by an earlier command.
        """

    def stage(self, identifier: str, what: str, total: int = 0) -> None:
        """Note what is being done to a cell; ``total`` is how many runs that takes."""

    def running(self, identifier: str, number: int, total: int) -> None:
        """Note that a round of ``total`` runs begins; ``number`` counts those of an example."""

    def ran(self, identifier: str, test: str) -> None:
        """Note that a run has ended."""

    def left(self, identifier: str) -> None:
        """Note that nothing more is done to a cell for now."""

    def finished(self, cell: CellResult) -> None:
        """Note that a cell is done, with its verdicts."""


class Progress:
    """Shows what each cell is doing, how many are done, and the time so far. Use as a context."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._begun = time.monotonic()
        self._cells = 0
        self._done = 0
        # Those that an earlier command stored, and that were not reported yet.
        self._stored: set[str] = set()
        # For each cell at work: what is being done to it, the runs that ended, and their total.
        self._stages: dict[str, tuple[str, int, int]] = {}
        self._lock = threading.RLock()
        self._bar = Bar(
            SpinnerColumn(),
            TextColumn("{task.completed:.0f}/{task.total:.0f} cells"),
            BarColumn(bar_width=20),
            TextColumn("{task.description}"),
            TimeElapsedColumn(),
            TextColumn("{task.fields[left]}"),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task = self._bar.add_task("", total=0, left="")

    def __enter__(self) -> Progress:  # noqa: PYI034 - never derived from
        """Start the live line, where there is a terminal."""
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Take the live line away; where something ended the campaign early, show what is left."""
        self._bar.stop()
        if kind is not None and self._cells:
            done = self._done + len(self._stored)
            self.say(f"{done} of {self._cells} cells are done, {self._cells - done} are left")

    def say(self, line: str) -> None:
        """Print a line above the live one."""
        self._console.print(line, markup=False, highlight=False, soft_wrap=True)

    def begin(self, identifiers: Sequence[str], stored: Sequence[str] = ()) -> None:
        """Count cells that are to be evaluated, besides those that were counted before."""
        self._stored.update(stored)
        self._cells += len(identifiers)
        self._bar.update(self._task, total=self._cells)

    def stage(self, identifier: str, what: str, total: int = 0) -> None:
        """Show what is being done to a cell; ``total`` is how many runs that takes."""
        with self._lock:
            self._stages[identifier] = (what, 0, total)
            self._show()
        if not self._console.is_terminal:
            runs = f" ({plural(total, 'example')})" if total else ""
            done = f"[{self._done}/{self._cells}] " if self._cells else ""
            self.say(f"{done}{identifier}: {what}{runs}")

    def running(self, identifier: str, number: int, total: int) -> None:
        """Show that a round of runs begins: the first, or a further one to measure noise."""
        self.stage(identifier, "running" if number == 1 else f"repeat {number}", total)

    def ran(self, identifier: str, test: str) -> None:
        """Show that a run has ended."""
        del test
        with self._lock:
            # The cell that needed it as a baseline may be done with it by now.
            if identifier in self._stages:
                what, runs, total = self._stages[identifier]
                self._stages[identifier] = (what, runs + 1, total)
                self._show()

    def left(self, identifier: str) -> None:
        """Take away what was shown of a cell at work."""
        with self._lock:
            self._stages.pop(identifier, None)
            self._show()

    def _show(self) -> None:
        if not self._console.is_terminal:
            return
        words = [
            f"{identifier}: {what}" + (f" {runs}/{total}" if total else "")
            for identifier, (what, runs, total) in self._stages.items()
        ]
        spent = time.monotonic() - self._begun
        left = spent / self._done * (self._cells - self._done) if self._done else 0
        estimate = f"about {left / 60:.0f} min left" if left > 60 else ""
        self._bar.update(self._task, description="\n".join(words), left=estimate)

    def finished(self, cell: CellResult) -> None:
        """Show that a cell is done, and its verdicts."""
        with self._lock:
            self._done += 1
            self._stored.discard(cell.identifier)
            self.left(cell.identifier)
            self.say(f"[{self._done}/{self._cells}] {describe(cell)}")
            self._bar.update(self._task, completed=self._done)


def describe(cell: CellResult) -> str:
    """Return one line on a cell: its verdicts and seconds, or why there is no environment."""
    if cell.verdict is not None:
        why = f": {cell.cause.message}" if cell.cause else ""
        return f"{cell.identifier}: {cell.verdict.value}{why}"
    tally = Counter(example.verdict for example in cell.examples.values())
    counts = ", ".join(f"{tally[verdict]} {verdict.value}" for verdict in Verdict if tally[verdict])
    built = cell.environment.build_seconds if cell.environment else 0.0
    runs = sum(run.seconds for e in cell.examples.values() for run in e.all_runs)
    spent = f"built {built:.1f} s, ran {runs:.1f} s"
    return f"{cell.identifier}: {counts or 'no runs'} ({spent})"


def summary(cells: Sequence[CellResult], tests: Sequence[str]) -> Table:
    """Return the closing table: a row for each cell, counts per verdict, seconds."""
    table = Table(title=None, show_footer=True)
    tally = {verdict: count(cells, tests, verdict) for verdict in Verdict}
    shown = [verdict for verdict in Verdict if tally[verdict]]
    table.add_column("release", footer=plural(len(cells), "cell"))
    table.add_column("Python")
    for verdict in shown:
        style = STYLES[verdict]
        table.add_column(verdict.value, footer=str(tally[verdict]), justify="right", style=style)
    table.add_column("build s", justify="right")
    table.add_column("runs s", justify="right")
    for cell in cells:
        table.add_row(
            *_names(cell),
            *(str(count([cell], tests, verdict) or "") for verdict in shown),
            *_seconds(cell),
        )
    return table


def _names(cell: CellResult) -> tuple[str, str]:
    if cell.environment is None:
        return cell.identifier, ""
    return cell.environment.release, cell.environment.python


def _seconds(cell: CellResult) -> tuple[str, str]:
    build = cell.environment.build_seconds if cell.environment else 0.0
    runs = sum(run.seconds for example in cell.examples.values() for run in example.all_runs)
    return f"{build:.1f}", f"{runs:.1f}"


def failures(cells: Sequence[CellResult], tests: Sequence[str]) -> list[str]:
    """Return a line for each reason of failures, of other results, and of what has no verdict."""
    chosen = [c.model_copy(update={"examples": _only(c.examples, tests)}) for c in cells]
    unbuilt = [describe(cell) for cell in cells if cell.verdict is not None]
    return [
        *_grouped(chosen, Verdict.FAILED),
        *_different(chosen),
        *unbuilt,
        *_grouped(chosen, Verdict.NO_BASELINE),
        *_grouped(chosen, Verdict.UNKNOWN),
    ]


def _grouped(cells: Sequence[CellResult], verdict: Verdict) -> Iterator[str]:
    for group in failure_groups.failed_examples(cells, verdict):
        yield f"{verdict.value}: {failure_groups.summary(group)}"


def _only(examples: Mapping[str, Example], tests: Sequence[str]) -> dict[str, Example]:
    return {test: examples[test] for test in tests if test in examples}


def _different(cells: Sequence[CellResult]) -> Iterator[str]:
    """Yield a line for each example that gives another result, with the first difference."""
    for cell in cells:
        for test, example in cell.examples.items():
            if example.verdict is not Verdict.DIFFERENT:
                continue
            why = f": {example.cause.message}" if example.cause else ""
            place = example.first_difference
            if place:
                change = f"{place.baseline_text!r} became {place.observed_text!r}"
                why = f": {place.figure_change or change}"
            yield f"{cell.identifier} {test}: {example.verdict.value}{why}"
