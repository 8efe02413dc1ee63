"""The report: renders stored results, and runs nothing."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from tfcompat.errors import ResultsError, UserError
from tfcompat.judging import campaign_diff
from tfcompat.planning.study import FILE_NAME, RESULTS, root_of
from tfcompat.report import exports, markdown, model, page, terminal
from tfcompat.util.files import write_text
from tfcompat.util.text import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tfcompat.report.model import Report, Stored

__all__ = ["command", "write_page"]

_PIPE_WIDTH = 160
_PAGE = "index.html"
_TEXTS: dict[str, tuple[str, Callable[[Report], str]]] = {
    "markdown": ("summary.md", markdown.summary),
    "csv": ("runs.csv", exports.as_csv),
    "json": ("report.json", exports.as_json),
    "junit": ("junit.xml", exports.as_junit),
}
_PICTURES = ("png", "svg")


def command(folders: list[Path], config: Path, output: Path | None, form: str | None) -> int:
    """Render the campaigns in some folders, or else those of a study; return the exit code.

    Without a ``form`` the page and all other forms are written into one folder. A form alone is
    written there and, where it is text, printed. Raises UserError where a named folder holds no
    results, where there are none at all, and where the folder cannot be written.
    """
    campaigns = _named(folders) if folders else _of_study(config)
    report = _report(campaigns)
    folder = output or campaigns[0].campaign.folder / "report"
    if form == "text":
        console = Console()
        # A file or a pipe has no width that rows would have to fit.
        terminal.show(report, console if console.is_terminal else Console(width=_PIPE_WIDTH))
    elif form in _TEXTS:
        _print_one(form, report, folder)
    elif form is not None:
        for path in _draw(report, folder, (form,)):
            _say(str(path))
    else:
        _page(report, folder)
        for name, written in _TEXTS.values():
            _write(folder / name, written(report))
        _draw(report, folder, _PICTURES)
    for line in report.damaged:
        Console(stderr=True).print(Text(f"skipped: {visible(line)}"), soft_wrap=True)
    return 0


def write_page(folders: list[Path], output: Path) -> int:
    """Write the page alone; the second of two campaigns is compared with the first."""
    _page(_report(_named(folders)), output)
    return 0


def _page(report: Report, folder: Path) -> None:
    _write(folder / _PAGE, page.render(report))
    _say(str(folder / _PAGE))


def _report(campaigns: Sequence[Stored]) -> Report:
    report = model.build(campaigns)
    if len(campaigns) != 2:
        return report
    old, new = campaigns
    return replace(report, comparison=campaign_diff.diff_campaigns(old.cells, new.cells))


def _print_one(form: str, report: Report, folder: Path) -> None:
    name, written = _TEXTS[form]
    text = written(report)
    print(text, end="")  # noqa: T201 - what was asked for, byte for byte
    _write(folder / name, text)


def _draw(report: Report, folder: Path, formats: Sequence[str]) -> list[Path]:
    from tfcompat.report import figures  # noqa: PLC0415 - matplotlib takes a second to load

    try:
        return figures.draw(report, folder, formats=formats)
    except OSError as error:
        msg = f"cannot write {folder} ({error.strerror}); name another folder with --output"
        raise UserError(msg) from error


def _say(line: str) -> None:
    Console().print(Text(visible(line)), soft_wrap=True)


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
    if config != Path(FILE_NAME) and not config.exists():
        msg = f"there is no study at {config}; name one with --config"
        raise UserError(msg)
    folder = Path(os.path.relpath(root_of(config) / RESULTS))
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
