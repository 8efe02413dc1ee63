"""What IPython understands and Python does not, made into Python line by line."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfcompat.planning.magics import to_python


@pytest.mark.parametrize(
    ("line", "python"),
    [
        ("%matplotlib inline", "pass"),
        ("  %load_ext autoreload", "  pass"),
        ("%time x = f(1)", "x = f(1)"),
        ("%timeit -n 10 f(1)", "get_ipython().run_line_magic('timeit', '-n 10 f(1)')"),
        ("%cd ..", "get_ipython().run_line_magic('cd', '..')"),
        ("%nonsense a b", "get_ipython().run_line_magic('nonsense', 'a b')"),
        ("!ls 'data'", "get_ipython().system(\"ls 'data'\")"),
        ("files = !ls", "files = get_ipython().getoutput('ls')"),
        ("here = %pwd", "here = get_ipython().run_line_magic('pwd', '')"),
        ("np.sum?", "pass"),
        ("?np.sum", "pass"),
        ("frame.head??", "pass"),
        # Python that looks like it.
        ("a = b % c", "a = b % c"),
        ("a != b", "a != b"),
        ("print('%d?' % 3)", "print('%d?' % 3)"),
        ("x = y if z else '?'", "x = y if z else '?'"),
        ("# what?", "# what?"),
    ],
)
def test_lines(line: str, python: str) -> None:
    assert to_python(line).source == python


@pytest.mark.parametrize(
    "line",
    [
        "!pip install pandas",
        "! pip3 install -q pandas",
        "%pip install pandas",
        "%conda install pandas",
        "pip install pandas",
        "!conda install --yes pandas",
        "!{sys.executable} -m pip install pandas",
        "!sudo apt-get install graphviz",
    ],
)
def test_what_would_install_something_is_left_out_and_reported(line: str) -> None:
    cell = to_python(f"import os\n{line}\nx = 1")
    assert cell.source == "import os\npass\nx = 1"
    assert cell.installs == (line,)


def test_lines_inside_of_texts_and_brackets_are_left_alone() -> None:
    lines = [
        "query = '''",
        "%matplotlib inline",
        "!rm -r /",
        "'''",
        "share = (3",
        "% 2)",
        "total = 7 \\",
        "% 4",
        "def f():  # it's",
        "    %time g()",
    ]
    text = "\n".join(lines)
    python = to_python(text).source
    assert python == text.replace("    %time g()", "    g()")
    ast.parse(python)


def test_the_quotes_and_brackets_of_a_shell_open_nothing() -> None:
    assert to_python("!echo it's (\n%matplotlib inline\nx = 1").source.splitlines()[1:] == [
        "pass",
        "x = 1",
    ]


def test_lines_keep_their_numbers() -> None:
    python = to_python("!wget -q \\\n   http://x.example\n1 / 0").source.split("\n")
    assert python == ["get_ipython().system('wget -q    http://x.example')", "", "1 / 0"]


@pytest.mark.parametrize("magic", ["%%time", "%%prun -l 5", "%%memit"])
def test_measured_cells_are_as_any(magic: str) -> None:
    cell = to_python(f"{magic}\nx = 1\nx")
    assert (cell.source, cell.shows) == ("pass\nx = 1\nx", True)


def test_timeit_shows_nothing_and_runs_its_setup() -> None:
    cell = to_python("%%timeit -n 100 -r 3 x = 5\nx + 1")
    assert (cell.source, cell.shows) == ("x = 5\nx + 1", False)


@pytest.mark.parametrize(("words", "name"), [("out", "out"), ("--no-stderr out", "out"), ("", "")])
def test_captured_cells(words: str, name: str) -> None:
    cell = to_python(f"%%capture {words}\nprint(1)")
    assert (cell.source, cell.captures) == ("pass\nprint(1)", name)


def test_cells_in_other_languages_are_one_call() -> None:
    cell = to_python("\n%%bash -e\necho 'a'\nls\n")
    call = ast.parse(cell.source).body[0]
    assert call.lineno == 2
    assert cell.source.count("\n") == 4
    assert cell.source.strip() == "get_ipython().run_cell_magic('bash', '-e', \"echo 'a'\\nls\\n\")"


@given(st.text(alphabet="ab%!?= \n'\"()[]#\\\t", max_size=60))
def test_any_text_has_as_many_lines_as_before(text: str) -> None:
    assert to_python(text).source.count("\n") >= text.count("\n")
