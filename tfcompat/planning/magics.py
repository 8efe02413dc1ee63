"""What IPython understands and Python does not, in the cell of a notebook: made into Python. Pure.

Every line keeps its number, so that a traceback names the line that the author wrote. What a
program cannot notice becomes ``pass``; all else becomes a call of ``get_ipython()``, whose methods
are in the launcher (``_tfcompat_launcher/shell.py``). What is done with which magic stands in
``docs/notebooks.md``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# They set up a notebook on a screen, or measure; the rest of a line is not run.
SKIPPED = frozenset((
    "alias", "alias_magic", "autoawait", "autocall", "automagic", "autoreload", "autosave",
    "colors", "config", "debug", "doctest_mode", "gui", "hist", "history", "load_ext", "logoff",
    "logon", "logstart", "logstate", "logstop", "lprun", "lsmagic", "magic", "matplotlib",
    "memit", "mprun", "notebook", "pastebin", "pdb", "pdoc", "pfile", "pinfo", "pinfo2", "popd",
    "pprint", "prun", "psearch", "psource", "quickref", "recall", "reload_ext", "rerun", "save",
    "snakeviz", "tensorboard", "tensorflow_version", "tic", "toc", "unload_ext", "watermark",
    "who", "who_ls", "whos", "xmode",
))  # fmt: skip
# They install packages, which is what the environment is for.
INSTALLERS = frozenset((
    "apt", "apt-get", "brew", "conda", "easy_install", "mamba", "pip", "pip2", "pip3", "uv",
))  # fmt: skip
# Cell magics behind which the cell goes on as Python.
_MEASURING = frozenset(("time", "prun", "memit", "mprun", "lprun", "snakeviz"))

_MAGIC = re.compile(r"%(?P<name>[\w-]+)(?P<rest>.*)")
_SHELL = re.compile(r"!!?(?P<rest>.*)")
_ASSIGNED = re.compile(
    r"(?P<target>[A-Za-z_][\w., \[\]'\"]*?)\s*=\s*"
    r"(?:!(?!=)(?P<shell>.+)|%(?P<name>[A-Za-z]\w*)(?P<rest>.*))"
)
_HELP = re.compile(r"\?{1,2}[\w.*% ]+|%{0,2}[A-Za-z_][\w.*]*(?:\[[^\]]*\])?\?{1,2}")
_BARE_INSTALLER = re.compile(r"(?:pip3?|conda|mamba) +(?:install|uninstall|update)\b.*")
_CELL_MAGIC = re.compile(r"%%(?P<name>[\w-]+)(?P<rest>.*)")

# Opening and closing of what goes on over lines; a string is read as a whole.
_LEXEME = re.compile(
    r"""
    (?P<comment>\#[^\n]*)
    | (?P<string>'{3}(?:\\.|[^\\])*?(?:'{3}|\Z)|"{3}(?:\\.|[^\\])*?(?:"{3}|\Z)
        |'(?:\\.|[^'\\\n])*'?|"(?:\\.|[^"\\\n])*"?)
    | (?P<joined>\\\r?\n)
    | (?P<newline>\n)
    | (?P<open>[(\[{]) | (?P<close>[)\]}])
    """,
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True, kw_only=True)
class PythonCell:
    """A cell as Python.

    ``shows`` whether what it ends with is displayed. ``captures`` is the name that gets what it
    prints, empty for none, None where it prints as usual. ``installs`` are the lines that would
    install something, which are left out.
    """

    source: str
    shows: bool = True
    captures: str | None = None
    installs: tuple[str, ...] = ()


def to_python(text: str) -> PythonCell:
    """Return the Python of a cell's text, line by line; any text has one."""
    lines = text.split("\n")
    first = next((n for n, line in enumerate(lines) if line.strip()), 0)
    found = _CELL_MAGIC.fullmatch(lines[first].rstrip())
    if found is None:
        return _lines_to_python(text)
    name, rest = found["name"], found["rest"].strip()
    below = "\n" * first + "pass\n" + "\n".join(lines[first + 1 :])
    if name in _MEASURING or name in SKIPPED:
        return _lines_to_python(below)
    if name == "timeit":
        setup = _without_options(rest)
        below = "\n" * first + f"{setup or 'pass'}\n" + "\n".join(lines[first + 1 :])
        return replace(_lines_to_python(below), shows=False)
    if name == "capture":
        words = [word for word in rest.split() if not word.startswith("-")]
        return replace(_lines_to_python(below), captures=words[0] if words else "")
    body = "\n".join(lines[first + 1 :])
    call = f"get_ipython().run_cell_magic({name!r}, {rest!r}, {body!r})"
    return PythonCell(source="\n" * first + call + "\n" * (len(lines) - first - 1))


