"""Notebooks: which cells they have, what is stored with them, and files that are none."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import nbformat
import pytest

from tfcompat.errors import StudyError
from tfcompat.planning.notebooks import parse_notebook, read_source, skipped_installs

if TYPE_CHECKING:
    from pathlib import Path

PYTHON = {"kernelspec": {"name": "python3", "language": "python", "display_name": "Python 3"}}


def code(source: str, *outputs: dict[str, Any], **metadata: object) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "source": source,
        "metadata": metadata,
        "execution_count": None,
        "outputs": list(outputs),
    }


def document(*cells: dict[str, Any], metadata: object = PYTHON, **more: object) -> bytes:
    content = {"nbformat": 4, "nbformat_minor": 4, "metadata": metadata, "cells": list(cells)}
    return json.dumps({**content, **more}).encode()


def printed(text: str, name: str = "stdout") -> dict[str, Any]:
    return {"output_type": "stream", "name": name, "text": text}


def shown(**data: str) -> dict[str, Any]:
    found = {name.replace("_", "/"): text for name, text in data.items()}
    return {"output_type": "display_data", "data": found, "metadata": {}}


def test_code_cells_are_counted_as_a_notebook_counts_them() -> None:
    text = {"cell_type": "markdown", "source": "# Text", "metadata": {}}
    found = parse_notebook(document(text, code("x = 1"), code("  \n"), code("%time x")), "a.ipynb")
    assert [(cell.number, cell.text) for cell in found.cells] == [(1, "x = 1"), (2, "%time x")]
    assert found.source == b"x = 1\nx"


def test_stored_outputs_are_lines_as_a_run_prints_them() -> None:
    cells = (
        code("quiet = 1"),
        code(
            "f()",
            printed("begun "),
            printed("a warning\n", "stderr"),
            printed("on\nno end"),
            shown(text_plain="<Figure size 432x288 with 1 Axes>", image_png="iVBOR"),
            {**shown(text_plain="[1,\n 2]"), "output_type": "execute_result", "execution_count": 3},
        ),
        code("table", shown(text_html="<table>", text_plain="   a\n0  1")),
        code("bar", shown(**{"application_vnd.jupyter.widget-view+json": "x", "text_plain": "w"})),
        code(
            "1/0",
            {"output_type": "error", "ename": "E", "evalue": "why", "traceback": []},
            tags=["raises-exception"],
        ),
    )
    found = parse_notebook(document(*cells), "a.ipynb")
    assert "".join(found.stored_output) == (
        "# %% cell 1\n# %% cell 2\nbegun on\nno end\n<Figure size 432x288 with 1 Axes>\n[1,\n 2]\n"
        "# %% cell 3\n   a\n0  1\n# %% cell 4\n# %% cell 5\nE: why\n"
    )
    assert [cell.may_fail for cell in found.cells] == [False] * 4 + [True]
    assert found.has_stored_output
    assert not parse_notebook(document(code("1")), "a.ipynb").has_stored_output


def test_format_3() -> None:
    cell = {
        "cell_type": "code",
        "collapsed": False,
        "input": ["print 'a'\n", "3"],
        "language": "python",
        "metadata": {},
        "outputs": [
            {"output_type": "stream", "stream": "stdout", "text": ["a\n"]},
            {"output_type": "pyout", "prompt_number": 1, "metadata": {}, "text": ["3"]},
        ],
        "prompt_number": 1,
    }
    raw = {
        "metadata": {"name": ""},
        "nbformat": 3,
        "nbformat_minor": 0,
        "worksheets": [{"cells": [cell], "metadata": {}}],
    }
    found = parse_notebook(json.dumps(raw).encode(), "old.ipynb")
    assert found.cells[0].text == "print 'a'\n3"
    assert found.cells[0].outputs == ("a", "3")


@pytest.mark.parametrize(
    ("metadata", "is_python2"),
    [
        ({}, False),
        ({"language_info": {"name": "python", "version": "2.7.15"}}, True),
        ({"language_info": {"name": "python", "version": "3.6.8"}}, False),
        ({"kernelspec": {"name": "python2", "display_name": "Python 2"}}, True),
        ({"language_info": {"name": "ipython3"}}, False),
    ],
)
def test_python(metadata: object, is_python2: bool) -> None:  # noqa: FBT001 - a table
    assert parse_notebook(document(code("1"), metadata=metadata), "a").is_python2 is is_python2


R = {"kernelspec": {"name": "ir", "language": "R", "display_name": "R"}}
JULIA = {"language_info": {"name": "julia", "version": "1.9.0"}}


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"import os\n", "is no notebook: it holds no JSON"),
        (b"", "is no notebook: it holds no JSON"),
        (b"\xff\xfe", "is no notebook: it holds no JSON"),
        (b"[]", "is no notebook: it has no cells"),
        (b'{"a": 1}', "is no notebook: it has no cells"),
        (document(code("1"), nbformat=9), "has the notebook format 9; known are 1 to 4"),
        (document(code("1"), nbformat="4"), "has the notebook format '4'; known are 1 to 4"),
        (document(), "has no code cell, so there is nothing to run"),
        (document(code(" ")), "has no code cell, so there is nothing to run"),
        (document(code("1"), metadata=R), "is a notebook in R; only those in Python can be tried"),
        (document(code("1"), metadata=JULIA), "is a notebook in julia; only those"),
        (document({"cell_type": "code"}), "is a damaged notebook: "),
        (document(code("1"), metadata=[]), "is a damaged notebook: "),
        (document(code("1"), metadata={"kernelspec": 5}), "is a damaged notebook: "),
        (document(code("1", {"output_type": "stream"})), "is a damaged notebook: "),
    ],
)
def test_what_is_none_is_refused_in_a_sentence(content: bytes, why: str) -> None:
    with pytest.raises(StudyError) as refused:
        parse_notebook(content, "paper.ipynb")
    assert str(refused.value).startswith(f"paper.ipynb {why}")
    assert "\n" not in str(refused.value)


def test_formats_1_and_2_are_upgraded() -> None:
    first = {"cell_type": "code", "code": "x = 1", "prompt_number": 1}
    second = {"cell_type": "code", "input": "x = 1", "outputs": [], "language": "python"}
    for number, place in ((1, {"cells": [first]}), (2, {"worksheets": [{"cells": [second]}]})):
        raw = {"nbformat": number, "metadata": {"name": "a"}, **place}
        assert parse_notebook(json.dumps(raw).encode(), "old.ipynb").cells[0].text == "x = 1"


def test_sources(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("%matplotlib inline\n", encoding="utf-8")
    (tmp_path / "b.ipynb").write_bytes(document(code("%matplotlib inline\nimport six")))
    assert read_source(tmp_path / "a.py") == b"%matplotlib inline\n"
    assert read_source(tmp_path / "b.ipynb") == b"pass\nimport six"


def test_what_would_be_installed_is_said_once_for_each_notebook(tmp_path: Path) -> None:
    (tmp_path / "b.ipynb").write_bytes(document(code("!pip install a\n!pip install b")))
    (note,) = skipped_installs(tmp_path, ["b.ipynb", "no.py"])
    assert note.startswith("b.ipynb: `!pip install a` and 1 more like it is skipped; ")


def test_what_nbformat_writes_is_read() -> None:
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("x")])  # type: ignore[no-untyped-call]
    assert parse_notebook(nbformat.writes(book).encode(), "a").cells[0].text == "x"  # type: ignore[no-untyped-call]
