"""The page in a real browser: what it shows, how one moves in it, and that it uses no network."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
import reports
from axe_playwright_python.sync_playwright import Axe
from made_figures import figure
from playwright.sync_api import Browser, Locator, Page, expect
from reports import EXAMPLES, RELEASES, built, hostile, write

from tfcompat.judging.campaign_diff import diff_campaigns
from tfcompat.report import model, page
from tfcompat.report.build import build_report, read_campaign
from tfcompat.results.verdicts import Verdict

if TYPE_CHECKING:
    from pathlib import Path


# Elements that the details of an entry are made of.
TEXT_ONLY = {"h2", "h3", "p", "dl", "dt", "dd", "pre", "mark", "em", "code", "button", "details",
             "summary", "ul", "li", "a", "table", "caption", "tr", "th", "td", "figure",
             "figcaption", "img", "svg", "rect", "polyline", "path", "text", "div", "span", "b",
             "small", "label", "input", "tbody"}  # fmt: skip

OpenPage = Callable[[model.Report], Page]


@pytest.fixture
def open_page(browser: Browser, tmp_path: Path) -> Iterator[OpenPage]:
    """Open the page of a report; check at the end that it made no request and reported no error."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    asked: list[str] = []
    complaints: list[str] = []

    def opened(report: model.Report) -> Page:
        target = tmp_path / "index.html"
        target.write_text(page.render(report), encoding="utf-8")
        view = context.new_page()
        view.on("request", lambda request: asked.append(request.url))
        view.on("console", lambda message: complaints.append(message.text))
        view.on("pageerror", lambda error: complaints.append(str(error)))
        view.on("dialog", lambda dialog: complaints.append(dialog.message))
        view.goto(target.as_uri())
        view.wait_for_selector("#grid .entry")
        return view

    yield opened
    assert [url for url in asked if not url.startswith("file:")] == []
    assert complaints == []
    context.close()


@pytest.fixture
def shown(open_page: OpenPage, tmp_path: Path) -> Page:
    return open_page(built(write(tmp_path / "results")))


def drawn(view: Page) -> Locator:
    """Return the grid, once the next frame has drawn the change."""
    view.evaluate("new Promise((done) => requestAnimationFrame(done))")
    return view.locator("#grid")


def visible_rows(view: Page) -> list[str]:
    return drawn(view).locator("[role=row]:not(.family) [role=rowheader]").all_inner_texts()


def cell(view: Page, example: str, place: int) -> Locator:
    """Return what the grid has for an example in a column, counted from 0."""
    return view.locator("#grid [role=row]", has_text=example).locator("[role=gridcell]").nth(place)


def choose(view: Page, name: str, value: str) -> None:
    view.locator(f"#filters [name={name}]").select_option(value)


def test_the_grid_shows_every_entry_and_what_is_inferred_apart(shown: Page) -> None:
    assert drawn(shown).locator(".entry").count() == 30
    assert sum(map(int, shown.locator(".legend b").all_inner_texts())) == 30
    assert shown.locator("#grid .tile.inferred").all_inner_texts() == ["."]
    expect(shown.locator("#shown")).to_have_text("30 entries")
    assert len(visible_rows(shown)) == 4
    assert shown.locator("#grid [role=columnheader]").count() == len(RELEASES) + 1


def test_a_click_shows_what_happened_and_the_address_keeps_it(shown: Page) -> None:
    cell(shown, "a.py", 2).click()
    details = shown.locator("#details")
    expect(details.locator("h2")).to_contain_text("different: a.py with 1.2.0, Python 3.6")
    assert "loss: 0.7" in details.inner_text()
    kept = shown.url
    shown.goto("about:blank")
    shown.goto(kept)
    expect(details.locator("h2")).to_contain_text("different: a.py")


def test_an_entry_shows_how_to_run_it_again_and_which_packages_changed(shown: Page) -> None:
    cell(shown, "a.py", 4).click()
    details = shown.locator("#details")
    assert details.locator(".command code").first.inner_text() == (
        "tfcompat run --release 1.4.0 --python 3.6 --test examples/old/a.py --force"
    )
    button = details.locator(".command button").first
    button.click()
    expect(button).to_have_text("copied")
    fold = details.locator("details", has_text="Packages that differ from 1.1.0")
    fold.locator("summary").click()
    expect(fold).to_contain_text("1.1 → 1.4")


