"""Packages that moved between two environments, and pins that hold them."""

from __future__ import annotations

from tfcompat.counterfactual.packages import moved_packages, pins_with

OLD = {"foo": "1.0", "numpy": "1.26.4", "six": "1.15.0", "pip": "20", "own": "file:///x.whl"}
NEW = {"foo": "2.0", "numpy": "2.0.0", "six": "1.15.1", "pip": "20", "own": "file:///y.whl"}


def test_what_moved_furthest_comes_first() -> None:
    moved = moved_packages({**OLD, "gone": "1"}, {**NEW, "came": "1"}, "foo")
    assert moved == (("numpy", "1.26.4", "2.0.0"), ("six", "1.15.0", "1.15.1"))


def test_all_others_are_held_where_they_are() -> None:
    assert pins_with(OLD, [("numpy", "2.0.0")], "foo") == (
        "numpy==2.0.0",
        "six==1.15.0",
        "pip==20",
    )
