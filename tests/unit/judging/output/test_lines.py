"""The lines of a run in columns: what comes out is what went in."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from tfcompat.judging.output.alignment import _numbers_text, line_up
from tfcompat.judging.output.compare import compare_outputs
from tfcompat.judging.output.lines import Line, Lines, Place, Transcript, size_of
from tfcompat.judging.output.tolerance import Tolerance
from tfcompat.judging.output.transcript import NUMBER, parse
from tfcompat.results.verdicts import Basis

NUMBERS = st.one_of(
    st.floats(allow_nan=False), st.just(math.nan), st.integers(2**53, 2**900), st.integers(-9, 9)
)
LINES = st.builds(
    Line,
    raw=st.text(st.characters(), max_size=20),
    skeleton=st.sampled_from(["", "a", f"step {NUMBER}"]),
    numbers=st.lists(NUMBERS, max_size=4).map(tuple),
    at=st.integers(1, 10**6),
)


@given(st.lists(LINES, max_size=8))
def test_lines_come_out_as_they_went_in(lines: list[Line]) -> None:
    held = Lines(lines)
    assert list(held) == lines
    assert [held[index] for index in range(len(held))] == lines
    assert held.skeletons == tuple(line.skeleton for line in lines)
    # Not only equal: an integer stays one, and the sign of a zero is kept.
    assert repr(list(held)) == repr(lines)
    if lines:
        assert held[-1] == lines[-1]
    for index, line in enumerate(lines):
        place = Place(held, index)
        assert (place.line, place.skeleton) == (line, line.skeleton)
        assert tuple(place.numbers) == line.numbers
        assert (held.at(index), held.raw(index)) == (line.at, line.raw)


def test_half_a_surrogate_pair_is_text() -> None:
    line = Line("\ud800 é", "\ud800 é", (), 1)
    assert list(Lines([line])) == [line]


def test_numbers_that_no_double_holds_are_compared_exactly() -> None:
    large = 2**60
    one, same, other = (parse(f"n {n} nan\n", ()) for n in (large, large, large + 1))
    assert one.lines[0].numbers[0] == large
    assert compare_outputs([one], [same], Tolerance(0.0, 0.0)).basis is Basis.EXACT
    assert not compare_outputs([one], [other], Tolerance(0.0, 0.0)).equal


def test_lines_are_equal_by_what_they_hold() -> None:
    line = Line("a 1", f"a {NUMBER}", (1.5,), 1)
    assert Lines([line]) == Lines([line])
    assert Lines([line]) != Lines([line._replace(at=2)])
    assert Lines([line]) != [line]
    assert repr(Lines([line])) == f"Lines([{line!r}])"


def test_lines_of_one_text_take_less_than_their_objects() -> None:
    text = "".join(f"step {n} loss 0.{n:06} accuracy 0.{n:04}\n" for n in range(1000, 2000))
    run = parse(text, ())
    # 304 bytes a line, as objects; what is printed of one is 38.
    assert size_of(run) < 100 * len(run.lines)
    assert size_of(Transcript(Lines())) < 100
    # Text of which no line is like another counts as well.
    words = parse("".join(f"{chr(97 + n % 26) * (n + 9)}\n" for n in range(50)), ())
    assert size_of(words) > 2 * sum(n + 9 for n in range(50))


def test_which_run_is_the_frame_depends_on_its_numbers_and_not_on_where_they_are_held() -> None:
    # With equal texts, by the numbers: the order of runs must not matter, nor that of their making.
    texts = [f"a {first}\nb\na {9 - first}\n" for first in range(5)]
    for order in (texts, texts[::-1]):
        longer = [parse(text, ()) for text in order]
        (shorter,) = [parse("a 4\n", ())]
        tracks = line_up([*longer, shorter])
        assert list(tracks[-1].matched) == [0, None, None]
    assert _numbers_text(parse("a 1 2.5\nb\n", ())) == ["(1.0, 2.5)", "()"]