def _lines_to_python(text: str) -> PythonCell:
    lines = text.split("\n")
    installs: list[str] = []
    for number in _beginnings(text):
        line = lines[number].rstrip("\r")
        if not re.match(r"[ \t]*(?:[%!?]|pip|conda|mamba)|.*(?:=\s*[%!]|\?[ \t]*$)", line):
            continue
        last = number
        while line.endswith("\\") and last + 1 < len(lines):
            last += 1
            line = line[:-1] + lines[last].rstrip("\r")
        indent, text = line[: len(line) - len(line.lstrip())], line.strip()
        python = "pass" if _would_install(text) else _to_statement(text)
        if _would_install(text):
            installs.append(text)
        if python is not None:
            lines[number : last + 1] = [indent + python, *[""] * (last - number)]
    return PythonCell(source="\n".join(lines), installs=tuple(installs))


def _beginnings(text: str) -> Iterator[int]:
    """Yield the numbers of the lines, from 0, on which a statement may begin."""
    yield 0
    number = depth = 0
    # The brackets and quotes of a magic are those of another language.
    place = len(text.split("\n", 1)[0]) if text.lstrip(" \t").startswith(("!", "%", "?")) else 0
    while found := _LEXEME.search(text, place):
        place = found.end()
        if found["open"]:
            depth += 1
        elif found["close"]:
            depth = max(depth - 1, 0)
        number += found[0].count("\n")
        if found["newline"] and depth == 0:
            yield number
            begun = text[place:].split("\n", 1)[0]
            if begun.lstrip(" \t").startswith(("!", "%", "?")):
                place += len(begun)


def _to_statement(text: str) -> str | None:
    """Return the statement that a line becomes; None where it is left as it is."""
    for form, statement in _FORMS:
        found = form.fullmatch(text)
        if found is not None:
            return statement(found)
    return None


def _of_magic(found: re.Match[str]) -> str:
    name, rest = found["name"], found["rest"].strip()
    if name == "time":
        return rest or "pass"
    return "pass" if name in SKIPPED else f"get_ipython().run_line_magic({name!r}, {rest!r})"


def _of_shell(found: re.Match[str]) -> str:
    return f"get_ipython().system({found['rest'].strip()!r})"


def _of_assignment(found: re.Match[str]) -> str:
    target = f"{found['target']} = get_ipython()."
    if found["shell"]:
        return f"{target}getoutput({found['shell'].strip()!r})"
    return f"{target}run_line_magic({found['name']!r}, {found['rest'].strip()!r})"


_FORMS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
    (_HELP, lambda _: "pass"),
    (_MAGIC, _of_magic),
    (_SHELL, _of_shell),
    (_ASSIGNED, _of_assignment),
)


def _would_install(text: str) -> bool:
    """Tell whether a line installs something: as a magic, in a shell, or as bare words."""
    if _BARE_INSTALLER.fullmatch(text):
        return True
    magic, shell = _MAGIC.fullmatch(text), _SHELL.fullmatch(text)
    if magic is not None:
        return magic["name"] in INSTALLERS
    words = [word for word in (shell["rest"] if shell else "").split() if word != "sudo"]
    if words[1:2] == ["-m"]:  # python -m pip, {sys.executable} -m pip
        words = words[2:]
    return bool(words) and words[0].rpartition("/")[2] in INSTALLERS


def _without_options(rest: str) -> str:
    """Return what follows the options of ``%%timeit``: its setup."""
    return re.sub(r"^(?:-(?:[nrp]\s*\d+|[tcqov]+)\s*)+", "", rest)
