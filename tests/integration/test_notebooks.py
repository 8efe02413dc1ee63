"""Notebooks, run as Jupyter runs them, on Pythons of this machine and in environments."""

from __future__ import annotations

import json
import re
import subprocess
import textwrap
from typing import TYPE_CHECKING

import local_index
import nbformat
import pytest
from local_index import NAME, LocalIndex, serving
from support import identifier, python_here

from tfcompat.environments import interpreters
from tfcompat.execution.launcher import LAUNCHER
from tfcompat.planning.notebooks import parse_notebook

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from support import Project

HERE = {one.python: one.path for one in interpreters.find()[0]}
PYTHONS = [python for python in ("2.7", "3.6", "3.13") if python in HERE]
# The environments of Python 2 are made by virtualenv, which the local index does not have.
THREES = [python for python in PYTHONS if python != "2.7"]


def notebook(*sources: str, stored: dict[int, str] | None = None, kernel: str = "python3") -> bytes:
    """Return a notebook with these cells, of which some have printed something."""
    cells = []
    for number, source in enumerate(sources, start=1):
        text = (stored or {}).get(number)
        cell = nbformat.v4.new_code_cell(  # type: ignore[no-untyped-call]
            textwrap.dedent(source).strip("\n")
        )
        if text:
            output = nbformat.v4.new_output("stream", text=text)  # type: ignore[no-untyped-call]
            cell.outputs.append(output)
        cells.append(cell)
    metadata = {"kernelspec": {"name": kernel, "display_name": kernel, "language": "python"}}
    book = nbformat.v4.new_notebook(  # type: ignore[no-untyped-call]
        cells=cells, metadata=metadata
    )
    return nbformat.writes(book).encode()  # type: ignore[no-untyped-call, no-any-return]


