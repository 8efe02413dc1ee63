"""What breaks of a script, and where: the records that a prediction is made of. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from tfcompat.breaks.surface import Surface
    from tfcompat.breaks.uses import Use


@dataclass(frozen=True, kw_only=True)
class Witness:
    """What an environment says of a break: it ``fails``, it is ``there``, or that is ``unknown``.

    ``words`` are those of the error, or say why it is not known.
    """

    answer: Literal["fails", "there", "unknown"]
    words: str = ""


@dataclass(frozen=True, kw_only=True)
class Break:
    """Something that a script uses and that a release does not offer as it is used.

    ``kind`` is ``missing`` for a name, ``argument`` for one argument, ``signature`` for a call
    that does not fit; ``argument`` is the one that it is about, if it is. ``direction`` says
    whether it is ``gone`` or ``not-yet`` there, ``edge`` between which two releases, the older one
    first, that changed; it ``is_exact`` where nothing that cannot be told lies between them.
    ``replacement`` is what serves in its place at this release, which
    ``is_certain`` where it is the same object by another name, or the parameter in the same place.
    ``witness`` is None where no environment was asked.
    """

    name: str
    kind: Literal["missing", "argument", "signature"]
    argument: str | None
    lines: tuple[int, ...]
    direction: Literal["gone", "not-yet"]
    edge: tuple[str, str]
    replacement: str | None
    is_certain: bool = False
    is_exact: bool = True
    witness: Witness | None = None


@dataclass(frozen=True, kw_only=True)
class ChangedDefault:
    """A default that is another one at a release, of an argument that the script leaves out."""

    name: str
    argument: str
    old: str
    new: str
    lines: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class Offer:
    """A release, and its surface, None where there is none."""

    release: str
    python: str
    surface: Surface | None


@dataclass(frozen=True, kw_only=True)
class Shimmed:
    """How a run ended that was supplied with what a release lacks, as far as something serves.

    ``given`` are the breaks that it was supplied for. It ``runs`` to its end or ``fails``; ``why``
    says at what, or why it could not be tried. It is no verdict: what such a run prints is compared
    with nothing.
    """

    ended: Literal["runs", "fails", "untried"]
    given: tuple[Break, ...] = ()
    why: str = ""


@dataclass(frozen=True, kw_only=True)
class Prediction:
    """What of a script breaks at one release, in order of lines.

    ``shimmed`` is None where it was not run with what it lacks.
    """

    offer: Offer
    breaks: tuple[Break, ...]
    defaults: tuple[ChangedDefault, ...]
    shimmed: Shimmed | None = None


@dataclass(frozen=True, kw_only=True)
class ScriptForecast:
    """What breaks for one script, by release, oldest first.

    ``source`` is its text, ``uses`` what it uses of the library.
    """

    script: str
    source: str
    uses: tuple[Use, ...]
    predictions: tuple[Prediction, ...]
