"""Which spellings are equal, and between which sides alone."""

from __future__ import annotations

import itertools
import json
import math
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tfcompat.judging.output.compare import compare_outputs
from tfcompat.judging.output.masks import load_masks
from tfcompat.judging.output.normalize import Versions, spellings
from tfcompat.judging.output.tolerance import Tolerance
from tfcompat.judging.output.transcript import parse
from tfcompat.results.verdicts import Basis

if TYPE_CHECKING:
    from tfcompat.judging.output.lines import Line

PYTHON_2, PYTHON_3_6 = Versions(python=(2, 7)), Versions(python=(3, 6))
PYTHON_3_7, PYTHON_3_12 = Versions(python=(3, 7)), Versions(python=(3, 12))
NUMPY_1_13 = Versions(python=(3, 6), numpy=(1, 13))
NUMPY_1_14 = Versions(python=(3, 6), numpy=(1, 14))
NUMPY_1_26 = Versions(python=(3, 12), numpy=(1, 26))
NUMPY_2 = Versions(python=(3, 12), numpy=(2, 1))
UNKNOWN = Versions()


def only(text: str, one: Versions, other: Versions) -> Line:
    (line,) = parse(text, load_masks(), spellings(one, other)).lines
    return line


def are_equal(old: str, new: str, one: Versions, other: Versions) -> bool:
    lines = only(old, one, other), only(new, one, other)
    return lines[0].skeleton == lines[1].skeleton and (
        str(lines[0].numbers) == str(lines[1].numbers)
    )


PYTHONS = [
    ("u'x'", "'x'"),
    ("'x'", "b'x'"),
    ('[u"a", u"b"]', '["a", "b"]'),
    ("<type 'int'>", "<class 'int'>"),
    ("12L", "12"),
    ("(3L, 4L)", "(3, 4)"),
    ("0x1fL", "0x1f"),
    ("set([3, 1])", "{1, 3}"),
    ("frozenset([3, 1])", "frozenset({1, 3})"),
    ("set([])", "set()"),
    ("[set([2, 1]), set([])]", "[{1, 2}, set()]"),
    ("set([u'a, b', u'c'])", "{'c', 'a, b'}"),
    ("set([frozenset([1]), frozenset([2, 1])])", "{frozenset({1, 2}), frozenset({1})}"),
]
BEFORE_3_7 = [
    ("ValueError('x',)", "ValueError('x')"),
    ("ValueError('of (a)',)", "ValueError('of (a)')"),
    ("{'b': 2, 'a': {'d': [2, 1], 'c': (3,)}}", "{'a': {'c': (3,), 'd': [2, 1]}, 'b': 2}"),
    ('{"b": 1, "a": "}"}', '{"a": "}", "b": 1}'),
    ("{(1, 2): 'x', 3: <Foo>}", "{3: <Foo>, (1, 2): 'x'}"),
]
OLD_NUMPY = [
    ("array([ True, False], dtype=bool)", "array([ True, False])"),
    ("[ 0.  1. ...,  8.  9.]", "[0. 1. ... 8. 9.]"),
    ("[[ 0.  1.]  ...,   [ 8.  9.]]", "[[0. 1.]  ...  [8. 9.]]"),
]
NEW_NUMPY = [
    ("0.5", "np.float32(0.5)"),
    ("[0.5, 3]", "[np.float64(0.5), np.int64(3)]"),
    ("True", "np.True_"),
    ("'a'", "np.str_('a')"),
    ("(1+2j)", "np.complex64(1+2j)"),
]
EVERYWHERE = [
    ("[ 1.  2.  3.]", "[1. 2. 3.]"),
    ("[[ 1.  -2.]", "[[ 1. -2.]"),
    ("[[1. 2.]   [3. 4.]]", "[[ 1.  2.]  [ 3.  4.]]"),
    ("  3.   4. ]]", "3. 4.]]"),
    ("[1. 2. ", "[1. 2."),
    ("[ True False  True]", "[True False True]"),
    ("['a'  'b' nan]", "['a' 'b'   nan]"),
    ("{3, 1}", "{1, 3}"),
    ("{'b', 'a, {'}", "{'a, {', 'b'}"),
    ("set([3, 1])", "set([1, 3])"),
    ("{(1, 'b'), frozenset({2, 1}), None}", "{None, frozenset({1, 2}), (1, 'b')}"),
    ("{Point(x=2, y=1), Point(x=1, y=1)}", "{Point(x=1, y=1), Point(x=2, y=1)}"),
    ("{np.int64(3), np.True_}", "{np.True_, np.int64(3)}"),
    ("{-1, 1e-05, 2j}", "{2j, -1, 1e-05}"),
]


