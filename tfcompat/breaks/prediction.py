"""What of a script breaks at which release: its uses held against surfaces. Pure.

Nothing is a break that no release is known to offer: then the script, or the reading of it, is at
fault. What a surface cannot tell is no break either.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, TypeAlias

from tfcompat.breaks.binding import Misfit, accepts, misfit
from tfcompat.breaks.findings import Break, ChangedDefault, Prediction
from tfcompat.breaks.guards import Guard
from tfcompat.breaks.replacements import (
    Candidates,
    candidates_for,
    replacement_of_argument,
    replacement_of_name,
)
from tfcompat.breaks.surface import Absence, Kind, Thing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from tfcompat.breaks.findings import Offer
    from tfcompat.breaks.uses import CallShape, Use


def predict(
    uses: Sequence[Use], offers: Sequence[Offer], reference: str | None = None
) -> tuple[Prediction, ...]:
    """Return what of a script breaks at each of some releases, oldest first.

    ``reference`` is the release that the script is written for, None where that is not known: then
    it is taken to be one of those with the fewest breaks.
    """
    return _Table(uses, offers).predictions(reference)


def breaks_at(
    uses: Sequence[Use], offers: Sequence[Offer], reference: str | None = None
) -> tuple[bool, ...]:
    """Return whether anything of a script breaks at each of some releases, as ``predict`` says."""
    return _Table(uses, offers).breaks_at(reference)


_Subject: TypeAlias = "tuple[str, bool]"
"""A dotted name, and whether its last part is an attribute of an instance."""

_Answer: TypeAlias = "Literal['there'] | Misfit | Absence"
"""What a release has for a use: the name and a call that fits, or why not."""


@dataclass(frozen=True, kw_only=True)
class _Row:
    """One kind of use: the lines where it stands, and what each release has for it."""

    subject: _Subject
    call: CallShape | None
    lines: tuple[int, ...]
    answers: Sequence[_Answer]


@dataclass
class _Table:
    """The uses of a script by the releases of its library."""

    uses: Sequence[Use]
    offers: Sequence[Offer]
    _things: dict[_Subject, list[Thing | Absence]] = field(default_factory=dict)
    _candidates: dict[tuple[str, int], Candidates] = field(default_factory=dict)

    def _rows(self, reference: str | None) -> tuple[list[_Row], list[int]]:
        """Return all rows, and the numbers of the releases that the script may be written for."""
        rows = [*self._rows_of_names(), *self._rows_of_arguments(), *self._rows_of_calls()]
        broken = [sum(_is_broken(row.answers, n) for row in rows) for n in range(len(self.offers))]
        written_for = self._written_for(reference, broken)
        return [*rows, *self._rows_of_places(written_for)], written_for

    def breaks_at(self, reference: str | None) -> tuple[bool, ...]:
        rows, _ = self._rows(reference)
        numbers = range(len(self.offers))
        return tuple(any(_is_broken(row.answers, n) for row in rows) for n in numbers)

    def predictions(self, reference: str | None) -> tuple[Prediction, ...]:
        rows, written_for = self._rows(reference)
        first = min(written_for, default=0)
        return tuple(
            Prediction(
                offer=offer,
                breaks=_joined(
                    _whole([self._break(row, n) for row in rows if _is_broken(row.answers, n)])
                ),
                defaults=tuple(self._changed_defaults(n, first)) if offer.surface else (),
            )
            for n, offer in enumerate(self.offers)
        )

    def _written_for(self, reference: str | None, broken: Sequence[int]) -> list[int]:
        """Return the numbers of the releases that the script may be written for."""
        known = [n for n, offer in enumerate(self.offers) if offer.surface is not None]
        named = [n for n in known if self.offers[n].release == reference]
        fewest = min((broken[n] for n in known), default=0)
        return named or [n for n in known if broken[n] == fewest]

    def things(self, subject: _Subject) -> list[Thing | Absence]:
        """Return what each release has under a name."""
        if subject not in self._things:
            name, is_member = subject
            self._things[subject] = [
                offer.surface.find(name, is_member=is_member) if offer.surface else Absence.UNKNOWN
                for offer in self.offers
            ]
        return self._things[subject]

    def _rows_of_names(self) -> Iterator[_Row]:
        """Yield a row for each name, and for what it is in.

        What is in something of another library is not known; that it is there at all may be.
        """
        lines: defaultdict[_Subject, set[int]] = defaultdict(set)
        for use in self.uses:
            if Guard.MISSING not in use.guards:
                for subject in _with_owners(use):
                    lines[subject].add(use.line)
        for subject, where in lines.items():
            answers: list[_Answer] = [
                thing if isinstance(thing, Absence) else "there" for thing in self._sure(subject)
            ]
            yield _Row(subject=subject, call=None, lines=tuple(sorted(where)), answers=answers)

    def _sure(self, subject: _Subject) -> Iterator[Thing | Absence]:
        """Yield what releases have under a name, where they can be compared with each other.

        An instance may have attributes that its class does not show: only methods are compared, and
        not those of classes that answer to unlisted names in some releases alone.
        """
        things = self.things(subject)
        name, is_member = subject
        if not is_member:
            yield from things
            return
        owners = self.things((name.rpartition(".")[0], False))
        there = [owners[n] for n, thing in enumerate(things) if _is_method(thing)]
        may_be_open = any(isinstance(owner, Thing) and owner.is_open for owner in there)
        for thing, owner in zip(things, owners, strict=True):
            if _is_method(thing):
                yield thing
            elif thing is Absence.MISSING and isinstance(owner, Thing):
                yield Absence.UNKNOWN if owner.is_open and not may_be_open else thing
            else:
                yield Absence.UNKNOWN

    def _rows_of_arguments(self) -> Iterator[_Row]:
        lines: defaultdict[tuple[_Subject, str], set[int]] = defaultdict(set)
        for use in self.uses:
            if use.call is not None and Guard.CALL not in use.guards:
                for keyword in use.call.keywords:
                    lines[(use.name, use.is_member), keyword].add(use.line)
        for (subject, keyword), where in lines.items():
            answers = [_answer_for_argument(keyword, thing) for thing in self.things(subject)]
            yield _Row(subject=subject, call=None, lines=tuple(sorted(where)), answers=answers)

    def _rows_of_calls(self) -> Iterator[_Row]:
        lines: defaultdict[tuple[_Subject, CallShape], set[int]] = defaultdict(set)
        for use in self.uses:
            if use.call is not None and Guard.CALL not in use.guards:
                lines[(use.name, use.is_member), use.call].add(use.line)
        for (subject, call), where in lines.items():
            answers = [_answer(call, thing) for thing in self.things(subject)]
            yield _Row(subject=subject, call=call, lines=tuple(sorted(where)), answers=answers)

    def _rows_of_places(self, written_for: Sequence[int]) -> list[_Row]:
        """Return rows for calls whose arguments by position are for other parameters elsewhere."""
        rows = []
        for row in self._rows_of_calls():
            assert row.call is not None  # noqa: S101 - they are rows of calls
            things = self.things(row.subject)
            meant = {_places(things[n], row.call.positional) for n in written_for} - {None}
            if len(meant) != 1 or row.call.is_open:
                continue
            names = next(iter(meant)) or ()
            answers = [
                _answer_for_places(names, thing) if answer == "there" else Absence.UNKNOWN
                for thing, answer in zip(things, row.answers, strict=True)
            ]
            rows.append(_Row(
                subject=row.subject, call=row.call, lines=row.lines, answers=answers
            ))  # fmt: skip
        return rows

    def _break(self, row: _Row, number: int) -> Break:
        answer = row.answers[number]
        name, _ = row.subject
        direction, good, bad = _edge(row.answers, number)
        before, here = self.offers[good], self.offers[number]
        kind: Literal["missing", "argument", "signature"] = "missing"
        argument = replacement = None
        is_certain = False
        if isinstance(answer, Misfit):
            kind, argument = answer.kind, answer.argument
            old, new = (self.things(row.subject)[n] for n in (good, number))
            if (
                kind == "argument"
                and argument
                and isinstance(old, Thing)
                and isinstance(new, Thing)
            ):
                replacement = replacement_of_argument(argument, old, new)
                is_certain = replacement is not None
        elif before.surface is not None and here.surface is not None:
            candidates = self._candidates_for(name, row.answers, good)
            replacement, is_certain = replacement_of_name(name, candidates, here.surface)
        first, second = sorted((good, bad))
        return Break(
            name=name,
            kind=kind,
            argument=argument,
            lines=row.lines,
            direction=direction,
            edge=(self.offers[first].release, self.offers[second].release),
            replacement=replacement,
            is_certain=is_certain,
            is_exact=second - first == 1,
        )

    def _candidates_for(self, name: str, answers: Sequence[_Answer], good: int) -> Candidates:
        """Return what may replace a name; ``good`` is the nearest release that has it."""
        if (name, good) not in self._candidates:
            known = (self.offers[n].surface for n in _by_distance(answers, good))
            surfaces = [surface for surface in known if surface is not None]
            self._candidates[name, good] = candidates_for(name, surfaces)
        return self._candidates[name, good]

    def _changed_defaults(self, number: int, first: int) -> Iterator[ChangedDefault]:
        """Yield the defaults that changed since the oldest release that the script may be for."""
        lines: defaultdict[tuple[str, str, str, str], set[int]] = defaultdict(set)
        for use in self.uses:
            if use.call is None or use.call.is_open:
                continue
            things = self.things((use.name, use.is_member))
            for name, old, new in _last_changes(things[first : number + 1], use.call):
                lines[use.name, name, old, new].add(use.line)
        for (name, argument, old, new), where in lines.items():
            yield ChangedDefault(
                name=name, argument=argument, old=old, new=new, lines=tuple(sorted(where))
            )


def _is_method(thing: Thing | Absence) -> bool:
    return isinstance(thing, Thing) and thing.kind is Kind.FUNCTION


def _answer(call: CallShape, thing: Thing | Absence) -> _Answer:
    if isinstance(thing, Absence) or thing.parameters is None:
        return Absence.UNKNOWN
    return misfit(call, thing) or "there"


def _answer_for_argument(keyword: str, thing: Thing | Absence) -> _Answer:
    accepted = None if isinstance(thing, Absence) else accepts(keyword, thing)
    if accepted is None:
        return Absence.UNKNOWN
    return "there" if accepted else Misfit(kind="argument", argument=keyword)


def _with_owners(use: Use) -> Iterator[_Subject]:
    """Yield a name, and the names of what it is in, but for the top module."""
    yield use.name, use.is_member
    if use.is_member:
        # What makes the instance is used where that is made.
        return
    parts = use.name.split(".")
    for length in range(len(parts) - 1, 1, -1):
        yield ".".join(parts[:length]), False


def _whole(breaks: Sequence[Break]) -> Iterator[Break]:
    """Yield breaks without the lines on which something in the same thing is reported as well."""
    missing = [one for one in breaks if one.kind == "missing"]
    for one in breaks:
        inside = (other for other in missing if other.name.startswith(f"{one.name}."))
        covered = {line for other in inside for line in other.lines}
        lines = tuple(line for line in one.lines if line not in covered)
        if lines or one.kind != "missing":
            yield replace(one, lines=lines) if one.kind == "missing" else one


def _joined(breaks: Iterable[Break]) -> tuple[Break, ...]:
    """Return breaks in order of lines, those that differ in their lines alone as one."""
    lines: defaultdict[Break, set[int]] = defaultdict(set)
    for one in breaks:
        lines[replace(one, lines=())].update(one.lines)
    found = (replace(one, lines=tuple(sorted(where))) for one, where in lines.items())
    return tuple(sorted(found, key=lambda one: (one.lines, one.name, one.argument or "")))


def _places(thing: Thing | Absence, number: int) -> tuple[str, ...] | None:
    """Return the names of the first parameters by position; None where they are not known."""
    if isinstance(thing, Absence) or thing.parameters is None or len(thing.places) < number:
        return None
    return tuple(one.name for one in thing.places[:number])


def _answer_for_places(names: Sequence[str], thing: Thing | Absence) -> _Answer:
    """Return whether arguments by position are still for the parameters of these names.

    A parameter may have another name. It is another one where its old name is in another of the
    places that are passed.
    """
    found = _places(thing, len(names))
    if found is None or isinstance(thing, Absence):
        return Absence.UNKNOWN
    for old, new in zip(names, found, strict=True):
        if old != new and old in found and not old.startswith("_"):
            return Misfit(kind="signature", argument=old)
    return "there"


def _is_broken(answers: Sequence[_Answer], number: int) -> bool:
    """Tell whether something is known to be otherwise at a release, and known from another one."""
    return _is_bad(answers[number]) and "there" in answers


def _is_bad(answer: _Answer) -> bool:
    return isinstance(answer, Misfit) or answer is Absence.MISSING


def _edge(answers: Sequence[_Answer], number: int) -> tuple[Literal["gone", "not-yet"], int, int]:
    """Return direction, the nearest release that is good, and its nearest neighbour that is not."""
    older = [n for n in range(number) if answers[n] == "there"]
    if older:
        bad = next(n for n in range(older[-1] + 1, number + 1) if _is_bad(answers[n]))
        return "gone", older[-1], bad
    newer = next(n for n in range(number + 1, len(answers)) if answers[n] == "there")
    bad = next(n for n in range(newer - 1, number - 1, -1) if _is_bad(answers[n]))
    return "not-yet", newer, bad


def _by_distance(answers: Sequence[_Answer], good: int) -> list[int]:
    """Return the releases that are good, the nearest to one of them first."""
    known = [n for n, answer in enumerate(answers) if answer == "there"]
    return sorted(known, key=lambda n: abs(n - good))


def _last_changes(
    things: Iterable[Thing | Absence], call: CallShape
) -> Iterator[tuple[str, str, str]]:
    """Yield the arguments that a call leaves out whose defaults changed, with the last two."""
    seen: dict[str, list[str]] = {}
    last: Mapping[str, str] = {}
    for thing in things:
        last = {}
        if isinstance(thing, Thing) and thing.parameters is not None:
            last = _defaults_left_out(thing, call)
            for name, text in last.items():
                values = seen.setdefault(name, [])
                if not _is_placeholder(text) and values[-1:] != [text]:
                    values.append(text)
    for name, text in last.items():
        values = seen[name]
        if len(values) > 1 and values[-1] == text:
            yield name, values[-2], text


def _defaults_left_out(thing: Thing, call: CallShape) -> dict[str, str]:
    passed = {one.name for one in thing.places[: call.positional]} | {*call.keywords}
    return {
        one.name: one.default
        for one in thing.parameters or ()
        if one.default is not None and one.name not in passed
    }


# What stands as a default while another one is announced, or stands for "not given".
_PLACEHOLDERS = ("warn", "deprecated", "auto_deprecated", "no_default", "novalue", "undefined",
                 "sentinel", "unset", "missing", "not_given", "<")  # fmt: skip


def _is_placeholder(text: str) -> bool:
    lowered = text.lower()
    return any(word in lowered for word in _PLACEHOLDERS)
