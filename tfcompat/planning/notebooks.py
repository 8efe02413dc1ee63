"""Notebooks: their code cells as Python, and the outputs that are stored with them.

Formats 3 and 4 of Jupyter, and the older ones, which ``nbformat`` upgrades.
"""

from __future__ import annotations

import json
import logging
import re
import warnings
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

from tfcompat.errors import StudyError
from tfcompat.planning.magics import PythonCell, to_python

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

SUFFIX = ".ipynb"

# What begins the output of each cell; the launcher prints the same.
MARK = "# %% cell {}"

# What Jupyter shows of a program that runs on, and not what it came to.
_WIDGET = "application/vnd.jupyter.widget-view+json"


@dataclass(frozen=True, kw_only=True)
class CodeCell:
    """One code cell: its number among those with any code, from 1, and its text.

    ``may_fail``: its author says that it raises an exception, and that the notebook goes on.
    ``outputs`` are the lines of what is stored as its output, as the launcher prints them.
    """

    number: int
    text: str
    may_fail: bool
    outputs: tuple[str, ...]

    @cached_property
    def python(self) -> PythonCell:
        """The cell as Python."""
        return to_python(self.text)


@dataclass(frozen=True, kw_only=True)
class Notebook:
    """The code cells of a notebook, and the Python that it was made with, as far as it says."""

    cells: tuple[CodeCell, ...]
    python: str = ""

    @property
    def source(self) -> bytes:
        """All cells as one Python source, for those who read what it imports."""
        return "\n".join(cell.python.source for cell in self.cells).encode()

    @property
    def installs(self) -> tuple[str, ...]:
        """The lines that would install something, which are left out."""
        return tuple(line for cell in self.cells for line in cell.python.installs)

    @property
    def stored_output(self) -> list[str]:
        """The stored outputs as the lines of a run, with a mark before each cell."""
        return [
            f"{line}\n" for cell in self.cells for line in (MARK.format(cell.number), *cell.outputs)
        ]

    @property
    def has_stored_output(self) -> bool:
        """Whether any cell has an output that can be compared."""
        return any(line.strip() for cell in self.cells for line in cell.outputs)

    @property
    def is_python2(self) -> bool:
        """Whether it says that it was made with Python 2."""
        return self.python.startswith("2")

    def cells_to_run(self) -> list[dict[str, object]]:
        """Return the cells in the form that the launcher takes."""
        return [
            {
                "number": cell.number,
                "source": cell.python.source,
                "shows": cell.python.shows,
                "captures": cell.python.captures,
                "may_fail": cell.may_fail,
            }
            for cell in self.cells
        ]


def is_notebook(path: str | Path) -> bool:
    """Tell whether a file is a notebook, by its name."""
    return str(path).endswith(SUFFIX)


def brought_by_jupyter(module: str) -> bool:
    """Tell whether a module is one of Jupyter's own, which a run of a notebook has by itself."""
    return module.partition(".")[0] in ("IPython", "ipykernel", "matplotlib_inline")


def read_source(path: Path) -> bytes:
    """Return the Python of a script or a notebook.

    Raises OSError where it cannot be read, and StudyError for a notebook that is none.
    """
    content = path.read_bytes()
    return parse_notebook(content, path.name).source if is_notebook(path) else content


def read_notebook(path: Path) -> Notebook:
    """Return a notebook by its file; raise StudyError where it is none, or cannot be read."""
    try:
        return parse_notebook(path.read_bytes(), path.name)
    except OSError as error:
        msg = f"cannot read the notebook {path}: {error.strerror}"
        raise StudyError(msg) from None


def skipped_installs(root: Path, examples: Iterable[str]) -> Iterator[str]:
    """Yield one line for each notebook, of examples below a folder, that would install packages."""
    for example in filter(is_notebook, examples):
        installs = read_notebook(root / example).installs
        if installs:
            more = f" and {len(installs) - 1} more like it" if len(installs) > 1 else ""
            yield (
                f"{example}: `{installs[0]}`{more} is skipped; what an environment has beside the "
                "package is said by `requirements` or --require"
            )


