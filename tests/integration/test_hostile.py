"""Scripts that misbehave, all in one cell: each ends within its limits, and harms no other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import local_index
import pytest
from local_index import LocalIndex, cell_of, serving
from support import SCRIPTS
from terminals import processes_of

if TYPE_CHECKING:
    from pathlib import Path

    from support import Project

HOSTILE = SCRIPTS / "hostile"
MORE = (
    "  versions: ['1.0']\n  timeout: 4\n  output: 100 kB\n  memory: 200 MB\n"
    "  scratch: 100 MB\n  repeats: 2\n"
)
# What becomes of each: verdict, cause, and how its first run ended.
OUTCOMES: dict[str, tuple[str, str | None, dict[str, object]]] = {
    "endless": ("failed", "timeout", {"timed_out": True}),
    "deaf": ("failed", "timeout", {"timed_out": True, "signal": "SIGKILL"}),
    "storm": ("failed", "out-of-memory", {"out_of_memory": True}),
    "flood": ("failed", "timeout", {"timed_out": True, "truncated": True}),
    "filler": ("failed", "out-of-disk", {"out_of_disk": True}),
    "hog": ("failed", "out-of-memory", {"out_of_memory": True}),
    "vandal": ("same", None, {"output": ["done\n"]}),
    "homeless": ("same", None, {"output": ["homeless\n"]}),
    "closer": ("same", None, {"retval": 0, "output": []}),
    "leaver": ("failed", "other", {"retval": 7}),
    "faulty": ("failed", "behaviour", {"signal": "SIGSEGV"}),
    "daemon": ("same", None, {"output": ["left one behind\n"]}),
    "reader": ("same", None, {"output": ["''\n"]}),
    "escaping": ("failed", "behaviour", {"retval": 1}),
    "assassin": ("failed", "other", {"signal": "SIGKILL"}),
    "killer": ("failed", "other", {"signal": "SIGKILL"}),
    "witness": ("same", None, {"retval": 0}),
}


def contents(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.alone
def test_all_at_once(project: Project) -> None:
    scripts = {path.name: path.read_text(encoding="utf-8") for path in HOSTILE.glob("*.py")}
    assert {f"{name}.py" for name in OUTCOMES} == scripts.keys()
    with serving(LocalIndex(["1.0"])) as index:
        local_index.use(project, index, scripts, MORE)
        before = contents(project.folder / "tests")
        assert project.tfcompat("run", "--test", "tests/witness.py").returncode == 0
        first = project.cell(cell_of("1.0"))["tests"]["tests/witness.py"]
        kept = contents(project.folder / "cache" / "uv" / "archive-v0")
        ended = project.tfcompat("run", "--force")
    assert ended.returncode == 0, ended.said
    assert processes_of(project.folder) == []
    # What a script sends to a terminal does not reach the user's.
    assert "\x1b" not in ended.said
    tests = project.cell(cell_of("1.0"))["tests"]
    for name, (verdict, cause, ending) in OUTCOMES.items():
        test = tests[f"tests/{name}.py"]
        found = {key: test[key] for key in ending}
        assert (test["verdict"], (test["cause"] or {}).get("kind"), found) == (
            verdict,
            cause,
            ending,
        ), (name, test)
        assert sum(len(line) for line in test["output"]) < 110_000
    assert tests["tests/witness.py"]["output"] == first["output"]
    assert contents(project.folder / "tests") == before
    assert contents(project.folder / "cache" / "uv" / "archive-v0") == kept
    assert not list((project.folder / "cache" / "work").iterdir())