def cases(*groups: tuple[list[tuple[str, str]], Versions, Versions]) -> list[object]:
    return [(old, new, one, other) for pairs, one, other in groups for old, new in pairs]


@pytest.mark.parametrize(
    ("old", "new", "one", "other"),
    cases(
        (PYTHONS, PYTHON_2, PYTHON_3_12),
        (BEFORE_3_7, PYTHON_2, PYTHON_3_12),
        (BEFORE_3_7, PYTHON_3_6, PYTHON_3_12),
        (BEFORE_3_7, PYTHON_3_6, PYTHON_3_6),
        (BEFORE_3_7, PYTHON_3_6, UNKNOWN),
        (OLD_NUMPY, NUMPY_1_13, NUMPY_1_14),
        (OLD_NUMPY, NUMPY_1_13, NUMPY_2),
        (NEW_NUMPY, NUMPY_1_26, NUMPY_2),
        (NEW_NUMPY, NUMPY_1_13, NUMPY_2),
        (EVERYWHERE, UNKNOWN, UNKNOWN),
        (EVERYWHERE, PYTHON_3_12, PYTHON_3_12),
        (EVERYWHERE, PYTHON_2, PYTHON_2),
    ),
)
def test_spellings_that_are_equal(old: str, new: str, one: Versions, other: Versions) -> None:
    assert are_equal(old, new, one, other)
    assert are_equal(new, old, other, one)


@pytest.mark.parametrize(
    ("old", "new", "one", "other"),
    cases(
        (PYTHONS, PYTHON_2, PYTHON_2),
        (PYTHONS, PYTHON_3_6, PYTHON_3_12),
        (PYTHONS, PYTHON_2, UNKNOWN),
        (BEFORE_3_7, PYTHON_3_7, PYTHON_3_12),
        (BEFORE_3_7, UNKNOWN, PYTHON_3_12),
        (OLD_NUMPY, NUMPY_1_13, NUMPY_1_13),
        (OLD_NUMPY, NUMPY_1_14, NUMPY_2),
        (OLD_NUMPY, NUMPY_1_13, UNKNOWN),
        (NEW_NUMPY, NUMPY_1_13, NUMPY_1_26),
        (NEW_NUMPY, NUMPY_2, NUMPY_2),
        (NEW_NUMPY, UNKNOWN, NUMPY_2),
    ),
)
def test_elsewhere_they_are_two_results(old: str, new: str, one: Versions, other: Versions) -> None:
    assert not are_equal(old, new, one, other)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("['a  b', 'c']", "['a b', 'c']"),
        ("x = '[1   2]'", "x = '[1 2]'"),
        ("[a   b]", "[a b]"),
        ("[foo]   [bar]", "[foo] [bar]"),
        ("{b, a}", "{a, b}"),
        ("{it's, b, a}", "{a, b, it's}"),
        ("{3 apples, 2 pears}", "{2 pears, 3 apples}"),
        ("{f(y), g(x)}", "{g(x), f(y)}"),
        ("{b: 2, a: 1}", "{a: 1, b: 2}"),
        ("[3, 1]", "[1, 3]"),
        ("(3, 1)", "(1, 3)"),
        ("list([3, 1])", "list([1, 3])"),
        ("offset([3, 1])", "offset([1, 3])"),
        ("KeyError at ('x',)", "KeyError at ('x')"),
        ("('x',)", "('x')"),
        ("grab 'x'", "gra 'x'"),
        ("wait...,", "wait..."),
        ("{3, 1", "{1, 3"),
    ],
)
def test_what_is_equal_between_no_sides(old: str, new: str) -> None:
    for one, other in ((PYTHON_2, NUMPY_2), (NUMPY_1_13, NUMPY_2), (NUMPY_2, NUMPY_2)):
        assert not are_equal(old, new, one, other)


