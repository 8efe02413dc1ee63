"""The report: renders stored results, and runs nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from tfcompat.errors import ResultsError, UserError
from tfcompat.report import model, page, terminal
from tfcompat.report.words import visible
from tfcompat.results import write_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tfcompat.report.model import Stored

__all__ = ["command"]

_PIPE_WIDTH = 160


def command(folders: list[Path], config: Path, output: Path | None, *, text: bool) -> int:
    """Render the campaigns in some folders, or else those of a study; return the exit code.

    Raises UserError where a named folder holds no results, where there are none at all, and where
    the page cannot be written.
    """
    campaigns = _named(folders) if folders else _of_study(config)
    report = model.build(campaigns)
    if text:
        console = Console()
        # A file or a pipe has no width that rows would have to fit.
        terminal.show(report, console if console.is_terminal else Console(width=_PIPE_WIDTH))
    else:
        target = (output or campaigns[0].campaign.folder / "report") / "index.html"
        _write(target, page.render(report))
        Console().print(Text(visible(str(target))), soft_wrap=True)
    for line in report.damaged:
        Console(stderr=True).print(Text(f"skipped: {visible(line)}"), soft_wrap=True)
    return 0


def _named(folders: Sequence[Path]) -> list[Stored]:
    """Read the folders that the user named; one that is named twice is read once."""
    campaigns = []
    for folder in {folder.resolve(): folder for folder in folders}.values():
        if not folder.is_dir():
            msg = f"{folder} is no folder; name one that holds results"
            raise UserError(msg)
        stored = model.read(folder)
        if stored.empty:
            msg = f"{folder} holds no results; `tfcompat run --results {folder}` makes some"
            raise ResultsError(msg)
        campaigns.append(stored)
    labels = [stored.label for stored in campaigns]
    if len(set(labels)) < len(labels):
        # Folders of the same name are told apart by their whole paths.
        return [replace(s, label=str(s.campaign.folder)) for s in campaigns]
    return campaigns


def _of_study(config: Path) -> list[Stored]:
    """Read the local campaign of a study, else the published ones."""
    folder = (config.parent if config.exists() else Path()) / "results"
    local = model.read(folder)
    if not local.empty:
        return [local]
    published = (model.read(path) for path in sorted(folder.glob("published/*/")))
    found = [stored for stored in published if not stored.empty]
    if not found:
        msg = f"there are no results in {folder}/ yet; run `nox -s run_examples` first"
        raise UserError(msg)
    return found


def _write(target: Path, content: str) -> None:
    """Write the page so that a browser never sees half of it."""
    try:
        write_text(target, content)
    except OSError as error:
        msg = f"cannot write {target} ({error.strerror}); name another folder with --output"
        raise UserError(msg) from error
