"""The names of cells: built, and parsed again."""

from __future__ import annotations

import pytest

from tfcompat.results.identifiers import ParsedIdentifier, identifier, parse_identifier


@pytest.mark.parametrize(
    ("dependency", "release", "python", "name"),
    [
        ("tensorflow", "1.4.0", "3.6", "pypi-tensorflow-1.4.0-python-cp36"),
        ("TensorFlow_GPU", "2.0.0rc1", "3.10", "pypi-tensorflow-gpu-2.0.0rc1-python-cp310"),
        ("a", "1!2.0.post1", "2.7", "pypi-a-1!2.0.post1-python-cp27"),
    ],
)
def test_what_is_built_is_parsed(dependency: str, release: str, python: str, name: str) -> None:
    assert identifier(dependency, release, python) == name
    parsed = parse_identifier(name)
    assert parsed == ParsedIdentifier(release=release, python=python)
    assert (parsed.release, parsed.python) == (release, python)


@pytest.mark.parametrize("text", ["", "unnamed", "pypi-tensorflow-1.4.0", "pypi-a-1-python-cp3"])
def test_any_other_text_is_its_own_release(text: str) -> None:
    assert parse_identifier(text) == (text, "")
