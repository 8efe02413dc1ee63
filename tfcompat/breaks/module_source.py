"""What the source of one module defines, as records that can be kept. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from tfcompat.breaks.exports import Exports
from tfcompat.breaks.surface import Parameter, Passing

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, kw_only=True)
class Binding:
    """What a name of a module or a class is bound to.

    ``target`` is the full name that an import names, or the name in the same module that an
    assignment repeats. ``parameters`` are as in the source, None where they do not count.
    ``members``, ``bases`` and ``is_open`` are of classes. ``text`` is what it says of its end.
    """

    kind: Literal["import", "function", "class", "value"]
    target: str = ""
    parameters: tuple[Parameter, ...] | None = None
    is_wrapped: bool = False
    words: tuple[str, ...] = ()
    is_method: bool = False
    members: Mapping[str, Binding] = field(default_factory=dict)
    bases: tuple[str, ...] = ()
    is_open: bool = False
    text: str = ""


@dataclass(frozen=True, kw_only=True)
class ModuleSource:
    """What a module defines.

    ``stars`` are the modules whose names it takes over, ``exports`` what it lists for
    those who take over its own, None without a list. ``imports`` are all modules and names that it
    imports anywhere. ``is_open``: running it may give it other names. ``made`` are names that it
    makes when it is asked for them, ``unsure`` those that it may make.
    """

    names: Mapping[str, Binding]
    stars: tuple[str, ...] = ()
    exports: Exports | None = None
    imports: frozenset[str] = frozenset()
    is_open: bool = False
    made: frozenset[str] = frozenset()
    unsure: frozenset[str] = frozenset()
    text: str = ""


def to_json(module: ModuleSource) -> dict[str, Any]:
    """Return a module as JSON; what is as usual is left out."""
    return {
        "names": {name: _to_json(one) for name, one in module.names.items()},
        "stars": module.stars,
        "exports": module.exports
        and [
            sorted(module.exports.names),
            sorted(module.exports.modules),
            module.exports.complete,
        ],
        "imports": sorted(module.imports),
        "is_open": module.is_open,
        "made": sorted(module.made),
        "unsure": sorted(module.unsure),
        "text": module.text,
    }


def _to_json(binding: Binding) -> dict[str, Any]:
    content: dict[str, Any] = {"kind": binding.kind}
    if binding.parameters is not None:
        content["parameters"] = [(p.name, p.passing, p.default) for p in binding.parameters]
    if binding.members:
        content["members"] = {name: _to_json(one) for name, one in binding.members.items()}
    for name in _PLAIN_FIELDS:
        value = getattr(binding, name)
        if value:
            content[name] = value
    return content


_PLAIN_FIELDS = ("target", "is_wrapped", "words", "is_method", "bases", "is_open", "text")


def from_json(content: Mapping[str, Any]) -> ModuleSource:
    """Return the module that ``to_json`` was given."""
    listed = content["exports"]
    return ModuleSource(
        names={name: _from_json(one) for name, one in content["names"].items()},
        stars=tuple(content["stars"]),
        exports=None
        if listed is None
        else Exports(frozenset(listed[0]), frozenset(listed[1]), complete=listed[2]),
        imports=frozenset(content["imports"]),
        is_open=content["is_open"],
        made=frozenset(content["made"]),
        unsure=frozenset(content["unsure"]),
        text=content["text"],
    )


def _from_json(content: Mapping[str, Any]) -> Binding:
    listed = content.get("parameters")
    return Binding(
        kind=content["kind"],
        target=content.get("target", ""),
        parameters=None
        if listed is None
        else tuple(Parameter(name, Passing(passing), text) for name, passing, text in listed),
        is_wrapped=content.get("is_wrapped", False),
        words=tuple(content.get("words", ())),
        is_method=content.get("is_method", False),
        members={name: _from_json(one) for name, one in content.get("members", {}).items()},
        bases=tuple(content.get("bases", ())),
        is_open=content.get("is_open", False),
        text=content.get("text", ""),
    )
