"""Text to transcript: lines, masks, numbers, and spellings as far as they hold everywhere."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tfcompat.judging.output.masks import load_masks, read_masks, study_masks
from tfcompat.judging.output.normalize import SPELLINGS
from tfcompat.judging.output.run_values import RunTime
from tfcompat.judging.output.transcript import NUMBER, PrintedLines, parse

if TYPE_CHECKING:
    from tfcompat.judging.output.lines import Line

ALL_SPELLINGS = tuple(step for step, _ in SPELLINGS)
RUN = RunTime.of("2021-01-05T10:20:20+00:00", 30)


def only(text: str) -> Line:
    (line,) = parse(text, load_masks()).lines
    return line


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("- 0s 2ms/step - loss: 0.53", "- 12s 103ms/step - loss: 0.53"),
        ("<Model object at 0x7f8a1c2d3e4f>", "<Model object at 0x7fffffffffff>"),
        ("saved /tmp/tmpab12/m.ckpt", "saved /tmp/tmpzz99/n.ckpt"),
        ("saved /home/a/m.ckpt-10", "saved /work/run/7/m.ckpt-10"),
        ("done at 10:20:30 on 2021-01-05", "done at 1:02:03.5 on 1999-12-31"),
        ("pid 12 listening on port 40123", "pid 30000 listening on port 58080"),
        ("9/9 - 2s - loss: 1 - 2s/epoch - 1ms/step", "9/9 - 13s - loss: 1 - 13s/epoch - 7ms/step"),
        ("Elapsed time: 3", "Elapsed time: 3.25 seconds"),
    ],
)  # fmt: skip
def test_masked_lines_are_equal(one: str, other: str) -> None:
    assert only(one).skeleton == only(other).skeleton
    assert only(one).numbers == only(other).numbers


@pytest.mark.parametrize(
    "text",
    [
        "loss: 0.53",
        "time_constant: 3",
        "speed: 3.2 m/s",
        "latency_s: 0.2",
        "saved /home/a/m.ckpt-10",
        "x = 3 s",
        "half-life: 3.2 seconds",
        "step 12 loss 1.5e-3",
        "epochs 3/10",
    ],
)
def test_metrics_keep_their_numbers(text: str) -> None:
    assert only(text).numbers


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("3", (3.0,)),
        ("-3 +4", (-3.0, 4.0)),
        ("0.5 .5 5. -.5", (0.5, 0.5, 5.0, -0.5)),
        ("1e-05 1E5 1.5e+3", (1e-05, 1e5, 1500.0)),
        ("nan NaN inf -Inf Infinity", (math.nan, math.nan, math.inf, -math.inf, math.inf)),
        ("95.3% 3ms 12px 5L", (95.3, 3.0, 12.0, 5.0)),
        ("0x1f 0XFF -0x10", (31.0, 255.0, -16.0)),
        ("5-3", (5.0, 3.0)),
        ("x=-1, (2)", (-1.0, 2.0)),
        ("ResNet-50", (50.0,)),
        ("(1+2j) (1.-2.j)", (1.0, 2.0, 1.0, -2.0)),
        ("[-1. 2.]", (-1.0, 2.0)),
        ("conv2d_1 v2.3.4 2.3.4 10.0.0.1 28x28 a.5 _7 x86_64 float32 7f3a2b 1_000", ()),
        ("nano infer banana np.nan information", ()),
        ("1e999", ()),
        ("\u0131nf \u0663 \u00b2", ()),
        ("9" * 301, ()),
    ],
)
def test_numbers(text: str, numbers: tuple[float, ...]) -> None:
    line = only(text)
    assert str(line.numbers) == str(numbers)
    assert line.skeleton.count(NUMBER) == len(numbers)


def test_large_integers_stay_exact() -> None:
    (number,) = only("seed 12345678901234567891").numbers
    assert number == 12345678901234567891
    assert only(str(2**53)).numbers == (float(2**53),)
    assert only("0x" + "f" * 250).numbers == (16**250 - 1,)
    assert only("0x" + "f" * 251).numbers == ()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1e-05", "1e-5"),
        ("1E-05", "1e-5"),
        ("0.", "0.0"),
        (".5", "0.5"),
        ("3", "3.0"),
        ("00.5 007", "00.50 007.0"),
        ("0x1F", "0X1f"),
        ("x  ", "x"),
        ("NaN", "nan"),
        ("\x1b[1m10/10\x1b[0m", "10/10"),
    ],
)
def test_numbers_are_equal_by_value(one: str, other: str) -> None:
    assert only(one).skeleton == only(other).skeleton
    assert str(only(one).numbers) == str(only(other).numbers)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("['b', 'u']", "['', '']"),
        ("grab 'x'", "gra 'x'"),
        ("[1, 2]", "[1 2]"),
        ("v2.3.4", "v2.3.5"),
        ("a  b", "a b"),
        ("True", "False"),
        ("0x1f", "31"),
        ("10L", "10"),
        ("02139", "2139"),
        ("10:00 -00:00", "10:00 +00:00"),
        ("0.5", "00.5"),
        ("000", "0"),
        ("3ms", "3s"),
    ],
)
def test_what_differs_stays_different(one: str, other: str) -> None:
    assert only(one).skeleton != only(other).skeleton


def test_lines() -> None:
    transcript = parse("a\r\n\nb 1\x0bc\u2028d\n 10%\r 50%\r100%\r\nend", ())
    assert [line.raw for line in transcript.lines] == ["a", "", "b 1\x0bc\u2028d", "100%", "end"]
    assert [line.at for line in transcript.lines] == [1, 2, 3, 4, 5]


def test_chatter_is_left_out() -> None:
    text = "Downloading data from https://a/b\nloss 1\nINFO:tensorflow:Done running.\nloss 2\n"
    assert [(line.at, line.raw) for line in parse(text, load_masks()).lines] == [
        (2, "loss 1"),
        (4, "loss 2"),
    ]


def test_an_array_over_several_lines_is_one_line() -> None:
    text = "w: [[ 1.  2.]\n    [ 3.  4.]]\nend"
    array, end = parse(text, load_masks()).lines
    assert array.skeleton == only("w: [[1. 2.] [3. 4.]]").skeleton
    assert (array.numbers, array.raw) == ((1.0, 2.0, 3.0, 4.0), text.removesuffix("\nend"))
    assert [PrintedLines(array).where(index) for index in range(4)] == [
        (1, "w: [[ 1.  2.]"),
        (1, "w: [[ 1.  2.]"),
        (2, "    [ 3.  4.]]"),
        (2, "    [ 3.  4.]]"),
    ]
    assert (end.at, PrintedLines(end).where(0)) == (3, (3, "end"))


@pytest.mark.parametrize(
    "text",
    [
        "[1 2\nend\n3 4]",
        "[1 2\n\nend",
        "10/60 [===>\n20/60 [====> 3]",
        "see [1\n2 of 3]",
        "[INFO\n1]",
        "[1 2",
    ],
)
def test_what_is_no_array_stays_apart(text: str) -> None:
    assert [line.raw for line in parse(text, load_masks()).lines] == text.split("\n")


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", []),
        ("", [""]),
        ("\n", ["\n"]),
        ("a\nb\n", ["a\n", "b\n"]),
        ("a\n\nb", ["a\n", "\n", "b"]),
        # What is stored of a stream that was cut may be cut within a line.
        ("ab\nc", ["a", "", "b\nc"]),
    ],
)
def test_lines_and_text_parse_alike(text: str, lines: list[str]) -> None:
    assert parse(text, ()) == parse(lines, ())


def test_text_cannot_forge_a_number() -> None:
    assert only(NUMBER).skeleton != only("5").skeleton


def test_study_masks() -> None:
    masks = study_masks({"build-id": "build [0-9a-f]+", "a\\1": "x y"})
    assert parse("the build 7f3a x y", masks).lines[0].skeleton == "the <build-id> <a\\￼>"


@pytest.mark.parametrize("pattern", ["(", "*", "x*", "", "a{2,1}", "(?P<a>"])
def test_study_mask_that_cannot_serve_is_named(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"^mask 'mine': "):
        study_masks({"ok": "x", "mine": pattern})


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("{name: x}", r"row 2 \(x\): 1.pattern"),
        ("{name: x, pattern: a, masks: [a], leaves: [b], maks: 1}", r"row 2 \(x\): 1.maks"),
        ("{name: x, pattern: a, masks: [b], leaves: [b]}", r"row 2 \(x\): does not mask 'b'"),
        ("{name: x, pattern: a, masks: [a], leaves: [ab]}", r"row 2 \(x\): does not leave"),
        ("{name: x, pattern: a, masks: [], leaves: [b]}", r"row 2 \(x\): 1.masks"),
        ("{name: x, pattern: '(', masks: [a], leaves: [b]}", r"row 2 \(x\): not a regular"),
        (r"{name: x, pattern: a, replacement: '\3', masks: [a], leaves: [b]}", "row 2 .x.: not a"),
        ("{name: x, pattern: a, needs: [b], masks: [a], leaves: [b]}", "row 2 .x.: does not mask"),
        ("3", r"row 2 \(not a mapping\)"),
    ],
)
def test_bad_row_is_named(row: str, message: str) -> None:
    good = "- {name: good, pattern: g, masks: [g], leaves: [h]}\n"
    with pytest.raises(ValueError, match=message):
        read_masks(f"{good}- {row}\n")


@pytest.mark.parametrize("text", ["a: 1", "[", "3"])
def test_bad_file(text: str) -> None:
    with pytest.raises(ValueError, match=r"^masks\.yaml: "):
        read_masks(text)


BITS = st.sampled_from(
    [
        "1", "-", ".", "e", "0x", "[", "]", " ", "u'", "nan", "\r", "\n", "\x1b[", ":", "/s",
        NUMBER,
        "2021-01-05", "10:20:30", "T", "+01:00", "0001-01-01 00:00", "9999-12-31T23:59:59-23:59",
        "Tue Jan  5 ", " day, ", "took ", " ms", "pid ", "port ", "/tmp/tmp", "{", "}",
        "/lib/python3/",
    ]
)  # fmt: skip


@settings(deadline=None, database=None, max_examples=200)
@given(st.text() | st.lists(BITS).map("".join))
def test_any_text_parses(text: str) -> None:
    transcript = parse(text, load_masks(), ALL_SPELLINGS, RUN)
    for line in transcript.lines:
        assert line.skeleton.count(NUMBER) == len(line.numbers)
        assert ("\n" in line.raw) <= ("[" in line.raw)
        printed = PrintedLines(line)
        for index in range(len(line.numbers)):
            assert printed.where(index)[1] in line.raw
    # A transcript is a function of the text alone.
    assert str(parse(text, load_masks(), ALL_SPELLINGS, RUN)) == str(transcript)


UNITS = [
    "1", "1.", "1.5e3", "a", "1a", "/", "/a", "-1", "[", "]", " ", "1:", " - ", "0x1", "1e", "s/",
    "u'", "np.float32(", "1 ", "\r", "\x1b[", "2021-01-05 ", "Mon ", "took 1", "ETA: 1:", "pid ",
    "[1:11<1:11, ", "1.1.1.1:", "1+1", "elapsed time: ", "file:///a/", "1 day, ", "I a:1",
    "{", "}", "{1: 2, ", "set([", "'", '"\'', "(", ")", "INFO:a:", "1/1 [", "ValueError('x',)",
    "Error(", "Error('", "Error(\"'", "10:20:30 ", "0:00:01 ", "Tue Jan  5 10:20:30 2021 ",
    "<f at 0x123456 ", "/lib/python3/", "/tmp/tmpabcdefgh", "['[", "[1 ", "['a' ", "] [", "... ",
    "set([1]) ", "{1, 2} ", "{'a': 1} ", "{'", "{'\\'", "port 40000 ", "0", "10L ",
]  # fmt: skip


@pytest.mark.timeout(60)  # quadratic behaviour would take minutes at this length
@pytest.mark.parametrize("unit", UNITS)
def test_one_long_line_takes_linear_time(unit: str) -> None:
    text = unit * (100_000 // len(unit)) + "_"
    for run in (None, RUN):
        read = parse(text, load_masks(), ALL_SPELLINGS, run)
        assert read == parse([text], load_masks(), ALL_SPELLINGS, run)


@pytest.mark.timeout(60)  # likewise
@pytest.mark.parametrize("unit", ["[1", "[", "]", "1", "[1]", "{'a': 1", "[[1]\n", "array([1,"])
def test_many_lines_take_linear_time(unit: str) -> None:
    lines = parse(f"{unit}\n" * 50_000, load_masks(), ALL_SPELLINGS, RUN).lines
    assert lines[-1].at + lines[-1].raw.count("\n") >= 50_000
