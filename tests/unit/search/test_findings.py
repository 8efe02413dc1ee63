"""What a search found, rendered: as it was published, and with what older releases stored."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tfcompat.errors import NewerSchemaError
from tfcompat.judging.ranges import Level
from tfcompat.report import search
from tfcompat.search.findings import (
    Edge,
    Findings,
    Island,
    ReleaseRange,
    ReleaseStatus,
    ScriptFindings,
)

PUBLISHED = Path(__file__).parents[3] / "results" / "published" / "release" / "frontier"
# Stored by schema 1, which had `trouble`.
OLD = (PUBLISHED / "frontier.json").read_text(encoding="utf-8")


def release_range(content: dict[str, Any]) -> ReleaseRange:
    return ReleaseRange(**{**content, "pythons": tuple(content["pythons"])})


def script_findings(content: dict[str, Any]) -> ScriptFindings:
    """Return the record of a script of a stored document of schema 1."""
    content = dict(content)
    works, same = (content.pop(name) for name in ("works", "same"))
    islands = [Island(**vars(release_range(one))) for one in content.pop("islands")]
    return ScriptFindings(
        baseline_problem=content.pop("trouble"),
        works=release_range(works) if works else None,
        same=release_range(same) if same else None,
        islands=tuple(islands),
        edges=tuple(
            Edge(**{**edge, "level": Level(edge["level"]), "between": tuple(edge["between"])})
            for edge in content.pop("edges")
        ),
        open_ends={end: tuple(found) for end, found in content.pop("open_ends").items()},
        marks=tuple(ReleaseStatus(**mark) for mark in content.pop("marks")),
        **content,
    )


@pytest.fixture(scope="module")
def published() -> Findings:
    content = json.loads(OLD)
    return Findings(
        dependency=content["dependency"],
        resolve=content["resolve"],
        releases=content["releases"],
        built=content["environments"],
        unbuilt=content["unbuilt"],
        stored=content["stored"],
        seconds=content["seconds"],
        scripts=tuple(map(script_findings, content["scripts"])),
    )


def test_the_published_table_is_what_is_rendered(published: Findings) -> None:
    page = (PUBLISHED / "frontiers.md").read_text(encoding="utf-8")
    headline, table, cost = search.markdown(published).split("\n\n")
    assert headline == "tensorflow: 102 releases"
    assert f"\n\n{table}\n\n" in page
    assert cost == "12 environments built of 102, 53 cells known from before, 18 min 18 s"


def without_news(new: object, old: object) -> object:
    """Return a part of a document without the keys that the old one does not have there."""
    if isinstance(new, dict) and isinstance(old, dict):
        assert old.keys() <= new.keys()
        return {key: without_news(new[key], value) for key, value in old.items()}
    if isinstance(new, list) and isinstance(old, list):
        return [without_news(*pair) for pair in zip(new, old, strict=True)]
    return new


def test_the_json_has_all_keys_of_schema_1_but_for_one(published: Findings, tmp_path: Path) -> None:
    path = tmp_path / "frontier" / "frontier.json"
    search.store(path, search.as_json(published, walk=False))
    stored = json.loads(path.read_text(encoding="utf-8"))
    assert stored["schema"] == 2
    old = json.loads(OLD.replace('"trouble": ', '"baseline_problem": '))
    assert without_news(stored, old) == old


def test_a_stored_document_of_schema_1_is_still_read(published: Findings, tmp_path: Path) -> None:
    path = tmp_path / "frontier.json"
    path.write_text(OLD, encoding="utf-8")
    document = search.as_json(published, walk=False)
    search.store(path, {**document, "scripts": document["scripts"][:1]})
    stored = json.loads(path.read_text(encoding="utf-8"))
    assert without_news(json.loads(json.dumps(document)), stored) == stored


def test_a_stored_document_of_a_newer_schema_is_not_written_over(tmp_path: Path) -> None:
    path = tmp_path / "frontier.json"
    path.write_text('{"schema": 3, "scripts": []}', encoding="utf-8")
    with pytest.raises(NewerSchemaError, match=r"schema 3, this one knows 2\); upgrade with"):
        search.store(path, {"schema": 2, "scripts": []})
    assert json.loads(path.read_text(encoding="utf-8")) == {"schema": 3, "scripts": []}


@pytest.mark.parametrize(
    "content", ["{", "[]", '{"scripts": ["a"]}', '{"schema": [], "scripts": []}']
)
def test_what_is_none_of_ours_is_replaced(content: str, tmp_path: Path) -> None:
    path = tmp_path / "frontier.json"
    path.write_text(content, encoding="utf-8")
    search.store(path, {"schema": 2, "scripts": [{"script": "a"}]})
    stored = json.loads(path.read_text(encoding="utf-8"))
    assert stored == {"schema": 2, "scripts": [{"script": "a"}]}
