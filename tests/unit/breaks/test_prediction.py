"""What breaks where, since when, and what is no break."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from made_up_surfaces import MadeUp, a_class, function, offers

from tfcompat.breaks.findings import Break
from tfcompat.breaks.prediction import predict
from tfcompat.breaks.uses import uses_of

if TYPE_CHECKING:
    from tfcompat.breaks.findings import ChangedDefault


def breaks(
    text: str, *surfaces: MadeUp | None, reference: str | None = None
) -> list[tuple[Break, ...]]:
    uses = uses_of(text.encode(), ["lib"])
    return [one.breaks for one in predict(uses, offers(*surfaces), reference)]


def defaults(text: str, *surfaces: MadeUp) -> list[tuple[ChangedDefault, ...]]:
    uses = uses_of(text.encode(), ["lib"])
    return [one.defaults for one in predict(uses, offers(*surfaces))]


WITH, WITHOUT = MadeUp({"lib.f": function("a")}), MadeUp({})
USE = "import lib\nlib.f(1)\nlib.f(2)"


def test_gone_with_its_edge_and_lines() -> None:
    first, second, third = breaks(USE, WITH, WITHOUT, WITHOUT)
    assert first == ()
    assert second == third
    assert second == (
        Break(
            name="lib.f", kind="missing", argument=None, lines=(2, 3), direction="gone",
            edge=("1", "2"), replacement=None,
        ),
    )  # fmt: skip


def test_not_yet_there() -> None:
    (found,), *_ = breaks(USE, WITHOUT, WITHOUT, WITH)
    assert (found.direction, found.edge) == ("not-yet", ("2", "3"))


def test_what_is_back_again_has_two_edges() -> None:
    found = breaks(USE, WITH, WITHOUT, WITH, WITHOUT)
    assert [[one.edge for one in here] for here in found] == [[], [("1", "2")], [], [("3", "4")]]


def test_what_no_release_has_is_no_break() -> None:
    assert breaks(USE, WITHOUT, WITHOUT) == [(), ()]


def test_unknown_is_no_break_and_an_edge_may_lie_beyond_it() -> None:
    unknown = MadeUp({}, unknown=frozenset(("lib.f",)))
    found = breaks(USE, WITH, unknown, None, WITHOUT)
    assert [[one.edge for one in here] for here in found] == [[], [], [], [("1", "4")]]


@pytest.mark.parametrize(
    ("call", "before", "after", "expected"),
    [
        ("lib.f(x=1)", "x=0", "y=0", ("argument", "x", "y")),
        ("lib.f(x=1)", "x=0", "a=0 x2=0", ("argument", "x", "a")),
        ("lib.f(1, 2)", "a b", "a", ("signature", None, None)),
        ("lib.f(1)", "a", "a b", ("signature", "b", None)),
        ("lib.f(1)", "a", "_gone=None a=None", ("signature", None, None)),
        ("lib.f(1, 2, 3)", "axis number value", "value sizes axis=0", ("signature", "axis", None)),
    ],
)
def test_calls_that_do_not_fit(
    call: str, before: str, after: str, expected: tuple[str, str | None, str | None]
) -> None:
    old, new = MadeUp({"lib.f": function(before)}), MadeUp({"lib.f": function(after)})
    _, (found,) = breaks(f"import lib\n{call}", old, new, reference="1")
    assert (found.kind, found.argument, found.replacement) == expected


@pytest.mark.parametrize(
    ("call", "after", "more"),
    [
        ("lib.f(x=1)", "**more", {}),
        ("lib.f(x=1)", "y", {"mentioned": frozenset(("x",)), "is_wrapped": True}),
        ("lib.f(1, 2)", "a", {"is_wrapped": True}),
        ("lib.f(1, 2)", "a *rest", {}),
        ("lib.f(*x)", "", {}),
        ("lib.f(1)", "renamed", {}),
        ("lib.f(1, 2)", "new x=None b=None a=None", {}),
        ("lib.f(1, 2, x=3)", "", {"parameters": None}),
    ],
)
def test_calls_that_may_fit_are_no_breaks(call: str, after: str, more: dict[str, object]) -> None:
    old = MadeUp({"lib.f": function("a=1 b=2 x=3")})
    new = MadeUp({"lib.f": replace(function(after), **more)})  # type: ignore[arg-type]
    assert breaks(f"import lib\n{call}", old, new, reference="1") == [(), ()]


def test_without_a_known_reference_places_that_moved_are_left_alone() -> None:
    old, new = MadeUp({"lib.f": function("a b")}), MadeUp({"lib.f": function("b a")})
    assert breaks("import lib\nlib.f(1, 2)", old, new) == [(), ()]
    assert [len(here) for here in breaks("import lib\nlib.f(1, 2)", old, new, reference="2")] == [
        1,
        0,
    ]


def test_what_is_in_something_that_is_missing_is_reported_as_a_whole() -> None:
    text = "import lib.a\nlib.a.f(1)\nlib.b.f(1)"
    there = {"lib.a": a_class(), "lib.a.f": function("a"), "lib.b": a_class()}
    old = MadeUp(there, unknown=frozenset(("lib.b.f",)))
    _, found = breaks(text, old, MadeUp({}))
    # What is in `lib.b` is not known, as if it were of another library.
    assert [(one.name, one.lines) for one in found] == [
        ("lib.a", (1,)),
        ("lib.a.f", (2,)),
        ("lib.b", (3,)),
    ]


def test_methods_of_instances() -> None:
    text = "import lib\nlib.C().m()"
    old = MadeUp({"lib.C": a_class(), "lib.C.m": function("")})
    new = MadeUp({"lib.C": a_class()})
    assert [[one.name for one in here] for here in breaks(text, old, new)] == [[], ["lib.C.m"]]
    # A class that answers to other names by now may answer to this one.
    lenient = MadeUp({"lib.C": a_class(is_open=True)})
    assert breaks(text, old, lenient) == [(), ()]


def test_another_name_of_the_same_object_replaces_it() -> None:
    names = ("lib.f", "lib._f", "lib.compat.f", "lib.old.f")
    both = MadeUp({"lib.f": function("", key="k")}, others={"k": names})
    new = MadeUp({"lib.compat.f": function(""), "lib._f": function("")})
    _, (found,) = breaks(USE, both, new)
    assert found.replacement == "lib.compat.f"


@pytest.mark.parametrize("inner", ["python", "core", "impl", "internal", "_api"])
def test_a_public_name_goes_before_one_of_the_inner_modules(inner: str) -> None:
    names = ("lib.f", f"lib.{inner}.f", "lib.compat.v1.f")
    both = MadeUp({"lib.f": function("", key="k")}, others={"k": names})
    new = {name: function("") for name in names[1:]}
    _, (found,) = breaks(USE, both, MadeUp(new))
    assert found.replacement == "lib.compat.v1.f"
    # It serves where no other is.
    del new["lib.compat.v1.f"]
    _, (found,) = breaks(USE, both, MadeUp(new))
    assert found.replacement == f"lib.{inner}.f"


def test_a_name_deep_inside_of_a_library_replaces_nothing() -> None:
    deep = "lib.inner.ops.math.f"
    both = MadeUp({"lib.f": function("", key="k")}, others={"k": ("lib.f", deep)})
    _, (found,) = breaks(USE, both, MadeUp({deep: function("")}))
    assert found.replacement is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("f is deprecated. Use lib.g instead.", "lib.g"),
        ("Please use `g` instead; will be removed", "lib.g"),
        ("deprecated, use ``other.tool.f`` instead", "other.tool.f"),
        ("deprecated, use `nowhere` instead", None),
    ],
)
def test_the_words_of_a_library_name_a_replacement(text: str, expected: str | None) -> None:
    old = MadeUp({"lib.f": function("a", deprecation=text)})
    _, (found,) = breaks(USE, old, MadeUp({"lib.g": function("a")}))
    assert found.replacement == expected


def test_defaults_that_changed_of_arguments_that_are_left_out() -> None:
    surfaces = [MadeUp({"lib.f": function(f"a n={n}")}) for n in ("10", "'warn'", "100", "100")]
    found = defaults("import lib\nlib.f(1)", *surfaces)
    assert [[(d.argument, d.old, d.new, d.lines) for d in here] for here in found] == [
        [],
        [],
        [("n", "10", "100", (2,))],
        [("n", "10", "100", (2,))],
    ]
    assert defaults("import lib\nlib.f(1, n=5)", *surfaces) == [(), (), (), ()]


def test_defaults_that_changed_before_a_script_could_run_do_not_count() -> None:
    first = MadeUp({"lib.f": function("n=1")})
    second = MadeUp({"lib.f": function("n=2"), "lib.g": function("")})
    assert defaults("import lib\nlib.f()\nlib.g()", first, second) == [(), ()]
