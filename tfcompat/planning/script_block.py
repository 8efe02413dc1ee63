"""The block of PEP 723 in a script: what it states is read, and an answer written into it. Pure.

https://packaging.python.org/en/latest/specifications/inline-script-metadata/
"""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

import tomlkit

from tfcompat.errors import StudyError
from tfcompat.planning.stated import Stated, parse_python, parse_requirement
from tfcompat.planning.toml_requirements import parse_toml, set_requirement, texts_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tomlkit import TOMLDocument

    from tfcompat.planning.toml_requirements import Answer

# As the specification has it, but for lines that end as on Windows.
_BLOCK = re.compile(
    r"(?:^|(?<=\ufeff))# /// script\r?\n(?P<content>(?:#(?: .*)?\r?\n)+)# ///\r?$",
    re.MULTILINE,
)
_BEGINS = re.compile(r"(?:^|(?<=\ufeff))# /// script\r?$", re.MULTILINE)

# What stays above a new block: https://peps.python.org/pep-0263/
_HEAD = re.compile(r"\ufeff?(?:#!.*\n)?(?:#.*coding[:=].*\n)?")


def read_block(source: bytes, name: str) -> Stated | None:
    """Return what the block of a script states; None where it has none.

    Raises StudyError, which names the script, where there are two, or one that cannot be read.
    """
    text = _decoded(source)
    found = _find(text, name)
    if found is None:
        return None
    document = _parsed(_uncommented(found["content"]), name)
    where = f"{name}: `dependencies` of its block"
    stated = texts_of(document.unwrap().get("dependencies", []), where)
    return Stated(
        source=name,
        requirements=tuple(parse_requirement(one, where) for one in stated),
        requires_python=parse_python(document.unwrap().get("requires-python", ""), name),
        installs=True,
    )


def write_block(source: bytes, name: str, answer: Answer, others: Iterable[str] = ()) -> bytes:
    """Return a script with an answer among the dependencies of its block.

    Nothing else of it is changed. Where it has no block one is made, with what it needs besides
    (``others``). Raises StudyError as ``read_block`` does.
    """
    text = _decoded(source)
    end = "\r\n" if "\r\n" in text else "\n"
    found = _find(text, name)
    if found is None:
        head = _HEAD.match(text)
        place = head.end() if head else 0
        written = text[:place] + _new_block([str(answer), *others], end) + text[place:]
        return written.encode("utf-8", "surrogateescape")
    before = _uncommented(found["content"])
    document = _parsed(before, name)
    if "dependencies" not in document:
        document.append("dependencies", tomlkit.array())
    set_requirement(document["dependencies"], answer)
    content = _commented(found["content"], before, tomlkit.dumps(document), end)
    start, stop = found.span("content")
    return (text[:start] + content + text[stop:]).encode("utf-8", "surrogateescape")


def _decoded(source: bytes) -> str:
    """Return the text of a script in whatever encoding: it is written back byte for byte."""
    return source.decode("utf-8", "surrogateescape")


def _find(text: str, name: str) -> re.Match[str] | None:
    found = _BLOCK.search(text)
    begun = len(_BEGINS.findall(text))
    if begun > 1:
        msg = f"{name} has {begun} blocks `# /// script`; one is allowed, so join them"
        raise StudyError(msg)
    if found is None and begun:
        msg = f"{name}: its block `# /// script` has to end with a line `# ///`"
        raise StudyError(msg)
    return found


def _parsed(content: str, name: str) -> TOMLDocument:
    return parse_toml(content, f"{name}: its block `# /// script`")


def _uncommented(content: str) -> str:
    lines = content.splitlines(keepends=True)
    return "".join(line[2:] if line.startswith("# ") else line[1:] for line in lines)


def _commented(original: str, before: str, after: str, end: str) -> str:
    """Return a changed content as comments; lines that are the same stay as they were written."""
    written = original.splitlines(keepends=True)
    old, new = before.splitlines(), after.splitlines()
    lines: list[str] = []
    matcher = SequenceMatcher(a=old, b=new, autojunk=False)
    for kind, low, high, first, last in matcher.get_opcodes():
        if kind == "equal":
            lines += written[low:high]
        else:
            lines += (f"# {line}".rstrip() + end for line in new[first:last])
    return "".join(lines)


def _new_block(requirements: Iterable[str], end: str) -> str:
    listed = (f"#     {tomlkit.string(one).as_string()}," for one in requirements)
    lines = ["# /// script", "# dependencies = [", *listed, "# ]", "# ///", ""]
    return end.join([*lines, ""])
