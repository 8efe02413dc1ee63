"""The forms of what breaks."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
from made_up_surfaces import MadeUp, function, offers

from tfcompat.breaks.findings import ScriptForecast
from tfcompat.breaks.prediction import predict
from tfcompat.breaks.uses import uses_of
from tfcompat.report import breaks as form

SCHEMA = json.loads(
    (Path(__file__).parents[3] / "docs" / "breaks.schema.json").read_text(encoding="utf-8")
)

SOURCE = "import lib\nlib.f(1)\n\nlib.g(x=2)\n"
OLD = MadeUp(
    {"lib.f": function("a n=1", key="k"), "lib.g": function("x")}, others={"k": ["lib.v1.f"]}
)
MIDDLE = MadeUp({"lib.f": function("a n=2"), "lib.g": function("y")})
NEW = MadeUp({"lib.g": function("y"), "lib.v1.f": function("a")})


def forecast(*releases: str) -> ScriptForecast:
    uses = uses_of(SOURCE.encode(), ["lib"])
    predictions = predict(uses, offers(OLD, OLD, MIDDLE, NEW, None))
    return ScriptForecast(
        script="one.py",
        source=SOURCE,
        uses=uses,
        predictions=tuple(
            one for one in predictions if not releases or one.offer.release in releases
        ),
    )


def test_json_has_the_agreed_form() -> None:
    document = form.as_json("lib", [forecast()])
    jsonschema.validate(document, SCHEMA)
    *_, new, last = document["scripts"][0]["releases"]  # type: ignore[index]
    assert new["breaks"][0] == {
        "name": "lib.f", "kind": "missing", "argument": None, "lines": [2], "direction": "gone",
        "edge": ["3", "4"], "exact": True, "replacement": "lib.v1.f", "certain": True,
    }  # fmt: skip
    assert (last["surface"], last["breaks"]) == ("none", [])


def test_what_lies_between_may_not_be_known() -> None:
    uses = uses_of(SOURCE.encode(), ["lib"])
    gone = predict(uses, offers(MIDDLE, None, NEW))[2].breaks[0]
    assert not gone.is_exact
    assert "is not there since 3 at the latest" in form.sentence(gone)
    not_yet = predict(uses, offers(NEW, None, MIDDLE), reference="3")[0].breaks[0]
    assert "is not there up to 1 at least" in form.sentence(not_yet)


@pytest.mark.parametrize("damage", [{"schema": 2}, {"more": 1}, {"scripts": [{}]}])
def test_the_schema_refuses_other_forms(damage: dict[str, object]) -> None:
    document = {**form.as_json("lib", [forecast()]), **damage}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, SCHEMA)


def test_text_has_a_line_for_releases_that_are_alike() -> None:
    assert form.text("lib", [forecast()]).splitlines() == [
        "one.py: predicted from what it uses of lib; no verdicts",
        "  1 … 2  no breaks",
        "  3      1 break: lib.g(x=); 1 default changed",
        "  4      2 breaks: lib.f, lib.g(x=)",
        "  5      not known: there are no sources to read",
        "  line 2: lib.f is not there since 4; instead: lib.v1.f",
        "  line 4: lib.g has no argument `x` since 3; instead: y",
        "  line 2: lib.f is left its `n`, by default 1 once and 2 now",
    ]


def test_one_release_is_shown_in_the_margin_of_the_script() -> None:
    assert form.text("lib", [forecast("4")]).splitlines() == [
        "one.py with lib 4: 2 breaks: lib.f, lib.g(x=)",
        "     1 import lib",
        "✗    2 lib.f(1)",
        "       ✗ lib.f is not there since 4; instead: lib.v1.f",
        "     3",
        "✗    4 lib.g(x=2)",
        "       ✗ lib.g has no argument `x` since 3; instead: y",
    ]


def test_markdown_is_a_table() -> None:
    lines = form.markdown("lib", [forecast()]).splitlines()
    assert lines[0] == "### `one.py` and lib: predicted, not run"
    assert lines[4] == "| 1 … 2 | asked | 0 |  |"
    assert lines[6].startswith("| 4 | asked | 2 | line 2: lib.f is not there since 4")


def test_hostile_names_are_written_out() -> None:
    source = "import lib\nlib.f('\x1b[31m')\n"
    uses = uses_of(source.encode(), ["lib"])
    predictions = predict(uses, offers(OLD, NEW))[1:]
    found = ScriptForecast(script="one.py", source=source, uses=uses, predictions=predictions)
    assert "\x1b" not in form.text("lib", [found])
