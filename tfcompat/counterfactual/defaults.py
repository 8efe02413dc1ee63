"""Which defaults of what a script calls changed between two environments. Pure.

Signatures are read by ``signature_program`` inside of both. Libraries announce a change with a
placeholder as the default (``'warn'``): then the old default is the one that their warning names.
"""

from __future__ import annotations

import ast
import json
import re
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Any

from tfcompat.counterfactual.calls import Argument, Called

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from tfcompat.counterfactual.calls import Call

PROGRAM = "tfcompat_signatures.py"

_MARK = "tfcompat-signatures:"

_ADDRESS = re.compile(r"0x[0-9a-fA-F]+")

# "The default value of n_estimators will change from 10 in version 0.20 to 100 in 0.22."
_ANNOUNCED = (
    re.compile(
        r"default (?:value )?(?:of|for) (?:the )?[`'\"]*(?P<name>\w+)[`'\"]* (?:parameter )?"
        r"(?:will be|will|has|is)? ?(?:change|changed|changing) from "
        r"(?P<old>'[^']*'|\"[^\"]*\"|[\w.+-]*\w)"
    ),
    re.compile(r"keep (?:using )?the (?:old|previous|current)[^.]{0,40}?pass[^.]{0,20}? "
               r"[`'\"]?(?P<name>\w+)=(?P<old>'[^']*'|\"[^\"]*\"|[\w.+-]*\w)"),
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """A parameter of something that is called; ``position`` is None for one by name only.

    ``default`` is its text, None where it has none.
    """

    name: str
    position: int | None
    default: str | None


@dataclass(frozen=True, kw_only=True)
class ChangedDefault:
    """A default that is another one in the newer environment, and the values that may be the old.

    ``values`` are source text, the likeliest first; ``new`` is the new default as text.
    """

    called: Called
    parameter: Parameter
    values: tuple[str, ...]
    new: str

    def argument(self, value: str) -> Argument:
        """Return the argument that passes one of the values."""
        return Argument(
            called=self.called,
            name=self.parameter.name,
            position=self.parameter.position,
            value=value,
        )


Signatures = dict[Called, tuple[Parameter, ...]]


def program_files(folder: str, called: Iterable[Called]) -> dict[str, bytes]:
    """Return the program that reads signatures, and what it reads, as files of a folder by path."""
    path = f"{folder}/{PROGRAM}" if folder else PROGRAM
    text = resources.files("tfcompat.counterfactual").joinpath("signature_program.py").read_bytes()
    wanted = sorted({(one.name, one.of_instance) for one in called})
    return {path: text, path.removesuffix(".py") + ".json": json.dumps(wanted).encode()}


def read_signatures(output: Sequence[str]) -> Signatures:
    """Return the signatures that the program printed; none where it printed something else."""
    lines = "".join(output).splitlines()
    answer = next((line for line in reversed(lines) if line.startswith(_MARK)), _MARK + "[]")
    try:
        return {
            Called(name=name, of_instance=of_instance): tuple(_parameters(listed))
            for name, of_instance, listed in json.loads(answer.removeprefix(_MARK))
        }
    except (ValueError, TypeError):
        return {}


def _parameters(listed: Iterable[Any]) -> Iterator[Parameter]:
    for position, (name, kind, default) in enumerate(listed):
        text = None if default is None else _ADDRESS.sub("0x", default)
        place = None if kind == "keyword" else position
        yield Parameter(name=name, position=place, default=text)


def announced_defaults(error: Sequence[str]) -> dict[str, str]:
    """Return the old defaults that warnings name, by argument, as source text."""
    text = " ".join("".join(error).split())
    found: dict[str, str] = {}
    for pattern in _ANNOUNCED:
        for match in pattern.finditer(text):
            value = match["old"].rstrip(".,")
            if _is_literal(value):
                found.setdefault(match["name"], value)
    return found


def changed_defaults(
    calls: Iterable[Call], old: Signatures, new: Signatures, announced: Mapping[str, str]
) -> tuple[ChangedDefault, ...]:
    """Return the defaults that changed of arguments which some call does not pass.

    ``announced`` are old defaults by argument, as warnings of the older environment name them.
    """
    found: dict[tuple[Called, str], ChangedDefault] = {}
    for call in calls:
        after = {one.name: one for one in new.get(call.called, ())}
        for before in old.get(call.called, ()):
            now = after.get(before.name)
            if now is None or before.default is None or now.default is None:
                continue
            said = announced.get(before.name)
            if before.default == now.default and said is None:
                continue
            own = [before.default] if before.default != now.default else []
            values = [text for text in (said, *own) if text is not None and _is_literal(text)]
            if values and not call.passes(now.name, now.position):
                found[call.called, now.name] = ChangedDefault(
                    called=call.called,
                    parameter=now,
                    values=tuple(dict.fromkeys(values)),
                    new=now.default,
                )
    return tuple(found.values())


def _is_literal(text: str) -> bool:
    try:
        ast.literal_eval(text)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return False
    return True
