"""What a shell offers when a command line is begun: commands, options, releases, cells, examples.

By argcomplete (https://kislyuk.github.io/argcomplete), which the shell asks through the command
itself. No request is made: releases are those that the cache knows.
"""

from __future__ import annotations

import argparse
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import argcomplete

from tfcompat.environments.index.client import PackageIndex
from tfcompat.errors import TfcompatError
from tfcompat.planning.study import FILE_NAME, load_study
from tfcompat.results.campaign import Campaign, published_folders
from tfcompat.util import folders

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from tfcompat.cli.commands import Command
    from tfcompat.planning.study import Study


def complete(made: argparse.ArgumentParser, commands: Sequence[Command]) -> None:
    """Answer the shell, and end the process. ``made`` has no commands yet."""
    added = made.add_subparsers(parser_class=argparse.ArgumentParser)
    for command in commands:
        parser = added.add_parser(command.name, help=command.summary)
        command.load().add_arguments(parser)
        for action in parser._actions:  # noqa: SLF001 - argparse has no other way to them
            offers = _OFFERS.get(action.dest)
            if offers is not None:
                action.completer = offers  # type: ignore[attr-defined]
    argcomplete.autocomplete(made)


def _quietly(find: Callable[[Study], Iterable[str]]) -> Callable[..., list[str]]:
    """Return a completer that offers nothing where there is no study, or nothing is known."""

    def offer(parsed_args: argparse.Namespace, **_: object) -> list[str]:
        with suppress(TfcompatError, OSError):
            config = getattr(parsed_args, "config", None) or Path(FILE_NAME)
            return list(find(load_study(config)))
        return []

    return offer


def _releases(study: Study) -> Iterable[str]:
    index = PackageIndex(folders.cache_folder(), offline=True)
    known = index.releases(study.analysis.dependency)
    return ["newest", *(str(one) for one in reversed(known) if not one.version.is_prerelease)]


def _cells(study: Study) -> Iterable[str]:
    campaigns = [study.results, *published_folders(study.results)]
    stored = (Campaign(folder).cells() for folder in campaigns if folder.is_dir())
    return dict.fromkeys(name for cells in stored for name in cells)


def _examples(study: Study) -> Iterable[str]:
    return study.tests


_OFFERS = {
    "releases": _quietly(_releases),
    "cell": _quietly(_cells),
    "example": _quietly(_examples),
    "tests": _quietly(_examples),
}
