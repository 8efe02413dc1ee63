"""Old metadata, and what it is read as."""

from __future__ import annotations

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from tfcompat.environments.metadata import (
    PackageMetadata,
    from_headers,
    from_requires_txt,
    readable_requirement,
    readable_specifiers,
)

READ_AS = {
    # What is as it should be stays as it is.
    "numpy (>=1.7.0)": "numpy (>=1.7.0)",
    "foo[bar]>=1,<2 ; python_version < '3'": "foo[bar]>=1,<2 ; python_version < '3'",
    "pytz (>=2011k)": "pytz>=2011",
    "pytz (<2016z,>=2011k)": "pytz<2016,>=2011",
    "foo (>=3.6.*)": "foo>=3.6",
    "foo (>=1.0.*,!=1.2.*)": "foo>=1.0,!=1.2.*",
    "foo (=>1.0)": "foo>=1.0",
    "foo (=1.0)": "foo==1.0",
    "foo >=1.0<2.0": "foo>=1.0,<2.0",
    "foo[bar] (>=2011k) ; python_version < '3'": "foo[bar]>=2011 ; python_version < '3'",
    # What nothing equals, and what says nothing.
    "foo (==2011k)": "foo",
    "foo (>=dev)": "foo",
    "foo (~=2011k)": "foo>=2011",
    # A marker that means nothing.
    "foo (>=1.0) ; platform = ''": "foo>=1.0",
    "-e git://foo": None,
}


@pytest.mark.parametrize(("text", "meant"), READ_AS.items())
def test_requirements(text: str, meant: str | None) -> None:
    readable = readable_requirement(text)
    assert readable == meant
    if readable is not None:
        Requirement(readable)


@pytest.mark.parametrize(
    ("text", "meant"),
    [(">=3.6.*", ">=3.6"), (">=2.7, !=3.0.*", ">=2.7, !=3.0.*"), (">=2.6.*,<4.x", ">=2.6,<4")],
)
def test_specifiers(text: str, meant: str) -> None:
    assert readable_specifiers(text) == meant
    SpecifierSet(meant)


def test_the_headers_of_a_wheel() -> None:
    text = (
        "Metadata-Version: 2.0\nName: pandas\nVersion: 0.20.3\nRequires-Python: >=2.7.*\n"
        "Requires-Dist: python-dateutil\nRequires-Dist: pytz (>=2011k)\nRequires-Dist: ??\n\nText\n"
    )
    assert from_headers("pandas", "0.20.3", text) == PackageMetadata(
        name="pandas",
        version="0.20.3",
        requires_dist=("python-dateutil", "pytz>=2011"),
        requires_python=">=2.7",
        changes=(
            "pandas 0.20.3: pytz (>=2011k) read as pytz>=2011",
            "pandas 0.20.3: ?? left out",
            "pandas 0.20.3: Python >=2.7.* read as Python >=2.7",
        ),
    )


def test_the_sections_of_requires_txt() -> None:
    text = """\
six
pytz>=2011k

[:python_version < "3"]
futures

[test]
nose

[test:python_version < "3"]
mock
"""
    read = from_requires_txt("foo", "1.0", text)
    assert read.requires_dist == (
        "six",
        "pytz>=2011",
        'futures ; (python_version < "3")',
        'nose ; extra == "test"',
        'mock ; (python_version < "3") and extra == "test"',
    )
    assert read.changes == ("foo 1.0: pytz>=2011k read as pytz>=2011",)
    assert read.requires_python is None


def test_an_entry_of_uvs_configuration() -> None:
    entry = PackageMetadata(
        name="foo", version="1.0", requires_dist=("a", 'b ; extra == "c"'), requires_python=">=3"
    )
    assert entry.as_toml() == (
        "[[dependency-metadata]]\n"
        'name = "foo"\n'
        'version = "1.0"\n'
        'requires-dist = ["a", "b ; extra == \\"c\\""]\n'
        'requires-python = ">=3"\n'
    )
    assert "requires-python" not in PackageMetadata(name="foo", version="1.0").as_toml()
