"""Whether a call fits what is called. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from tfcompat.breaks.surface import Passing

if TYPE_CHECKING:
    from tfcompat.breaks.surface import Thing
    from tfcompat.breaks.uses import CallShape


@dataclass(frozen=True, kw_only=True)
class Misfit:
    """Why a call does not fit: an ``argument`` that is not known, or what the signature asks.

    ``argument`` is the parameter that it is about, None where it is about none.
    """

    kind: Literal["argument", "signature"]
    argument: str | None = None


def misfit(call: CallShape, thing: Thing) -> Misfit | None:
    """Return why what a call passes by position, or leaves out, does not fit; None where it does.

    Nothing is reported where a wrapper is called first, which may accept more.
    """
    if thing.parameters is None or call.is_open:
        return None
    if call.positional and _is_private(thing):
        return Misfit(kind="signature")
    return None if thing.is_wrapped else _misfit_of_function(call, thing)


def _misfit_of_function(call: CallShape, thing: Thing) -> Misfit | None:
    """Return why a call does not fit what is called without a wrapper."""
    has_more = any(one.passing is Passing.MORE_POSITIONS for one in thing.parameters or ())
    if call.positional > len(thing.places) and not has_more:
        return Misfit(kind="signature")
    twice = [one.name for one in thing.places[: call.positional] if one.name in call.keywords]
    if twice:
        return Misfit(kind="signature", argument=twice[0])
    if any(accepts(keyword, thing) is False for keyword in call.keywords):
        # What has another name by now is not missing as well.
        return None
    return _missing_argument(call, thing)


def accepts(keyword: str, thing: Thing) -> bool | None:
    """Tell whether an argument can be passed by name; None where that is not known."""
    if thing.parameters is None:
        return None
    by_name = (Passing.EITHER, Passing.NAME)
    if any(one.name == keyword and one.passing in by_name for one in thing.parameters):
        return True
    takes_more = any(one.passing is Passing.MORE_NAMES for one in thing.parameters)
    return None if takes_more or keyword in thing.mentioned else False


def _is_private(thing: Thing) -> bool:
    """Tell whether the first place is none for callers, who have to name what they pass."""
    first = thing.places[0] if thing.places else None
    return first is not None and first.name.startswith("_") and first.default == "None"


def _missing_argument(call: CallShape, thing: Thing) -> Misfit | None:
    """Return a misfit for a parameter that has to be passed and is not."""
    passed = {one.name for one in thing.places[: call.positional]}
    for one in thing.parameters or ():
        needed = one.passing in (Passing.POSITION, Passing.EITHER, Passing.NAME)
        if needed and one.default is None and one.name not in passed | {*call.keywords}:
            return Misfit(kind="signature", argument=one.name)
    return None
