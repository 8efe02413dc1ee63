"""Which package broke a release since its day: found by moving packages, not guessed. Pure.

One release is compared in two environments, with the packages of a day on which it works and with
those of a day on which it does not. The smallest set of packages that have to be held back is found
by binary searches (see ``reduce``), the first bad release of each by bisection. What is not held is
free, as it is for pip: so a package that another one merely requires is no culprit. Both directions
are proven: holding only these back mends the bad environment, and moving only these breaks the good
one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from packaging.version import Version

from tfcompat.counterfactual.drift_findings import Culprit, Finding, Outcome
from tfcompat.counterfactual.expected import Expected, error_of, observe
from tfcompat.counterfactual.experiment import fewest
from tfcompat.counterfactual.packages import moved_packages, pins_with
from tfcompat.execution.variants import Variant

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Sequence

    from tfcompat.counterfactual.experiment import Observed, Steps
    from tfcompat.counterfactual.packages import MovedPackage
    from tfcompat.judging.judge import Judge
    from tfcompat.planning.grid import Cell


# As many packages may be culprits together, and each trial is an environment.
_MOST_TRIALS = 40


@dataclass(frozen=True, kw_only=True)
class Drift:
    """One example with one release, and the two days between which packages moved.

    ``good_day`` and ``bad_day`` are the instants as of which packages are resolved. In the bad
    environment ``bounds`` hold as well: requirements such as ``protobuf<4``. ``dependency`` is the
    package under study.
    """

    test: str
    cell: Cell
    good_day: dt.datetime | None
    bad_day: dt.datetime
    dependency: str
    bounds: tuple[str, ...] = ()

    def good(self) -> Variant:
        """Return the variant with the packages of the good day."""
        return Variant.of(self.cell, as_of=self.good_day)

    def bad(self, *bounds: str) -> Variant:
        """Return the variant with the packages of the bad day, and further bounds."""
        return self.with_pins((*self.bounds, *bounds))

    def with_pins(self, pins: Sequence[str]) -> Variant:
        """Return the variant with pins; what they leave open is as of the bad day."""
        return Variant.of(self.cell, pins=pins, as_of=self.bad_day)


class CulpritSearch:
    """The search for the packages that break one release.

    ``releases`` returns the stable releases of a package that its Python can have, oldest first.
    """

    def __init__(
        self, drift: Drift, judge: Judge, releases: Callable[[str], Sequence[Version]]
    ) -> None:
        self._drift = drift
        self._judge = judge
        self._releases = releases
        self._good: Observed
        self._bad: Observed

    def steps(self) -> Steps[Finding]:
        """Make both environments, then find what broke the bad one."""
        good = yield from self._observe(self._drift.good())
        if good is None:
            return Finding(outcome=Outcome.NO_GOOD)
        if good.example.failure is not None:
            return Finding(outcome=Outcome.GOOD_FAILS, error=self._error(good))
        bad = yield from self._observe(self._drift.bad())
        if bad is None:
            return Finding(outcome=Outcome.NO_BAD)
        self._good, self._bad = good, bad
        if (yield from self._works(self._drift.bad())):
            return Finding(outcome=Outcome.WORKS)
        moved = moved_packages(good.versions, bad.versions, self._drift.dependency)
        if not (yield from self._mends(moved)):
            return Finding(outcome=Outcome.UNEXPLAINED, error=self._error(bad))
        found = yield from self._fewest(moved)
        culprits = yield from self._date(found)
        companions = yield from self._companions(moved, culprits)
        return Finding(
            outcome=Outcome.FOUND,
            culprits=culprits,
            companions=companions or (),
            breaks_good=companions is not None,
            mends_bad=(yield from self._works(self._drift.bad(*(c.constraint for c in culprits)))),
            error=self._error(bad),
        )

    def _fewest(self, moved: Sequence[MovedPackage]) -> Steps[tuple[MovedPackage, ...]]:
        """Return the fewest packages that have to be held back, and take few others along."""
        suspects = yield from self._suspects(moved)
        found = yield from fewest(suspects or moved, self._mends, most=_MOST_TRIALS)
        for one in found:
            taken = yield from self._taken_along(found)
            rest = [*taken, *(other for other in found if other is not one)]
            # It may be held back only for one that requires it, and that is the culprit.
            if taken and (yield from self._mends(rest)):
                instead = yield from fewest(rest, self._mends, most=_MOST_TRIALS)
                others = yield from self._taken_along(instead)
                if len(instead) + len(others) < len(found) + len(taken):
                    found = instead
        return found

    def _taken_along(self, held: Sequence[MovedPackage]) -> Steps[tuple[MovedPackage, ...]]:
        """Return the packages that are not held, and yet older because of those that are."""
        side = yield from self._observe(self._held_back(held))
        if side is None:
            return ()
        names = {one.name for one in held}
        moved = moved_packages(side.versions, self._bad.versions, self._drift.dependency)
        return tuple(one for one in moved if one.name not in names)

    def _suspects(self, moved: Sequence[MovedPackage]) -> Steps[tuple[MovedPackage, ...]]:
        """Hold back what the error names, and then what the next error does, until it works.

        Returns these packages; none where that comes to no end.
        """
        held: tuple[MovedPackage, ...] = ()
        side: Observed | None = self._bad
        while side is not None and side.example.failure is not None:
            error = "".join(side.example.failure.error)
            places = {one: _last_place(one.name, error) for one in moved if one not in held}
            # What the message itself names stands behind the files of the traceback.
            named = sorted(
                (one for one in places if places[one] >= 0), key=lambda one: -places[one]
            )
            if not named:
                return ()
            held += tuple(named)
            side = yield from self._observe(self._held_back(held))
        return held if side is not None and (yield from self._is_good(side)) else ()

    def _mends(self, held: Sequence[MovedPackage]) -> Steps[bool]:
        """Tell whether the bad environment works with some packages as in the good one."""
        return (yield from self._works(self._held_back(held)))

    def _held_back(self, held: Sequence[MovedPackage]) -> Variant:
        return self._drift.bad(*(f"{one.name}=={one.old}" for one in held))

    def _date(self, found: Sequence[MovedPackage]) -> Steps[tuple[Culprit, ...]]:
        """Find the first bad release of each package, the others being as in the good one."""
        culprits: list[Culprit] = []
        for one in found:
            others = [f"{other.name}=={other.old}" for other in found if other is not one]
            culprits.append((yield from self._bisect(one, others)))
        return tuple(culprits)

    def _bisect(self, moved: MovedPackage, others: Sequence[str]) -> Steps[Culprit]:
        """Narrow down where a package breaks; releases that cannot be installed are passed over."""
        low, high = sorted((Version(moved.old), Version(moved.new)))
        between = [version for version in self._releases(moved.name) if low < version < high]
        if Version(moved.old) > Version(moved.new):
            between.reverse()
        last_good, first_bad = moved.old, moved.new
        while between:
            at = len(between) // 2
            variant = self._drift.bad(*others, f"{moved.name}=={between[at]}")
            if (yield from self._observe(variant)) is None:
                del between[at]
            elif (yield from self._works(variant)):
                last_good, between = str(between[at]), between[at + 1 :]
            else:
                first_bad, between = str(between[at]), between[:at]
        return Culprit(package=moved.name, last_good=last_good, first_bad=first_bad)

    def _companions(
        self, moved: Sequence[MovedPackage], culprits: Sequence[Culprit]
    ) -> Steps[tuple[str, ...] | None]:
        """Break the good environment by moving the culprits to their first bad releases.

        Returns what had to move with them, as they require it; None where it does not break.
        """
        bad = [(one.package, one.first_bad) for one in culprits]
        names = {one.package for one in culprits}
        others = [one for one in moved if one.name not in names]

        def breaks(part: Sequence[MovedPackage]) -> Steps[bool]:
            held = pins_with(
                self._good.versions,
                [*bad, *((one.name, one.new) for one in part)],
                self._drift.dependency,
            )
            side = yield from self._observe(self._drift.with_pins(held))
            return side is not None and not (yield from self._is_good(side))

        if (yield from breaks(())):
            return ()
        if not others or not (yield from breaks(others)):
            return None
        part = yield from fewest(others, breaks)
        return tuple(one.name for one in part)

    def _observe(self, variant: Variant) -> Steps[Observed | None]:
        """Run the example in a variant; None where there is no such environment."""
        return (yield from observe(self._drift.test, variant))

    def _works(self, variant: Variant) -> Steps[bool]:
        """Tell whether a variant can be had, and gives the result of the good environment."""
        side = yield from self._observe(variant)
        return side is not None and (yield from self._is_good(side))

    def _is_good(self, side: Observed) -> Steps[bool]:
        """Tell whether a side runs and gives the good result."""
        expected = Expected(
            test=self._drift.test,
            judge=self._judge,
            variant=self._drift.good(),
            good=self._good,
        )
        return (yield from expected.is_given_by(side))

    def _error(self, side: Observed) -> str:
        return error_of(side, self._drift.test, self._drift.dependency)


def _last_place(package: str, error: str) -> int:
    """Return where a traceback names a package, or a file of it, for the last time; else -1."""
    name = re.escape(package.replace("-", "_"))
    found = re.finditer(rf"(?<![a-z0-9_]){name}(?![a-z0-9_])", error.lower())
    return max((match.start() for match in found), default=-1)
