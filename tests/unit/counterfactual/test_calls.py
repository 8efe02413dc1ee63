"""What scripts call of a library, and calls that pass one argument more."""

from __future__ import annotations

import pytest

from tfcompat.counterfactual.calls import Argument, Called, calls_of, with_arguments


def names(source: str) -> list[tuple[str, bool]]:
    calls = calls_of(source.encode(), "foo")
    return [(call.called.name, call.called.of_instance) for call in calls]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import foo\nfoo.bar(1)", [("foo.bar", False)]),
        ("import foo.sub as fs\nfs.bar()", [("foo.sub.bar", False)]),
        ("import foo.sub\nfoo.sub.bar()", [("foo.sub.bar", False)]),
        ("from foo.sub import bar as baz\nbaz()", [("foo.sub.bar", False)]),
        ("from foo import Bar\nb = Bar()\nb.fit(1)", [("foo.Bar", False), ("foo.Bar.fit", True)]),
        ("from foo import Bar\nBar().fit(1)", [("foo.Bar", False), ("foo.Bar.fit", True)]),
        ("import foo\nwith foo.Open() as f:\n  f.read()",
         [("foo.Open", False), ("foo.Open.read", True)]),
        ("import foo\ng = foo.bar\ng()", [("foo.bar", False)]),
        # What a method returns is not known, nor what is bound anew.
        ("import foo\nfoo.Bar().fit().score()", [("foo.Bar", False), ("foo.Bar.fit", True)]),
        ("import foo\nfoo = 1\nfoo.bar()", []),
        ("import foobar\nfoobar.x()\nprint(1)", []),
        ("from . import foo\nfoo.x()", []),
        ("print 'two'", []),
    ],
)  # fmt: skip
def test_what_is_called(source: str, expected: list[tuple[str, bool]]) -> None:
    assert names(source) == expected


def edited(call: str, position: int | None = 1) -> str | None:
    source = f"import foo\nx = {call}\n".encode()
    argument = Argument(called=Called(name="foo.bar"), name="n", position=position, value="10")
    found = with_arguments(source, calls_of(source, "foo"), [argument])
    return found.decode().removeprefix("import foo\nx = ").rstrip("\n") if found else None


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("foo.bar()", "foo.bar(n=10)"),
        ("foo.bar(1)", "foo.bar(1, n=10)"),
        ("foo.bar(1, )", "foo.bar(1, n=10)"),
        ("foo.bar(k='ä')", "foo.bar(k='ä', n=10)"),
        ("foo.bar(\n  1,  # one, two\n)", "foo.bar(\n  1,  # one, two\nn=10)"),
        ("foo.bar(\n  1  # one, two\n)", "foo.bar(\n  1  # one, two\n, n=10)"),
        ("(foo.bar(foo.bar()))", "(foo.bar(foo.bar(n=10), n=10))"),
        ("foo.bar((1))", "foo.bar((1), n=10)"),
        # It is passed already, or may be.
        ("foo.bar(1, 2)", None),
        ("foo.bar(n=3)", None),
        ("foo.bar(*x)", None),
        ("foo.bar(**x)", None),
        ("foo.other()", None),
        # A bare generator has to stay alone.
        ("foo.bar(i for i in y)", None),
    ],
)
def test_an_argument_is_added(call: str, expected: str | None) -> None:
    found = edited(call)
    assert (found and found.replace(",  # one", ",  # one")) == expected


def test_one_by_name_only_has_no_position() -> None:
    assert edited("foo.bar(1, 2)", None) == "foo.bar(1, 2, n=10)"


def test_another_encoding_is_left_alone() -> None:
    source = "# coding: latin-1\nimport foo\nfoo.bar('ä')\n".encode("latin-1")
    argument = Argument(called=Called(name="foo.bar"), name="n", position=1, value="1")
    assert with_arguments(source, calls_of(source, "foo"), [argument]) is None
