"""Rewriting what breaks in a script."""

from __future__ import annotations

import pytest

from tfcompat.breaks.findings import Break
from tfcompat.breaks.fix import fix
from tfcompat.errors import StudyError


def moved(
    name: str, to: str | None, *lines: int, argument: str = "", certain: bool = True
) -> Break:
    return Break(
        name=name,
        kind="argument" if argument else "missing",
        argument=argument or None,
        lines=lines,
        direction="gone",
        edge=("1", "2"),
        replacement=to,
        is_certain=certain,
    )


@pytest.mark.parametrize(
    ("source", "one", "written"),
    [
        # As the script calls the library; comments and blanks stay.
        ("import lib as l\nl.f( 1 )  # why\n", moved("lib.f", "lib.sub.g", 2),
         "import lib as l\nl.sub.g( 1 )  # why\n"),
        ("import lib.sub\nlib.sub.f()\n", moved("lib.sub.f", "lib.g", 2),
         "import lib.sub\nlib.g()\n"),
        ("from lib import sub\nsub.f()\n", moved("lib.sub.f", "lib.sub.new.f", 2),
         "from lib import sub\nsub.new.f()\n"),
        # The nearest of several names that the script has for it.
        ("import lib\nfrom lib import sub as s\nlib.f()\n", moved("lib.f", "lib.sub.f", 3),
         "import lib\nfrom lib import sub as s\ns.f()\n"),
        # Imports: the script goes on calling it as it did.
        ("from lib.old import f\nf()\n", moved("lib.old.f", "lib.new.f", 1, 2),
         "from lib.new import f\nf()\n"),
        ("from lib.old import f\nf()\n", moved("lib.old.f", "lib.new.g", 1, 2),
         "from lib.new import g as f\nf()\n"),
        ("from lib import a, f as x, b\n", moved("lib.f", "lib.new.f", 1),
         "from lib import a, b; from lib.new import f as x\n"),
        ("import lib.old as o\no.f()\n", moved("lib.old", "lib.new", 1),
         "import lib.new as o\no.f()\n"),
        # A name that is another library's now.
        ("from lib.old import f\n", moved("lib.old.f", "other.f", 1), "from other import f\n"),
        # Arguments by name.
        ("import lib\nlib.f(1, old=2, **more)\n", moved("lib.f", "new", 2, argument="old"),
         "import lib\nlib.f(1, new=2, **more)\n"),
        ("from lib import f\nf(old = 2)\n", moved("lib.f", "new", 2, argument="old"),
         "from lib import f\nf(new = 2)\n"),
    ],
)  # fmt: skip
def test_what_is_rewritten(source: str, one: Break, written: str) -> None:
    found = fix(source, [one])
    assert found.text == written
    assert found.applied == (one,)


@pytest.mark.parametrize(
    ("source", "one"),
    [
        # It is not certain, or there is nothing.
        ("import lib\nlib.f()\n", moved("lib.f", "lib.g", 2, certain=False)),
        ("import lib\nlib.f()\n", moved("lib.f", None, 2)),
        # The script has no name for where it is.
        ("from lib import sub\nsub.f()\n", moved("lib.sub.f", "lib.g", 2)),
        ("import lib\nlib.f()\n", moved("lib.f", "other.f", 2)),
        # Another line, another name, another argument, or something of the script's own.
        ("import lib\nlib.f()\n", moved("lib.f", "lib.g", 9)),
        ("import lib\nlib.fine()\n", moved("lib.f", "lib.g", 2)),
        ("import lib\nlib.f(old=1)\n", moved("lib.f", "new", 2, argument="other")),
        ("import lib\nlib = 3\nlib.f()\n", moved("lib.f", "lib.g", 3)),
        ("def f(lib):\n    lib.f()\n", moved("lib.f", "lib.g", 2)),
        ("from .lib import f\n", moved("lib.f", "lib.g", 1)),
        # Python's own is imported from nowhere.
        ("from lib import float\nfloat(1)\n", moved("lib.float", "float", 1, 2)),
        ("import lib\nlib.float(1)\n", moved("lib.float", "float", 2)),
        ("import lib.old\n", moved("lib.old", "lib.new", 1)),
    ],
)
def test_what_stays(source: str, one: Break) -> None:
    found = fix(source, [one])
    assert (found.text, found.applied) == (source, ())


def test_what_breaks_itself_is_no_way_to_a_replacement() -> None:
    source = "import lib\nfrom lib import old as o\nlib.f()\no\n"
    breaks = [moved("lib.f", "lib.old.f", 3), moved("lib.old", None, 2)]
    assert fix(source, breaks).text == source.replace("lib.f()", "lib.old.f()")


def test_what_is_inside_of_something_that_moved() -> None:
    source = "import lib\nlib.old.f(a=lib.g)\n"
    breaks = [
        moved("lib.old", "lib.new", 2),
        moved("lib.old.f", "lib.h", 2),
        moved("lib.g", "lib.k", 2),
        moved("lib.old.f", "b", 2, argument="a"),
    ]
    found = fix(source, breaks)
    assert found.text == "import lib\nlib.h(b=lib.k)\n"


def test_a_script_that_cannot_be_parsed() -> None:
    with pytest.raises(StudyError, match=r"old.py cannot be rewritten: .*line 1"):
        fix("print 'x'\n", [], "old.py")