def test_metrics_are_plotted_over_the_releases(shown: Page) -> None:
    cell(shown, "a.py", 2).click()
    fold = shown.locator("#details details", has_text="Metrics over the releases")
    fold.locator("summary").click()
    expect(fold.locator("figcaption")).to_have_text("loss: 0.5 to 0.7")
    expect(fold.locator("path.here")).to_have_count(1)
    fold.locator("svg").hover(position={"x": 300, "y": 10})
    assert fold.locator("figure").get_attribute("title") == "1.2.0, Python 3.6: 0.7"
    expect(fold.locator("rect.band")).to_have_count(1)


def test_filters_and_search_leave_what_matches_and_the_address_keeps_them(shown: Page) -> None:
    choose(shown, "verdict", "different")
    assert visible_rows(shown) == ["a.py"]
    expect(shown.locator("#shown")).to_have_text("1 of 30 entries")
    assert drawn(shown).locator(".entry:not(.dim)").count() == 1
    choose(shown, "verdict", "")
    choose(shown, "python", "3.7")
    expect(shown.locator("#shown")).to_have_text("11 of 30 entries")
    shown.locator("#filters [name=q]").fill("OLD/B")
    assert visible_rows(shown) == ["b.py"]
    shown.reload()
    assert visible_rows(shown) == ["b.py"]
    assert shown.locator("#filters [name=python]").input_value() == "3.7"
    shown.locator("#filters [name=q]").fill("no such example")
    assert visible_rows(shown) == []


def test_rows_are_ordered_by_where_they_break(shown: Page) -> None:
    assert visible_rows(shown)[-2:] == ["a.py", "b.py"]
    choose(shown, "sort", "oldest")
    new = [name for name in visible_rows(shown) if name not in ("a.py", "b.py")]
    assert new[-1] == "c.py"
    # What is hidden while the order changes is in order when it comes back.
    shown.locator("#filters [name=q]").fill("c.py")
    choose(shown, "sort", "newest")
    shown.locator("#filters [name=q]").fill("")
    assert visible_rows(shown)[-2:] == ["a.py", "b.py"]
    choose(shown, "sort", "oldest")
    assert [name for name in visible_rows(shown) if name not in ("a.py", "b.py")] == new


def test_keys_move_and_open(shown: Page) -> None:
    shown.locator("#grid").focus()
    for key in ("ArrowRight", "End", "ArrowDown", "ArrowLeft", "Enter"):
        shown.keyboard.press(key)
    expect(shown.locator("#details h2")).to_contain_text("1.6.0, Python 3.7")


def test_the_overview_shows_what_each_release_broke(shown: Page) -> None:
    overview = shown.locator("#overview")
    bars = overview.locator("details", has_text="A bar for each example")
    bars.locator("summary").click()
    expect(bars.locator(".bar")).to_have_count(4)
    assert bars.locator("tr", has_text="c.py").inner_text().endswith("runs with 1.4.0 … 1.7.0")
    bar = bars.locator("tr", has_text="b.py").locator(".bar")
    assert bar.locator("path.inferred").get_attribute("d") == "M2 0H3V1H2z"
    assert bar.locator("path.same").get_attribute("d") == "M0 0H2V1H0zM3 0H5V1H3z"
    fold = overview.locator("details", has_text="1.3.0, Python 3.6: 1 no longer run, 1 run now")
    fold.locator("summary").click()
    fold.locator("a", has_text="a.py").click()
    expect(shown.locator("#details h2")).to_contain_text("failed: a.py with 1.3.0")


def test_figures_that_differ_are_shown_side_by_side(open_page: OpenPage, tmp_path: Path) -> None:
    base = {"baseline": reports.identifier("1.0.0")}
    old = reports.SAME.model_copy(update={**base, "figures": [figure(), figure()]})
    new = old.model_copy(update={"figures": [figure(), figure(40)], "verdict": Verdict.DIFFERENT})
    cells = [reports.cell("1.0.0", {reports.ONE: old}), reports.cell("1.1.0", {reports.ONE: new})]
    view = open_page(built(reports.store(tmp_path / "results", *cells)))
    for width in (1280, 400):
        view.set_viewport_size({"width": width, "height": 900})
        cell(view, "one.py", 1).click()
        pictures = view.locator("#details .drawn img")
        expect(pictures).to_have_count(2)
        assert view.locator("#details h3", has_text="Figure 2").is_visible()
        for picture in pictures.all():
            # One that cannot be shown has no size.
            assert picture.evaluate("(image) => image.naturalWidth") == 240
        assert view.evaluate("document.documentElement.scrollWidth <= innerWidth")
    cell(view, "one.py", 0).click()
    expect(pictures).to_have_count(0)


