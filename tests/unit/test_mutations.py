"""Files that are almost right: a study or a result, changed at random, is read or refused.

Never a traceback, never a hang, never a path that leads out of the study.
"""

from __future__ import annotations

import copy
import json
import os
import random
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from fakes import release
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reports import write

from tfcompat.errors import NewerSchemaError, ResultsError, StudyError, TfcompatError
from tfcompat.planning import grid
from tfcompat.planning.study import Study, load_study
from tfcompat.report import exports, markdown, page
from tfcompat.report.build import build_report, read_campaign
from tfcompat.results.schema import read_cell, to_document
from tfcompat.util.files import strict_json

if TYPE_CHECKING:
    from collections.abc import Iterator

DATA = Path(__file__).parent / "data"
STUDY = """\
analysis:
  name: Example
  packagemanager: pypi
  dependency: foo
  versions: [1.0, '>=2', minors]
  python_versions: [cp36, 3.10]
  tests: [ex/*.py, ex/one.py]
  files: [data]
  baselines:
    ex: {release: 1.0, python: 3.6}
    ex/two.py: 2.0
  resolve: 2021-01-05
  requirements: [scipy<1.3]
  timeout: 60
  repeats: 3
  tolerance: {relative: 1e-3, examples: {ex: {absolute: 1}}, lines: {loss: {relative: 0.1}}}
  mask: {time: '\\d+ s'}
  output: 1 MB
  container: {engine: podman, image: {3.6: python}}
  prefer: {3.6: container}
"""
HOSTILE: tuple[Any, ...] = (
    None, True, -1, 0, 1e308, 1e400, float("nan"), 10**30, "", " ",
    "\0", "\x1b[2J", "é\u202e", "../../x",
    "/etc/passwd", "~", "$HOME", "*" * 50, "[", "(a+)+$", "x" * 5000, [], {}, [[]], [None],
    {"": ""}, {"a": {"b": []}}, "9" * 400, "1.0", "all", ">=1,<2", "3.99", "!!python/object:os.x",
)  # fmt: skip
TEXTS = ("\t", "\0", "&a ", "*a ", "!!python/object/apply:os.system ", "{", "}", "- ", "\n---\n",
         "<<: ", "'", '"', "#", "\ud7ff", "1" * 50)  # fmt: skip
# How many files are changed: a share of ten thousand in CI, all of them where one has the time.
FILES = int(os.environ.get("TFCOMPAT_MUTATIONS", "2000"))
STUDIES, RESULTS, REPORTS = FILES * 6 // 10, FILES * 4 // 10, FILES // 50
SLOW = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:  # noqa: ANN401 - any JSON
    yield path
    if isinstance(value, dict | list):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for key, item in items:
            yield from places(item, (*path, key))


def mutated(document: Any, dice: random.Random) -> Any:  # noqa: ANN401 - any JSON
    """Return a document with a few places replaced, removed, renamed or doubled."""
    document = json.loads(json.dumps(document))
    for _ in range(dice.choice((1, 1, 1, 2, 3))):
        found = [path for path in places(document) if path]
        if not found:
            return document
        *above, last = dice.choice(found)
        holder = document
        for key in above:
            holder = holder[key]
        change = dice.choice(("replace", "replace", "replace", "remove", "rename"))
        if change == "replace":
            holder[last] = copy.deepcopy(dice.choice(HOSTILE))
        elif change == "remove":
            del holder[last]
        elif isinstance(holder, dict):
            holder[dice.choice(("", "x", f"{last}s", "../x"))] = holder.pop(last)
    return document


def scrambled(text: str, dice: random.Random) -> bytes:
    """Return a text with a few pieces cut, doubled or put in."""
    for _ in range(dice.choice((1, 1, 2, 4))):
        at, to = sorted(dice.randrange(len(text) + 1) for _ in range(2))
        piece = dice.choice(("", text[at : at + 20], dice.choice(TEXTS)))
        text = text[:at] + piece + text[at + dice.choice((0, 1, 3, to - at)) :]
    return text.encode("utf-8", "surrogatepass")[: dice.choice((10**6, 10**6, 200))]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("study")
    (folder / "ex").mkdir()
    (folder / "data").mkdir()
    for name in ("ex/one.py", "ex/two.py", "data/x.csv"):
        (folder / name).write_text("x\n")
    return folder


