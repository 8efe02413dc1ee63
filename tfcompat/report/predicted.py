"""Predicted breaks beside stored results: written by commands, shown by reports.

A prediction is no verdict. It has a file of its own, in the form of ``docs/breaks.schema.json``,
in a folder of its own below the results, and none of the cells' files says anything of it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypeAlias

from tfcompat.breaks.findings import Break
from tfcompat.report.breaks import SCHEMA
from tfcompat.util.files import strict_json, write_text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_FILE = "breaks/predicted.json"

Predicted: TypeAlias = "Mapping[tuple[str, str], tuple[Break, ...]]"
"""What is predicted to break, by script and release."""


class DamagedForecastError(Exception):
    """The file of what is predicted cannot be read."""


def keep(results: Path, document: Mapping[str, Any]) -> Path:
    """Write a forecast beside results, and return the file.

    ``document`` is in the form of ``breaks --json``. What is stored of other scripts and releases
    stays; a file that is damaged, or of another form, is written anew.
    """
    path = results / _FILE
    try:
        scripts = _load(path)
    except DamagedForecastError:
        scripts = {}
    for one in document["scripts"]:
        scripts.setdefault(one["script"], {}).update(_by_release(one))
    lines = (
        strict_json({"script": script, "releases": list(releases.values())})
        for script, releases in sorted(scripts.items())
    )
    head = strict_json({"schema": SCHEMA, "dependency": document["dependency"]})[:-1]
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, head + ', "scripts": [\n' + ",\n".join(lines) + "\n]}\n")
    return path


def read(results: Path) -> Predicted:
    """Return what is predicted beside results; nothing where no forecast was made.

    Raises DamagedForecastError where its file cannot be read.
    """
    return {
        (script, release): tuple(map(_break, content["breaks"]))
        for script, releases in _load(results / _FILE).items()
        for release, content in releases.items()
    }


def _load(path: Path) -> dict[str, dict[str, Any]]:
    """Return what the file holds, by script and release; nothing where there is none."""
    try:
        content = json.loads(path.read_bytes())
        if content["schema"] != SCHEMA:
            raise DamagedForecastError(_sentence(path))
        scripts = {one["script"]: _by_release(one) for one in content["scripts"]}
        for releases in scripts.values():
            for release in releases.values():
                tuple(map(_break, release["breaks"]))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        raise DamagedForecastError(_sentence(path)) from None
    return scripts


def _sentence(path: Path) -> str:
    return f"{path} is damaged; `tfcompat breaks --results` writes it anew"


def _by_release(script: Mapping[str, Any]) -> dict[str, Any]:
    return {one["release"]: one for one in script["releases"]}


def _break(content: Mapping[str, Any]) -> Break:
    first, second = content["edge"]
    return Break(
        name=content["name"],
        kind=content["kind"],
        argument=content["argument"],
        lines=tuple(content["lines"]),
        direction=content["direction"],
        edge=(first, second),
        replacement=content["replacement"],
        is_certain=content["certain"],
        is_exact=content.get("exact", True),
    )
