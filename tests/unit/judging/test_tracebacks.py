"""What a program printed as it ended."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tfcompat.judging.tracebacks import Frame, ending, exceptions

PLAIN = """\
some log
Traceback (most recent call last):
  File "/study/ex/a.py", line 3, in <module>
    main()
  File "/env/lib/python3.6/site-packages/lib/x.py", line 12, in main
    raise ValueError("bad")
ValueError: bad
  and more
"""


def names(text: str) -> list[str]:
    return [raised.headline for raised in exceptions(text.splitlines())]


def test_plain() -> None:
    (raised,) = exceptions(PLAIN.splitlines())
    assert (raised.type, raised.message) == ("ValueError", "bad\n  and more")
    assert raised.headline == "ValueError: bad"
    assert raised.frames == (
        Frame("/study/ex/a.py", 3, "main()"),
        Frame("/env/lib/python3.6/site-packages/lib/x.py", 12, 'raise ValueError("bad")'),
    )
    assert [frame.package for frame in raised.frames] == [None, "lib"]


def test_a_message_that_announces_another_one() -> None:
    said = "Error trying to process rule \"pair\":\n\n'Token' object has no attribute 'pos'"
    (headline,) = names(PLAIN.replace("bad\n  and more", said))
    assert headline == (
        "ValueError: Error trying to process rule \"pair\": 'Token' object has no attribute 'pos'"
    )


def test_carets_are_no_code() -> None:
    text = PLAIN.replace("    main()\n", "    main()\n    ~~~~^^\n")
    assert exceptions(text.splitlines()) == exceptions(PLAIN.splitlines())


def test_a_file_that_cannot_be_compiled() -> None:
    text = (
        '  File "ex/a.py", line 7\n    print "x"\n          ^\nSyntaxError: Missing parentheses\n'
    )
    raised = ending(text.splitlines())
    assert raised is not None
    assert raised.headline == "SyntaxError: Missing parentheses"
    assert raised.frames == (Frame("ex/a.py", 7, 'print "x"', compiled=True),)


@pytest.mark.parametrize(
    "joint",
    [
        "\nDuring handling of the above exception, another exception occurred:\n\n",
        "\nThe above exception was the direct cause of the following exception:\n\n",
    ],
)
def test_chained(joint: str) -> None:
    text = PLAIN + joint + PLAIN.removeprefix("some log\n").replace("ValueError", "my.pkg.Custom")
    first, second = exceptions(text.splitlines())
    assert (first.headline, first.chained) == ("ValueError: bad", False)
    assert (second.headline, second.chained) == ("Custom: bad", True)
    assert second.type == "my.pkg.Custom"
    assert ending(text.splitlines()) == second


@pytest.mark.parametrize(
    "noise",
    [
        "Exception ignored in: <function Holder.__del__ at 0x7f>\n",
        "--- Logging error ---\n",
        "Error in atexit._run_exitfuncs:\n",
    ],
)
def test_noise_is_left_out(noise: str) -> None:
    late = noise + PLAIN.removeprefix("some log\n").replace("ValueError: bad", "OSError: late")
    assert names(PLAIN + late) == ["ValueError: bad"]
    assert names(late + PLAIN) == ["ValueError: bad"]
    assert names(late) == []


def test_python_2_ignores_in_one_line() -> None:
    line = "Exception OSError: 'late' in <bound method X.__del__ of <X>> ignored\n"
    assert names(line + PLAIN) == names(PLAIN + line) == ["ValueError: bad"]


def test_what_ended_a_thread_did_not_end_the_program() -> None:
    block = PLAIN.removeprefix("some log\n")
    thread = "Exception in thread Thread-1:\n" + block.replace("ValueError", "KeyError")
    assert ending((block + "\n" + thread).splitlines()) == exceptions(block.splitlines())[0]
    alone = ending(thread.splitlines())
    assert alone is not None
    assert alone.in_thread


def test_a_traceback_within_a_message() -> None:
    text = (
        "Traceback (most recent call last):\n"
        '  File "ex/a.py", line 1, in <module>\n'
        "    import tensorflow\n"
        "ImportError: Traceback (most recent call last):\n"
        '  File "/env/lib/python3.6/site-packages/tensorflow/p.py", line 5, in <module>\n'
        "    load()\n"
        "ImportError: libcuda.so.1: cannot open shared object file\n\n"
        "Failed to load the native TensorFlow runtime.\n"
    )
    assert names(text)[-1] == "ImportError: libcuda.so.1: cannot open shared object file"


def test_where_tensorflow_1_says_an_operation_was_made() -> None:
    text = PLAIN + (
        "\nCaused by op 'Reshape', defined at:\n"
        '  File "ex/a.py", line 3, in <module>\n'
        "    y = tf.reshape(x, [-1, 7])\n"
        "InvalidArgumentError (see above for traceback): 3 values, 7 wanted\n"
    )
    raised = ending(text.splitlines())
    assert raised is not None
    assert raised.headline == "InvalidArgumentError: 3 values, 7 wanted"
    assert raised.frames == (Frame("ex/a.py", 3, "y = tf.reshape(x, [-1, 7])"),)


def test_nothing_raised() -> None:
    assert ending(["warning: x", "", "Aborted"]) is None
    assert ending(["Traceback (most recent call last):"]) is None
    assert ending(["/a.py:3: FutureWarning: soon", "  ValueError: inner", ""]) is None


def test_a_traceback_that_was_cut_away() -> None:
    raised = ending(["[... 500 bytes left out ...]", "my.ValueError: bad", "some log"])
    assert raised is not None
    assert (raised.headline, raised.frames) == ("ValueError: bad", ())


@pytest.mark.parametrize(
    ("file", "package"),
    [
        ("/env/lib/python3.6/site-packages/google/protobuf/descriptor.py", "google.protobuf"),
        ("/usr/lib/python3/dist-packages/six.py", "six"),
        ("/python/lib/python3.6/json/decoder.py", None),
    ],
)
def test_package(file: str, package: str | None) -> None:
    assert Frame(file, 1).package == package


BITS = st.sampled_from([*PLAIN.splitlines(), "", "Exception ignored in: x", "X"])


@settings(deadline=None, database=None)
@given(st.lists(BITS | st.text()))
def test_any_text_is_read(lines: list[str]) -> None:
    for raised in exceptions(lines):
        assert raised.frames
        assert raised.type


def test_cells_of_a_notebook() -> None:
    cell, script = Frame("/study/a b.ipynb, cell 12", 3), Frame("/study/a.py, cell 1", 3)
    assert (cell.script, cell.cell) == ("/study/a b.ipynb", 12)
    assert (script.script, script.cell) == ("/study/a.py, cell 1", None)
