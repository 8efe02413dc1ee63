"""The forms of a report, and the files that they are written to."""

from __future__ import annotations

import gc
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from tfcompat.errors import ResultsError, UserError
from tfcompat.judging import campaign_diff
from tfcompat.planning.study import FILE_NAME, RESULTS, root_of
from tfcompat.report import exports, markdown, page, terminal
from tfcompat.report.build import build_report, read_campaign
from tfcompat.report.model import PAGE
from tfcompat.results.campaign import published_folders
from tfcompat.util.files import write_text
from tfcompat.util.text import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tfcompat.report.model import Report, Stored


@dataclass(frozen=True, kw_only=True)
class _TextForm:
    """A form that is one text file: its name, and how it is rendered."""

    name: str
    render: Callable[[Report], str]


_PIPE_WIDTH = 160  # letters
_TEXT_FORMS = {
    "markdown": _TextForm(name="summary.md", render=markdown.summary),
    "csv": _TextForm(name="runs.csv", render=exports.as_csv),
    "json": _TextForm(name="report.json", render=exports.as_json),
    "junit": _TextForm(name="junit.xml", render=exports.as_junit),
}
_FIGURE_FORMATS = ("png", "svg")


def command(
    folders: list[Path],
    config: Path,
    output: Path | None,
    form: str | None,
    shown: Callable[[str], object] | None = None,
) -> int:
    """Render the campaigns in some folders, or else those of a study; return the exit code.

    Without a ``form`` the page and all other files are written into one folder: ``output``, or
    else ``report`` beside the first results. A form alone is written there and, where it is text,
    printed; ``text`` is printed alone. Raises UserError where there are no results at all, where a
    named folder does not exist, and where the folder cannot be written; ResultsError where a named
    folder holds no results. What is ``shown`` is given the address of the page.
    """
    campaigns = _named(folders) if folders else _of_study(config)
    report = _report(campaigns)
    folder = output or campaigns[0].campaign.folder / "report"
    if form is None:
        _write_all(report, folder)
        if shown is not None:
            shown((folder / PAGE).resolve().as_uri())
    elif form == "text":
        _print_table(report)
    elif form in _TEXT_FORMS:
        _print_and_write(_TEXT_FORMS[form], report, folder)
    else:
        for path in _draw(report, folder, (form,)):
            _print(str(path))
    for line in report.damaged:
        Console(stderr=True).print(Text(f"skipped: {visible(line)}"), soft_wrap=True)
    return 0


def read_report(folders: list[Path], config: Path) -> Report:
    """Return what the campaigns in some folders, or else those of a study, hold.

    Raises what ``command`` raises.
    """
    return _report(_named(folders) if folders else _of_study(config))


def write_page(folders: list[Path], output: Path) -> int:
    """Write the page alone, and return the exit code.

    The second of two campaigns is compared with the first. Raises what ``command`` raises.
    """
    _write_page(_report(_named(folders)), output)
    return 0


def _write_all(report: Report, folder: Path) -> None:
    # What was read stays until the end: looking through it for garbage takes a tenth of the time.
    gc.freeze()
    _write_page(report, folder)
    for form in _TEXT_FORMS.values():
        _write(folder / form.name, form.render(report))
    _draw(report, folder, _FIGURE_FORMATS)


def _write_page(report: Report, folder: Path) -> None:
    _write(folder / PAGE, page.render(report))
    _print(str(folder / PAGE))


def _report(campaigns: Sequence[Stored]) -> Report:
    report = build_report(campaigns)
    if len(campaigns) != 2:
        return report
    old, new = campaigns
    return replace(report, comparison=campaign_diff.diff_campaigns(old.cells, new.cells))


def _print_table(report: Report) -> None:
    console = Console()
    # A file or a pipe has no width that rows would have to fit.
    terminal.show(report, console if console.is_terminal else Console(width=_PIPE_WIDTH))


def _print_and_write(form: _TextForm, report: Report, folder: Path) -> None:
    text = form.render(report)
    print(text, end="")  # noqa: T201 - what was asked for, byte for byte
    _write(folder / form.name, text)


def _draw(report: Report, folder: Path, formats: Sequence[str]) -> list[Path]:
    from tfcompat.report import figures  # noqa: PLC0415 - matplotlib takes a second to load

    try:
        return figures.draw(report, folder, formats=formats)
    except OSError as error:
        msg = f"cannot write {folder} ({error.strerror}); name another folder with --output"
        raise UserError(msg) from error


def _print(line: str) -> None:
    Console().print(Text(visible(line)), soft_wrap=True)


def _named(folders: Sequence[Path]) -> list[Stored]:
    """Read the folders that the user named; one that is named twice is read once."""
    campaigns = []
    for folder in {folder.resolve(): folder for folder in folders}.values():
        if not folder.is_dir():
            msg = f"{folder} is no folder; name one that holds results"
            raise UserError(msg)
        stored = read_campaign(folder)
        if stored.empty:
            msg = f"{folder} holds no results; `tfcompat run --results {folder}` makes some"
            raise ResultsError(msg)
        campaigns.append(stored)
    labels = [stored.label for stored in campaigns]
    if len(set(labels)) < len(labels):
        # Of folders with one name the whole paths are shown.
        return [replace(s, label=str(s.campaign.folder)) for s in campaigns]
    return campaigns


def _of_study(config: Path) -> list[Stored]:
    """Read the local campaign of a study, else the published ones."""
    if config != Path(FILE_NAME) and not config.exists():
        msg = f"there is no study at {config}; `tfcompat init` writes one, --config names another"
        raise UserError(msg)
    folder = Path(os.path.relpath(root_of(config) / RESULTS))
    local = read_campaign(folder)
    if not local.empty:
        return [local]
    published = map(read_campaign, published_folders(folder))
    # What was resolved as of each release comes before what was resolved on a later day.
    found = sorted((s for s in published if not s.empty), key=_resolved_later)
    if not found:
        msg = (
            f"there are no results in {folder}/ yet; `tfcompat run` makes some, and "
            "`tfcompat frontier SCRIPT --results DIR` keeps those of a search in DIR, to be named"
        )
        raise UserError(msg)
    return found


def _resolved_later(stored: Stored) -> bool:
    return stored.campaign.settings().get("resolve") != "release"


def _write(target: Path, content: str) -> None:
    """Write a file at once, so that a browser never sees half of it."""
    try:
        write_text(target, content)
    except OSError as error:
        msg = f"cannot write {target} ({error.strerror}); name another folder with --output"
        raise UserError(msg) from error