def run(python: str, folder: Path, *sources: str) -> tuple[list[str], str, int]:
    """Run cells on a Python; return the lines of their output, their errors, and the exit code."""
    found = parse_notebook(notebook(*sources), "paper.ipynb")
    data = {"path": "paper.ipynb", "cells": found.cells_to_run()}
    (folder / "cells.json").write_text(json.dumps(data), encoding="ascii")
    environment = {"LC_ALL": "C.UTF-8", "PYTHONIOENCODING": "utf-8", "PATH": "/usr/bin:/bin"}
    done = subprocess.run(
        [str(HERE[python]), str(LAUNCHER), "notebook", "", "cells.json"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.stdout.splitlines(), done.stderr, done.returncode


@pytest.mark.parametrize("python", PYTHONS)
def test_cells_show_what_jupyter_shows(python: str, tmp_path: Path) -> None:
    printed, error, code = run(
        python,
        tmp_path,
        "from __future__ import division, print_function\nx = 3\nprint('no end', end='')\nx / 2",
        "x;",
        "None",
        "_ + 1  # the last that was shown",
        "1 / 2",
        "def f():\n    return 7\nf()  # a comment; with that\n",
        "%timeit y = 5\n'y' in globals()",
        "%%time\nz = 5\nz",
        "%%timeit\nz",
        "%%capture out\nprint('hidden')",
        "out.stdout",
        "object",
        "import inspect\nprint(inspect.getsource(f).rstrip())",
    )
    assert (error, code) == ("", 0)
    shown: dict[int, list[str]] = {}
    for line in printed:
        if line.startswith("# %% cell "):
            shown[int(line.split()[-1])] = []
        else:
            shown[max(shown)].append(line)
    assert shown == {
        1: ["no end", "1.5"],
        2: [],
        3: [],
        4: ["2.5"],
        5: ["0.5"],
        6: ["7"],
        7: ["False"],
        8: ["5"],
        9: [],
        10: [],
        11: ["'hidden\\n'"],
        12: ["object"],
        13: ["def f():", "    return 7"],
    }


@pytest.mark.parametrize("python", PYTHONS)
def test_what_a_notebook_finds_of_jupyter(python: str, tmp_path: Path) -> None:
    printed, error, code = run(
        python,
        tmp_path,
        """
        from IPython.display import display, HTML, clear_output
        from IPython import get_ipython as own
        display(HTML('<b>x</b>'), 3)
        own() is get_ipython(), 'zmq' in str(type(get_ipython())).lower()
        """,
        "import IPython\nfrom IPython import display as shows\nshows.clear_output()\n"
        "from IPython.core import display as core\n"
        "IPython.display.display(4), core.HTML is shows.HTML",
        "name = 'a b'\n!echo \"{name}\" $name\nlines = !printf '1\\n2\\n'\nlines",
        "%%writefile helper.py\nanswer = 42",
        "%run helper\nanswer",
        "%%bash\necho from bash",
        "import os\n%env MODE=fast\nos.environ['MODE']",
        "'__file__' in globals(), __name__",
    )
    assert (error, code) == ("", 0)
    assert [line for line in printed if not line.startswith("# %%")] == [
        "<IPython.core.display.HTML object>",
        "3",
        "(True, True)",
        "4",
        "(None, True)",
        "a b a b",
        "['1', '2']",
        "Writing helper.py",
        "42",
        "from bash",
        "env: MODE=fast",
        "'fast'",
        "(False, '__main__')",
    ]


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize(
    ("source", "last"),
    [
        ("%nonsense", "UsageError: Line magic function `%nonsense` not found."),
        ("%%julia\nx = 1", "UsageError: Cell magic `%%julia` not found."),
        ("%%bash\nexit 3", "CalledProcessError: Command 'bash' returned non-zero exit status 3"),
        ("x =", "SyntaxError: invalid syntax"),
        ("import sys\nsys.exit('enough')", "enough"),
    ],
)
def test_cells_that_fail(python: str, source: str, last: str, tmp_path: Path) -> None:
    printed, error, code = run(python, tmp_path, "1", source, "print('never')")
    assert (printed, code) == (["# %% cell 1", "1", "# %% cell 2"], 1)
    assert last in error.splitlines()[-1]
    assert "_tfcompat_launcher" not in error
    if "enough" not in last:
        assert 'paper.ipynb, cell 2", line ' in error


@pytest.mark.parametrize("python", THREES)
def test_cells_may_await_and_may_fail(python: str, tmp_path: Path) -> None:
    if python == "3.13":
        printed, _, code = run(python, tmp_path, "import asyncio\nawait asyncio.sleep(0, 'x')")
        assert (printed, code) == (["# %% cell 1", "'x'"], 0)
    book = parse_notebook(notebook("raise KeyError('a')", "2"), "a.ipynb").cells_to_run()
    book[0]["may_fail"] = True
    (tmp_path / "c.json").write_text(json.dumps({"path": "a.ipynb", "cells": book}))
    done = subprocess.run(
        [str(HERE[python]), str(LAUNCHER), "notebook", "", "c.json"],
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0
    assert done.stdout.decode() == "# %% cell 1\nKeyError: 'a'\n# %% cell 2\n2\n"


def source(version: str) -> str:
    """Return a release: 2.0 answers otherwise, 3.0 has lost its function."""
    if version == "3.0":
        return ""
    return f"def measure(n):\n    return n * {2 if version == '1.0' else 3}\n"


@pytest.fixture(scope="module")
def index() -> Iterator[LocalIndex]:
    with serving(LocalIndex(["1.0", "2.0", "3.0"], source)) as found:
        yield found


@pytest.fixture
def papers(project: Project, index: LocalIndex) -> Project:
    """Return a project with two notebooks that come to the same with 1.0."""
    local_index.use(project, index, {})
    folder = project.folder / "notebooks"
    folder.mkdir()
    (folder / "near.txt").write_text("near\n", encoding="utf-8")
    for name in ("one", "two"):
        (folder / f"{name}.ipynb").write_bytes(
            notebook(
                "%matplotlib inline\nimport brick",
                "print(open('near.txt').read().strip())",
                "values = [brick.measure(n) for n in range(3)]\nprint(values)",
                stored={2: "near\n", 3: "[0, 2, 4]\n"},
            )
        )
    return project


def study(papers: Project, more: str = "") -> None:
    pythons = ", ".join(dict.fromkeys([*THREES, python_here()]))
    papers.write(
        f"analysis:\n  dependency: {NAME}\n  tests: [notebooks/*.ipynb]\n"
        f"  python_versions: [{pythons}]\n  repeats: 2\n{more}"
    )


@pytest.mark.parametrize("isolation", ["warm", "fresh"])
def test_notebooks_of_a_study(papers: Project, isolation: str) -> None:
    study(papers, f"  baselines: {{notebooks: 1.0@{python_here()}}}\n")
    ended = papers.tfcompat("run", "--isolation", isolation)
    assert ended.returncode == 0, ended.said
    for python in THREES:
        cells = [
            f"pypi-{NAME}-{v}-python-cp{python.replace('.', '')}" for v in ("1.0", "2.0", "3.0")
        ]
        verdicts = [set(papers.verdicts(cell).values()) for cell in cells]
        assert verdicts == [{"same"}, {"different"}, {"failed"}], python
        first, second, third = (papers.cell(cell)["tests"]["notebooks/one.ipynb"] for cell in cells)
        assert first["isolation"] == isolation
        assert second["first_difference"]["cell"] == 3
        assert third["cause"]["frame"] == "notebooks/one.ipynb, cell 3, line 1"
        assert third["cause"]["symbol"] == "brick.measure"
    report = papers.tfcompat("report", "--text")
    assert report.returncode == 0, report.said


@pytest.mark.skipif("2.7" not in HERE, reason="there is no Python 2.7")
@pytest.mark.parametrize("isolation", ["warm", "fresh"])
def test_notebooks_of_python_2(project: Project, isolation: str) -> None:
    folder = project.folder / "notebooks"
    folder.mkdir()
    for name in ("one", "two"):
        (folder / f"{name}.ipynb").write_bytes(
            notebook(
                "import six", "print(six.PY2)\n7 / 2", stored={2: "True\n3\n"}, kernel="python2"
            )
        )
    project.write(
        "analysis:\n  dependency: six\n  tests: [notebooks/*.ipynb]\n"
        "  baselines: {notebooks: stored}\n"
    )
    ended = project.tfcompat("run", "--release", "1.15.0", "--isolation", isolation)
    assert ended.returncode == 0, ended.said
    # That it is for Python 2 is seen from its kernel.
    tests = project.cell(identifier("1.15.0", "2.7"))["tests"]
    assert [tests[f"notebooks/{name}.ipynb"]["verdict"] for name in ("one", "two")] == ["same"] * 2
    assert tests["notebooks/one.ipynb"]["isolation"] == isolation


def test_stored_outputs_as_the_baseline(papers: Project) -> None:
    study(papers, "  baselines: {notebooks: stored}\n")
    ended = papers.tfcompat("run", "--python", python_here())
    assert ended.returncode == 0, ended.said
    verdicts = [
        set(papers.verdicts(local_index.cell_of(version)).values())
        for version in ("1.0", "2.0", "3.0")
    ]
    assert verdicts == [{"same"}, {"different"}, {"failed"}]
    different = papers.cell(local_index.cell_of("2.0"))["tests"]["notebooks/one.ipynb"]
    assert different["baseline"] == "stored"
    assert len(different["runs"]) == 1
    assert different["stored_output"][-1] == "[0, 2, 4]\n"
    assert papers.tfcompat("report").returncode == 0


def test_a_search_from_stored_outputs(papers: Project) -> None:
    words = ("--python", python_here(), "--baseline", "stored", "--dependency", NAME)
    found = papers.tfcompat("frontier", "notebooks/one.ipynb", *words)
    assert found.returncode == 0, found.said
    lines = found.stdout.splitlines()
    assert lines[0] == "brick: 3 releases, 1.0 … 3.0, compared with stored outputs"
    assert re.match(r"one\.ipynb +works 1\.0 … 2\.0 .* same result 1\.0$", lines[1])
    assert "2.0  different  in cell 3: [0, 2, 4] → [0, 3, 6] (line 5)" in found.stdout
    assert "3.0  failed     `brick.measure` removed" in found.stdout
    claim = ("verify", "notebooks/one.ipynb", *words, "--specifier")
    assert papers.tfcompat(*claim, "<2").returncode == 0
    assert papers.tfcompat(*claim, "<3").returncode == 1


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"{", "paper.ipynb is no notebook: it holds no JSON"),
        (notebook("import brick"), "a notebook without stored outputs, so its baseline cannot be"),
    ],
)
def test_bad_notebooks(papers: Project, content: bytes, why: str) -> None:
    (papers.folder / "paper.ipynb").write_bytes(content)
    ended = papers.tfcompat("frontier", "paper.ipynb", "--dependency", NAME, "--baseline", "stored")
    assert ended.returncode == 2
    assert why in ended.stderr