@lru_cache(maxsize=64)
def parse_notebook(content: bytes, name: str) -> Notebook:
    """Return the notebook of a file's content; ``name`` is what an error calls it.

    Raises StudyError for what is no notebook, or one of another language than Python.
    """
    document = _upgraded(content, name)
    metadata = document.get("metadata", {})
    language = _language(metadata)
    if language and not re.fullmatch(r"i?python[23]?", language, re.IGNORECASE):
        msg = f"{name} is a notebook in {language}; only those in Python can be tried"
        raise StudyError(msg)
    texts = [cell for cell in document["cells"] if cell["cell_type"] == "code"]
    texts = [cell for cell in texts if cell["source"].strip()]
    if not texts:
        msg = f"{name} has no code cell, so there is nothing to run"
        raise StudyError(msg)
    return Notebook(
        cells=tuple(
            CodeCell(
                number=number,
                text=cell["source"],
                may_fail="raises-exception" in cell["metadata"].get("tags", ()),
                outputs=tuple(_lines_of(cell["outputs"])),
            )
            for number, cell in enumerate(texts, start=1)
        ),
        python=_python(metadata),
    )


def _upgraded(content: bytes, name: str) -> Mapping[str, Any]:
    """Return the document in format 4."""
    # It takes a tenth of a second to import, which most commands need not wait for.
    import nbformat  # noqa: PLC0415

    try:
        raw = json.loads(content)
    except (ValueError, RecursionError):
        msg = f"{name} is no notebook: it holds no JSON"
        raise StudyError(msg) from None
    cells = raw.get("cells", raw.get("worksheets")) if isinstance(raw, dict) else None
    if not isinstance(cells, list):
        msg = f"{name} is no notebook: it has no cells"
        raise StudyError(msg)
    if not isinstance(raw.get("nbformat"), int) or raw["nbformat"] > 4:
        msg = f"{name} has the notebook format {raw.get('nbformat')!r}; known are 1 to 4"
        raise StudyError(msg)
    try:
        # It logs what it mends, or raises it as well.
        logging.getLogger("traitlets").setLevel(logging.CRITICAL)
        with warnings.catch_warnings():
            # Of ids that cells lack, and the like, which nothing here needs.
            warnings.simplefilter("ignore")
            document: Mapping[str, Any] = nbformat.reads(  # type: ignore[no-untyped-call]
                content.decode(), as_version=4
            )
            nbformat.validate(document)
    except Exception as error:  # noqa: BLE001 - a damaged file raises what it likes in nbformat
        why = next(iter(str(error).strip().splitlines()), "") or type(error).__name__
        msg = f"{name} is a damaged notebook: {why[:200]}"
        raise StudyError(msg) from None
    return document


def _language(metadata: Mapping[str, Any]) -> str:
    """Return the language of a notebook; empty where it does not say, as before format 4."""
    kernel, language = metadata.get("kernelspec", {}), metadata.get("language_info", {})
    for found in (language.get("name"), kernel.get("language"), kernel.get("name")):
        if isinstance(found, str) and found:
            return found
    return ""


def _python(metadata: Mapping[str, Any]) -> str:
    """Return the version of Python that a notebook names, such as ``3.6.8``, or ``2``, or none."""
    version = metadata.get("language_info", {}).get("version")
    if isinstance(version, str) and re.fullmatch(r"[23](\.\d+)*\S*", version):
        return version
    found = re.fullmatch(r"python([23])", str(metadata.get("kernelspec", {}).get("name", "")))
    return found[1] if found else ""


def _lines_of(outputs: list[Mapping[str, Any]]) -> Iterator[str]:
    """Yield the lines of stored outputs that can be compared; standard error is left out."""
    begun = ""
    for output in outputs:
        kind = output["output_type"]
        if kind == "stream":
            begun += output["text"] if output["name"] == "stdout" else ""
            continue
        text = _error(output) if kind == "error" else _displayed(output.get("data", {}))
        begun += "\n" if begun and not begun.endswith("\n") and text else ""
        begun += f"{text}\n" if text else ""
    yield from begun.removesuffix("\n").split("\n") if begun else ()


def _displayed(data: Mapping[str, Any]) -> str:
    """Return the text of what was displayed, which an image or a table has as well."""
    return "" if _WIDGET in data else str(data.get("text/plain", ""))


def _error(output: Mapping[str, Any]) -> str:
    return f"{output['ename']}: {output['evalue']}" if output["evalue"] else str(output["ename"])