def check_study(root: Path) -> Study | None:
    """Read a study: it is refused in one line, or names nothing outside of its folder."""
    try:
        study = load_study(root / "caliper.yaml")
    except StudyError as error:
        said = str(error)
    else:
        said = ""
    if said:
        assert len(said) < 20_000
        return None
    for name in (*study.tests, *study.shown()):
        assert Path(os.path.normpath(root / name)).is_relative_to(root)
    try:
        grid.expand(study.analysis.versions, [release("1.0"), release("2.0")])
    except TfcompatError:
        return None
    for test in study.tests:
        study.baseline(test)
        study.tolerance(test)
    return study


@settings(max_examples=STUDIES // 2, deadline=None, suppress_health_check=SLOW)
@given(seed=st.integers(0, 2**64))
def test_studies_with_other_values(root: Path, seed: int) -> None:
    document = mutated(
        yaml.safe_load(STUDY.replace("2021-01-05", "'2021-01-05'")), random.Random(seed)
    )
    (root / "caliper.yaml").write_text(yaml.safe_dump(document), encoding="utf-8")
    check_study(root)


@settings(max_examples=STUDIES // 2, deadline=None, suppress_health_check=SLOW)
@given(seed=st.integers(0, 2**64))
def test_studies_with_other_text(root: Path, seed: int) -> None:
    (root / "caliper.yaml").write_bytes(scrambled(STUDY, random.Random(seed)))
    check_study(root)


def test_the_study_itself_is_read(root: Path) -> None:
    (root / "caliper.yaml").write_text(STUDY, encoding="utf-8")
    assert check_study(root) is not None


@pytest.mark.parametrize("key", ["tests", "args", "versions", "baselines", "name"])
def test_aliases_that_grow_without_end(root: Path, key: str) -> None:
    levels = ["&l0 [x, x, x, x, x, x, x, x, x, x]"]
    levels += [f"&l{n} [" + ", ".join([f"*l{n - 1}"] * 10) + "]" for n in range(1, 12)]
    lines = "".join(f"  k{n}: {text}\n" for n, text in enumerate(levels))
    text = f"analysis:\n  dependency: foo\n  tests: [ex/one.py]\n{lines}  {key}: *l11\n"
    (root / "caliper.yaml").write_text(text.replace("  tests: [ex/one.py]\n", "", key == "tests"))
    assert check_study(root) is None


@pytest.fixture(scope="module")
def documents(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """Return files as this package writes them, and as the original caliper did."""
    folder = write(tmp_path_factory.mktemp("whole"))
    paths = [*sorted(folder.glob("pypi-*.json"))[:2], *sorted((DATA / "results").glob("*.json"))]
    return [json.loads(path.read_text(encoding="utf-8")) for path in paths]


@settings(max_examples=RESULTS // 2, deadline=None, suppress_health_check=SLOW)
@given(seed=st.integers(0, 2**64))
def test_results_with_other_values(
    tmp_path: Path, documents: list[dict[str, Any]], seed: int
) -> None:
    dice = random.Random(seed)
    path = tmp_path / "pypi-foo-1.0-python-cp36.json"
    path.write_text(json.dumps(mutated(dice.choice(documents), dice)), encoding="utf-8")
    check_result(path)


@settings(max_examples=RESULTS // 2, deadline=None, suppress_health_check=SLOW)
@given(seed=st.integers(0, 2**64))
def test_results_with_other_text(
    tmp_path: Path, documents: list[dict[str, Any]], seed: int
) -> None:
    dice = random.Random(seed)
    path = tmp_path / "pypi-foo-1.0-python-cp36.json"
    path.write_bytes(scrambled(json.dumps(dice.choice(documents)), dice))
    check_result(path)


def check_result(path: Path) -> None:
    try:
        cell = read_cell(path)
    except ResultsError as error:
        assert path.name in str(error)  # noqa: PT017 - it may as well be read
    else:
        strict_json(to_document(cell))


@settings(max_examples=REPORTS, deadline=None, suppress_health_check=SLOW)
@given(seed=st.integers(0, 2**64))
def test_reports_of_what_is_left(
    tmp_path: Path, documents: list[dict[str, Any]], seed: int
) -> None:
    """Whatever can be read can be reported, in each form."""
    dice = random.Random(seed)
    for number, document in enumerate(documents[:3]):
        content = json.dumps(mutated(document, dice))
        (tmp_path / f"pypi-foo-{number}-python-cp36.json").write_text(content, encoding="utf-8")
    try:
        stored = read_campaign(tmp_path)
    except NewerSchemaError:
        return  # a newer file is refused, and so is its folder
    if not stored.cells:
        return
    report = build_report([stored])
    for form in (exports.as_csv, exports.as_json, exports.as_junit, markdown.summary, page.render):
        assert form(report)
