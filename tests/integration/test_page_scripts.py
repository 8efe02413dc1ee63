"""What the functions of the page's scripts return, in a real browser."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from reports import built, write

from tfcompat.report import page

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page


@pytest.fixture(scope="module")
def view(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    folder = tmp_path_factory.mktemp("results")
    target = folder / "index.html"
    report = built(write(folder))
    target.write_text(page.render(report), encoding="utf-8")
    view = browser.new_page()
    view.goto(target.as_uri())
    view.wait_for_selector("#grid .entry")
    yield view
    view.close()


def chosen(view: Page, address: str) -> Any:  # noqa: ANN401 - what JavaScript returns
    return view.evaluate(
        """(address) => {
          const choices = filters.fromAddress(address);
          const { columns, lines, count, total } = filters.choose(page.data, choices);
          const names = lines.map(({ family, row }) => (row ? row.name : `[${family.name}]`));
          return { columns, names, count, total };
        }""",
        address,
    )


def test_an_address_holds_choices_and_forgets_empty_ones(view: Page) -> None:
    choices = view.evaluate("filters.fromAddress('#q=a%26b&verdict=same&other=x')")
    assert choices["q"] == "a&b"
    assert choices["verdict"] == "same"
    assert choices["python"] == ""
    assert "other" not in choices
    changed = view.evaluate("filters.address('#q=a&cell=x', {q: '', python: '3.6', cause: ''})")
    assert changed == "#cell=x&python=3.6"


@pytest.mark.parametrize(
    ("address", "names", "count", "columns"),
    [
        ("", ["[examples/new]", "<script.py", "c.py", "[examples/old]", "a.py", "b.py"], 30, 8),
        ("#q=OLD", ["[examples/old]", "a.py", "b.py"], 14, 8),
        ("#verdict=different", ["[examples/old]", "a.py"], 1, 8),
        ("#verdict=different&python=3.7", [], 0, 3),
        ("#cause=removed-api&family=examples/new", ["[examples/new]", "<script.py", "c.py"], 7, 8),
        ("#python=3.7&sort=oldest&q=old/b", ["[examples/old]", "b.py"], 2, 3),
        ("#verdict=nonsense", [], 0, 8),
    ],
)
def test_choices_leave_lines_and_columns(
    view: Page, address: str, names: list[str], count: int, columns: int
) -> None:
    found = chosen(view, address)
    assert found["names"] == names
    assert (found["count"], len(found["columns"]), found["total"]) == (count, columns, 30)


def test_options_are_what_occurs(view: Page) -> None:
    options = view.evaluate("filters.options(page.data)")
    assert list(options["verdict"]) == ["failed", "same", "different"]
    assert list(options["cause"]) == ["removed-api"]
    assert list(options["python"]) == ["3.6", "3.7"]
    assert options["campaign"] == {}


@pytest.mark.parametrize(
    ("sort", "names"),
    [
        ("newest", ["a.py", "b.py", "c.py"]),
        ("oldest", ["a.py", "b.py", "c.py"]),
        ("", ["a.py", "b.py", "c.py"]),
    ],
)
def test_rows_are_ordered_by_where_they_run(view: Page, sort: str, names: list[str]) -> None:
    rows = """(sort) => {
      const verdicts = { S: "same", F: "failed", D: "different" };
      const row = (name, letters) => ({ name, entries: [...letters].map((letter) => (
        letter === "." ? null : { verdict: verdicts[letter] })) });
      const rows = { newest: [row("b.py", "FSS"), row("a.py", "DFF"), row("c.py", "FFF")],
        oldest: [row("c.py", ".F."), row("b.py", "FSF"), row("a.py", "SFS")],
        "": [row("a.py", "FFF"), row("b.py", "SSS"), row("c.py", "F")] }[sort];
      return filters.sorted(rows, sort).map(({ name }) => name);
    }"""
    assert view.evaluate(rows, sort) == names


def test_metrics_are_named_numbers_that_stand_alone(view: Page) -> None:
    text = "loss: 0.5\nloss: 0.25\nacc : 9\nstep 3: 1e-07\n: 5\nname: text\ncost: -1.5e+3\nx: 1 2\n"
    found = view.evaluate("(text) => Object.fromEntries(metrics.read(text))", text)
    assert found == {"loss": 0.25, "acc ": 9, "step 3": 1e-07, "cost": -1500}
    series = view.evaluate("metrics.series(page.data.families[1].rows[0])")
    assert series == [["loss", [[0, 0.5], [1, 0.5], [2, 0.7]]]]


def test_a_bar_has_the_segments_of_a_row(view: Page) -> None:
    segments = view.evaluate("overview.segments(page.data.families[1].rows[1])")
    states = ["same", "inferred", "same", "none", "failed"]
    assert [segment["state"] for segment in segments] == states
    assert [(segment["from"], segment["to"]) for segment in segments] == [
        (0, 1), (2, 2), (3, 4), (5, 5), (6, 7)
    ]  # fmt: skip


def test_changes_are_between_neighbours_that_were_tried(view: Page) -> None:
    changes = dict(view.evaluate("overview.changes()"))
    assert changes[2] == {"broke": [], "changed": [[2, "examples/old/a.py"]], "fixed": []}
    assert changes[3]["broke"] == [[3, "examples/old/a.py"]]
    assert changes[3]["fixed"] == [[3, "examples/new/<script.py"]]
    assert changes[6]["broke"] == [[6, "examples/old/b.py"]]
    assert set(changes) == {2, 3, 4, 6}


def test_a_line_to_copy_is_safe_to_paste(view: Page) -> None:
    quoted = view.evaluate(
        """["a/b.py", "it's; rm -rf $HOME", "", "it's\\n"].map(details.quoted)"""
    )
    assert quoted == ["a/b.py", "'it'\\''s; rm -rf $HOME'", "''", "$'it\\'s\\u000a'"]


def test_packages_that_changed(view: Page) -> None:
    changed = view.evaluate("""() => {
      const there = [["numpy", "1.0"], ["six", "1"], ["old", "2"]];
      const here = [["numpy", "1.1"], ["six", "1"], ["new", "3"]];
      return details.changedPackages(there, here);
    }""")
    assert changed == [["new", "absent", "3"], ["numpy", "1.0", "1.1"], ["old", "2", "absent"]]