def test_tests_of_one_file_are_told_apart_in_a_narrow_page(
    open_page: OpenPage, tmp_path: Path
) -> None:
    names = ["tests/test_a_long_name_of_a_file.py::test_one", "tests/test_a.py::TestB::test_two"]
    view = open_page(built(write(tmp_path, dict.fromkeys(names, "SSDFFFFF"))))
    view.set_viewport_size({"width": 400, "height": 900})
    heads = drawn(view).locator("[role=row]:not(.family) [role=rowheader] > span:last-child")
    expect(heads).to_have_text(["test_two", "test_one"])
    for head in heads.all():
        assert head.evaluate("(span) => span.scrollWidth <= span.clientWidth")


def own_elements(view: Page) -> set[str]:
    names: list[str] = view.evaluate("[...document.querySelectorAll('*')].map((e) => e.localName)")
    return set(names)


def test_hostile_text_stays_text(open_page: OpenPage, tmp_path: Path) -> None:
    view = open_page(hostile(tmp_path))
    known = own_elements(view)
    for entry in drawn(view).locator(".entry").all():
        entry.click()
        expect(view.locator("#details h2")).to_contain_text("<img src=x onerror=alert(2)>")
        assert own_elements(view) <= known | TEXT_ONLY
        for fold in view.locator("#details summary, #overview summary").all():
            fold.click()
        shown = view.locator("#details, #overview").all_inner_texts()
        assert "\\x1b[31m\\u202e" in "".join(shown)
        assert not set("\x1b\u202e\0") & set("".join(shown))
        assert own_elements(view) <= known | TEXT_ONLY


def test_ten_megabytes_in_one_line_are_shown_in_part(open_page: OpenPage, tmp_path: Path) -> None:
    view = open_page(hostile(tmp_path, output="x" * 10_000_000 + "the end\n"))
    drawn(view).locator(".entry").first.click()
    box = view.locator("#details pre", has_text="xxx").first
    assert "characters are left out here" in box.inner_text()
    assert "the end" in box.inner_text()
    assert len(box.inner_text()) < 1_100_000
    assert view.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_grid_beyond_the_view_is_drawn_as_one_gets_there(
    open_page: OpenPage, tmp_path: Path
) -> None:
    many = {f"examples/many/e{number}.py": "SSDFFFFF" for number in range(120)}
    view = open_page(built(write(tmp_path, many)))
    assert len(visible_rows(view)) < 60
    view.locator("#grid").focus()
    for key in ("ArrowRight", *["ArrowDown"] * 119, "End", "Enter"):
        view.keyboard.press(key)
    assert visible_rows(view)[-1] == "e119.py"
    expect(view.locator("#details h2")).to_contain_text("failed: e119.py with 1.7.0")
    expect(view.locator("#grid .selected")).to_be_in_viewport()
    # On paper there is no scrolling.
    view.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert len(visible_rows(view)) == 120
    view.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert len(visible_rows(view)) < 60


def test_campaigns_stand_side_by_side(open_page: OpenPage, tmp_path: Path) -> None:
    folders = [write(tmp_path / name) for name in ("release", "latest")]
    view = open_page(built(*folders))
    heads = drawn(view).locator(".release").all_inner_texts()
    assert [head.split()[-1] for head in heads] == ["release", "latest"] * 8
    assert view.locator("#grid .release.last").count() == 8
    choose(view, "campaign", "latest")
    assert drawn(view).locator(".release").count() == 8
    expect(view.locator("#shown")).to_have_text("30 of 60 entries")


