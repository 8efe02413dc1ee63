"""What a script imports, read from its text."""

from __future__ import annotations

import pytest

from tfcompat.planning.imports import Import, imports_of


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import os, sys\nimport tensorflow as tf\n", ["os", "sys", "tensorflow"]),
        ("def main():\n    import cv2\n", ["cv2"]),
        ("class A:\n    if True:\n        import b.c\n", ["b.c"]),
        ("from . import cousin\nfrom .. import uncle\nimport a.b\n", ["a.b"]),
        # Python 2, which this Python cannot parse.
        ("print 'a'\nimport os, numpy\nfrom six import moves\n", ["os", "numpy", "six"]),
        ("", []),
    ],
)  # fmt: skip
def test_modules(source: str, found: list[str]) -> None:
    assert [one.module for one in imports_of(source.encode())] == found


def test_what_is_taken_from_a_module_may_be_one() -> None:
    (one,) = imports_of(b"from google.cloud import storage, exceptions as e\n")
    assert one.dotted == ("google.cloud.storage", "google.cloud.exceptions", "google.cloud")
    assert imports_of(b"from a import *\n") == (Import(module="a"),)


@pytest.mark.parametrize(
    ("source", "optional"),
    [
        ("try:\n    import a\nexcept ImportError:\n    import b\n", [True, True]),
        ("try:\n    import a\nexcept (ValueError, ModuleNotFoundError):\n    pass\n", [True]),
        ("try:\n    import a\nexcept:\n    pass\nelse:\n    import b\n", [True, False]),
        ("try:\n    import a\nexcept ValueError:\n    import b\n", [False, False]),
        ("try:\n    import a\nfinally:\n    import b\n", [False, False]),
    ],
)
def test_a_module_that_may_be_missing(source: str, optional: list[bool]) -> None:
    assert [one.optional for one in imports_of(source.encode())] == optional