@pytest.mark.parametrize(
    ("python", "installed", "versions"),
    [
        ("3.6", {"numpy": "1.13.3"}, NUMPY_1_13),
        ("3.12", {"numpy": "2.1.0rc1"}, NUMPY_2),
        ("3.12", {"numpy": ""}, PYTHON_3_12),
        ("3.12", {"six": "1.2"}, PYTHON_3_12),
        ("3.12", None, PYTHON_3_12),
        ("", {}, UNKNOWN),
    ],
)
def test_versions(python: str, installed: dict[str, str] | None, versions: Versions) -> None:
    assert Versions.of(python, installed) == versions


# ---- what tests/scripts/spellings.py printed on Pythons 2.7 to 3.13, with numpy 1.11 to 2.5 ------

REAL = json.loads(
    (Path(__file__).parents[2] / "data" / "spellings.json").read_text(encoding="utf-8")
)
# Those two show fewer digits on some releases.
ROUNDED = ("third", "thirds")
# Here no two sides print differently for another reason than the order of a set, or padding.
ALIKE_EVERYWHERE = {
    "array of records",
    "cube",
    "list of arrays",
    "matrix",
    "matrix of float32, repr",
    "matrix, repr",
    "one element",
    "printed with a name",
    "row of booleans",
    "row of complex",
    "row of floats",
    "row of mixed sizes",
    "row of negative floats",
    "row of tiny numbers",
    "row over lines",
    "row over lines, repr",
    "row with nan",
    "thirds",
    "third",
    "wide integers over lines",
}


def versions_of(maker: str) -> Versions:
    """Return what a maker such as ``Python 2.7.18, numpy 1.11.3`` is."""
    python, numpy = (part.split()[1] for part in maker.split(", "))
    return Versions.of(python, {"numpy": numpy})


def basis_of(one: str, other: str, sides: tuple[Versions, Versions]) -> Basis | None:
    steps = spellings(*sides)
    old, new = (parse(text, load_masks(), steps) for text in (one, other))
    return compare_outputs([old], [new], Tolerance()).basis


@pytest.mark.parametrize("value", REAL)
def test_real_spellings_of_equal_values(value: str) -> None:
    for one, other in itertools.combinations(REAL[value], 2):
        sides = {
            (versions_of(a), versions_of(b))
            for a, b in itertools.product(one["from"], other["from"])
        }
        expected = Basis.TOLERANCE if value in ROUNDED else Basis.EXACT
        assert {basis_of(one["text"], other["text"], pair) for pair in sides} == {expected}


@pytest.mark.parametrize("value", [v for v in REAL if len(REAL[v]) > 1])
def test_real_spellings_of_one_side_are_two_results(value: str) -> None:
    newest = versions_of("Python 3.13.0, numpy 2.3.5")
    found = {
        basis_of(one["text"], other["text"], (newest, newest))
        for one, other in itertools.combinations(REAL[value], 2)
    }
    if value not in ALIKE_EVERYWHERE:
        assert None in found
    else:
        assert None not in found


def test_how_many_real_spellings_there_are() -> None:
    assert sum(math.comb(len(forms), 2) for forms in REAL.values()) >= 40
    assert len({name for forms in REAL.values() for f in forms for name in f["from"]}) == 15