def test_what_changed_between_two_campaigns(open_page: OpenPage, tmp_path: Path) -> None:
    old = read_campaign(write(tmp_path / "old"))
    new = read_campaign(write(tmp_path / "new", EXAMPLES | {"examples/new/c.py": "FFFFFFSS"}))
    report = replace(build_report([old, new]), comparison=diff_campaigns(old.cells, new.cells))
    view = open_page(report)
    overview = view.locator("#overview")
    expect(overview.locator("#view-compare h2")).to_have_text("What changed from old to new #")
    fold = overview.locator("details", has_text="2 same → failed: `tf.mul` is missing")
    fold.locator("summary").click()
    expect(fold.locator("a")).to_have_text(
        ["c.py, 1.4.0, Python 3.6, new", "c.py, 1.5.0, Python 3.7, new"]
    )
    choose(view, "changed", "yes")
    assert visible_rows(view) == ["c.py"]
    # Old and new stand side by side.
    assert drawn(view).locator(".entry:not(.dim)").all_inner_texts() == ["=", "✗", "=", "✗"]
    table = overview.locator("#view-compare table").first
    expect(table.locator("tr", has_text="1.4.0")).to_have_text(
        re.compile(r"^1\.4\.03\.632`tf\.mul` is missing")
    )
    fold.locator("a").first.click()
    expect(view.locator("#details h2")).to_contain_text("failed: c.py with 1.4.0")


def test_a_name_shows_all_releases_and_what_changed_where(shown: Page) -> None:
    drawn(shown).locator("[role=rowheader]", has_text="a.py").click()
    details = shown.locator("#details")
    expect(details.locator("h2")).to_have_text("a.py over the releases")
    rows = details.locator(".history tr")
    assert rows.count() == len(RELEASES)
    changed = details.locator(".history .changed")
    expect(changed.locator("th")).to_have_text(["1.2.0, Python 3.6", "1.3.0, Python 3.6"])
    expect(changed.last).to_contain_text("verdict different → failed")
    expect(changed.last).to_contain_text("from 1.2.0, Python 3.6")
    details.locator(".choice input").check()
    assert [row.is_visible() for row in rows.all()].count(True) == 2
    shown.reload()
    expect(details.locator("h2")).to_have_text("a.py over the releases")
    details.locator("a", has_text="1.3.0").click()
    expect(details.locator("h2")).to_contain_text("failed: a.py with 1.3.0")
    details.locator("a", has_text="All releases of this example").click()
    expect(details.locator("h2")).to_have_text("a.py over the releases")


