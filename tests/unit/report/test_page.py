"""The page as a file: nothing hostile gets through, and it uses no network."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

from reports import Tags, built, hostile, unpacked

from tfcompat.report import page
from tfcompat.util import text as text_module

if TYPE_CHECKING:
    from pathlib import Path


def test_hostile_text_never_becomes_markup_of_the_page(tmp_path: Path) -> None:
    text = page.render(hostile(tmp_path))
    parsed = Tags(text)
    assert parsed.tags.count("script") == 1 + len(page._SCRIPTS)
    assert "img" not in parsed.tags
    assert "<img" not in text
    assert not text_module._HARMFUL.search(text)
    text.encode()
    data = unpacked(parsed.data)
    assert any("<img src=x onerror=alert(2)>" in str(text) for text in data["texts"])
    assert {"</script><script>" in row["path"] for f in data["families"] for row in f["rows"]} == {
        True
    }


def test_json_is_strict_and_holds_no_markup() -> None:
    text = page.packed({"<!--": [float("nan"), "<script>&\u2028"]})
    assert re.fullmatch("[A-Za-z0-9+/=]+", text)
    assert unpacked(text) == {"<!--": ["nan", "<script>&\u2028"]}


def test_the_page_needs_nothing_from_elsewhere(results: Path) -> None:
    text = page.render(built(results))
    assert "default-src 'none'" in html.unescape(text)
    # The name of a vocabulary, which nothing requests.
    assert "http://" not in text.replace("http://www.w3.org/2000/svg", "")
    assert "https://" not in text
    assert "src=" not in text
    assert "innerHTML" not in text
