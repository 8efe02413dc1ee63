"""Which scripts may start in a fork of a process that has imported their library."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tfcompat.execution.warm_start import reason_example_not_forkable, reason_not_forkable
from tfcompat.execution.workspace import StudyCopy
from tfcompat.planning.command import Command

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(
    "source",
    [
        "import lib",
        "import lib.sub as s",
        "from lib.sub import x",
        '"""doc"""\nfrom __future__ import division\nimport os\nimport numpy as np\nimport lib',
        "SEED, RATE = 1, -0.5 * 2\nNAMES = ['a', {'b': (1,)}]\nimport lib\nos.environ['A'] = '1'",
        "def f(a, b=1):\n    import os\n    os.environ['A'] = '1'\nimport lib",
        "import other.lib\nimport lib",
    ],
)  # fmt: skip
def test_may_start_warm(source: str) -> None:
    assert reason_not_forkable(source.encode(), "lib") is None


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("import os\nos.environ['A'] = '1'\nimport lib", "line 2 comes before"),
        ("import sys\nsys.path.append('..')\nimport lib", "line 2 comes before"),
        ("import numpy as np\nnp.random.seed = None\nimport lib", "line 2 comes before"),
        ("print('hello')\nimport lib", "line 1 comes before"),
        ("x = f()\nimport lib", "line 1 comes before"),
        ("x = [i for i in y]\nimport lib", "line 1 comes before"),
        ("@patch\ndef f(): pass\nimport lib", "line 2 comes before"),
        ("def f(a=g()): pass\nimport lib", "line 1 comes before"),
        ("class A: pass\nimport lib", "line 1 comes before"),
        ("try:\n    import lib\nexcept ImportError:\n    pass", "line 1 comes before"),
        ("if True:\n    import lib", "line 1 comes before"),
        ("import settings\nimport lib", "it imports settings before lib"),
        ("from settings import *\nimport lib", "it imports settings before lib"),
        ("import os\nimport library", "does not import lib"),
        ("", "does not import lib"),
        ("from . import lib", "line 1 comes before"),
        ("print 'hello'\nimport lib", "cannot be read"),
        ("import lib\0", "cannot be read"),
    ],
)
def test_needs_a_process_of_its_own(source: str, why: str) -> None:
    said = reason_not_forkable(source.encode(), "lib", ["settings"])
    assert said is not None
    assert why in said


def test_what_lies_beside_an_example(tmp_path: Path) -> None:
    (tmp_path / "ex").mkdir()
    script = "import settings\nimport lib\n"
    (tmp_path / "ex" / "a.py").write_text(script, encoding="utf-8")
    (tmp_path / "top.py").write_text(script, encoding="utf-8")

    def why(test: str, *files: str) -> str | None:
        copy = StudyCopy(folder=tmp_path, hashes=dict.fromkeys((test, *files), ""))
        return reason_example_not_forkable(copy, Command(script=test), "lib")

    assert why("ex/a.py") is None
    assert why("ex/a.py", "settings.py", "other/settings.py", "ex/settings.txt") is None
    assert why("ex/a.py", "ex/settings.py") == "it imports settings before lib"
    assert why("ex/a.py", "ex/settings/x.py") == "it imports settings before lib"
    assert why("top.py", "settings.py") == "it imports settings before lib"


def test_the_study_that_ships_starts_warm_but_for_three() -> None:
    examples = sorted((ROOT / "examples").glob("tensorflow_*/*/*.py"))
    cold = [path.stem for path in examples if reason_not_forkable(path.read_bytes(), "tensorflow")]
    assert len(examples) == 69
    # They take their own folder off the path first.
    assert cold == ["build_custom_layers", "save_restore_model", "tensorboard"]


def test_notebooks_may_start_warm(tmp_path: Path) -> None:
    def reason(*cells: str) -> str | None:
        code = [
            {"cell_type": "code", "source": c, "metadata": {}, "outputs": [], "execution_count": 1}
            for c in cells
        ]
        content = {"cells": code, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}
        (tmp_path / "p.ipynb").write_text(json.dumps(content), encoding="utf-8")
        copy = StudyCopy(folder=tmp_path, hashes={"p.ipynb": ""})
        return reason_example_not_forkable(copy, Command(script="p.ipynb"), "lib")

    assert reason("%matplotlib inline\n!pip install lib", "import lib") is None
    assert reason("%env MODE=fast", "import lib") == "line 1 comes before the import of lib"
    (tmp_path / "q.ipynb").write_bytes(b"{")
    copy = StudyCopy(folder=tmp_path, hashes={"q.ipynb": ""})
    found = reason_example_not_forkable(copy, Command(script="q.ipynb"), "lib")
    assert found == "it is no notebook"