def test_the_script_is_shown_where_it_failed(open_page: OpenPage, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("import foo\n\n# <b>\nfoo.gone()\n")
    cause = replace(reports.BROKEN, frame="a.py:4")
    failed = reports.FAILED.model_copy(update={"cause": cause, "error": ["    foo.gone()\n"]})
    report = built(reports.store(tmp_path / "results", reports.cell("1.0.0", {"a.py": failed})))
    view = open_page(report)
    cell(view, "a.py", 0).click()
    source = view.locator("#details pre").first
    expect(source.locator("mark")).to_have_text("→ 4  foo.gone()")
    expect(source).to_contain_text("3  # <b>")


@pytest.mark.parametrize(("kind", "begins"), [("SVG", b"<svg "), ("PNG", b"\x89PNG")])
def test_a_picture_of_an_entry_is_saved(shown: Page, kind: str, begins: bytes) -> None:
    cell(shown, "a.py", 2).click()
    fold = shown.locator("#details details", has_text="Picture of this entry")
    fold.locator("summary").click()
    expect(fold.locator("svg")).to_contain_text("different: a.py")
    with shown.expect_download() as download:
        fold.locator("button", has_text=f"save as {kind}").click()
    assert download.value.suggested_filename == f"a.py-1.2.0.{kind.lower()}"
    content = download.value.path().read_bytes()
    assert content.startswith(begins)
    if kind == "PNG":
        # Two pixels for each point, and not all of one colour: a picture that failed is blank.
        assert int.from_bytes(content[16:20], "big") == 1440
        assert len(content) > 10_000
    else:
        assert len(ET.fromstring(content)) > 10  # noqa: S314 - our own


def test_keys_that_the_help_lists(shown: Page) -> None:
    press = shown.keyboard.press
    help_box = shown.locator("#help")
    press("?")
    expect(help_box).to_be_visible()
    press("n")
    press("Escape")
    expect(help_box).to_be_hidden()
    title = shown.locator("#details h2")
    press("g")
    for key in ("ArrowRight", "ArrowDown", "ArrowDown", "ArrowLeft", "Enter"):
        press(key)
    expect(title).to_have_text("a.py over the releases")
    for key, release in (("n", "1.2.0"), ("n", "1.3.0"), ("n", "1.3.0"), ("p", "1.2.0")):
        press(key)
        expect(title).to_contain_text(f"a.py with {release}")
    press("a")
    expect(title).to_have_text("a.py over the releases")
    press("Escape")
    expect(title).to_have_count(0)
    press("/")
    search = shown.locator("#filters [name=q]")
    expect(search).to_be_focused()
    shown.keyboard.type("n?a")
    expect(search).to_have_value("n?a")
    expect(help_box).to_be_hidden()


def test_an_address_opens_a_part_of_the_page(shown: Page) -> None:
    bars = shown.locator("#view-bars")
    expect(bars.locator(".bar")).to_have_count(0)
    shown.goto(f"{shown.url.partition('#')[0]}#view=bars")
    expect(bars.locator(".bar")).to_have_count(4)
    expect(bars).to_be_in_viewport()
    shown.reload()
    expect(bars.locator(".bar")).to_have_count(4)
    bars.locator("a", has_text="c.py").click()
    expect(shown.locator("#details h2")).to_have_text("c.py over the releases")
    for nonsense in ("view=nonsense", "view=bars&example=nonsense"):
        shown.goto(f"{shown.url.partition('#')[0]}#{nonsense}")
    expect(shown.locator("#details")).to_have_text("This report has no such entry.")


def test_filters_fold_on_a_narrow_page(shown: Page) -> None:
    verdict, fold = shown.locator("#filters [name=verdict]"), shown.locator("#choose")
    expect(fold).to_be_hidden()
    expect(verdict).to_be_visible()
    shown.set_viewport_size({"width": 400, "height": 900})
    expect(fold).to_have_text("Filters")
    expect(verdict).to_be_hidden()
    fold.click()
    verdict.select_option("different")
    expect(fold).to_have_text("Filters: 1 set")
    expect(fold).to_have_attribute("aria-expanded", "true")
    fold.click()
    expect(verdict).to_be_hidden()
    expect(shown.locator("#filters [name=q]")).to_be_visible()
    expect(shown.locator("#shown")).to_have_text("1 of 30 entries")


@pytest.mark.parametrize("width", [1280, 400])
def test_hostile_text_stays_text_in_pictures_and_over_releases(
    open_page: OpenPage, tmp_path: Path, width: int
) -> None:
    view = open_page(hostile(tmp_path))
    view.set_viewport_size({"width": width, "height": 900})
    known = own_elements(view)
    names = drawn(view).locator("[role=row]:not(.family) [role=rowheader]")
    for name in names.all():
        name.click()
        expect(view.locator("#details h2")).to_contain_text("over the releases")
        assert own_elements(view) <= known | TEXT_ONLY
        assert view.evaluate("document.documentElement.scrollWidth <= innerWidth")
    drawn(view).locator(".entry").first.click()
    fold = view.locator("#details details", has_text="Picture of this entry")
    fold.locator("summary").click()
    with view.expect_download() as download:
        fold.locator("button", has_text="SVG").click()
    assert "/" not in download.value.suggested_filename
    saved = ET.fromstring(download.value.path().read_bytes())  # noqa: S314 - our own
    assert {one.tag.partition("}")[2] for one in saved.iter()} == {"svg", "rect", "text"}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 400])
def test_anybody_can_use_it(shown: Page, scheme: str, width: int) -> None:
    shown.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    shown.set_viewport_size({"width": width, "height": 900})
    for place in (2, "name", "help"):
        if isinstance(place, int):
            cell(shown, "a.py", place).click()
            shown.locator("#details summary", has_text="Picture").click()
        elif place == "name":
            drawn(shown).locator("[role=rowheader]", has_text="a.py").click()
        else:
            shown.locator("#keys").click()
        found = Axe().run(shown).response["violations"]
        serious = [v for v in found if v["impact"] in ("serious", "critical")]
        assert [(v["id"], v["nodes"][0]["html"]) for v in serious] == []
        assert shown.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_it_is_dark_where_the_reader_wants_it(shown: Page) -> None:
    background = "getComputedStyle(document.body).backgroundColor"
    light = shown.evaluate(background)
    shown.emulate_media(color_scheme="dark")
    assert shown.evaluate(background) != light
