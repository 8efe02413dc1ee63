# -*- coding: utf-8 -*-
"""Prints equal values in the spelling of the Python and the numpy that run it, one a block.

tests/unit/data/spellings.json holds what it printed on Pythons 2.7 to 3.13 with numpy 1.11 to 2.x.
"""
from __future__ import print_function

import collections
import json
import sys

import numpy as np


def show(name, value):
    print("== %s" % name)
    print(value)


third = np.float64(1) / 3
matrix = np.arange(12, dtype=np.float64).reshape(3, 4) / 8
long_row = np.arange(40) * 1.5
Point = collections.namedtuple("Point", "x y")

show("text", [u"caf", u"b"])
show("text in a tuple", (u"a", "b"))
show("bytes", [b"a", b"bc"])
show("bytes alone", repr(b"raw"))
show("text alone", repr(u"text"))
show("quotes in text", repr(u"it's"))
show("long integers", (2 ** 3, int(2 ** 62) + 0))
show("a shape", np.zeros((3, 4)).shape)
show("a shape, reckoned", tuple(np.array([3, 4], dtype=np.int64)))
show("small float", 1e-05)
show("large float", 1e22)
show("float", 0.1)
show("negative zero", -0.0)
show("nan", float("nan"))
show("infinities", [float("inf"), float("-inf")])
show("complex", 1 + 2j)
show("booleans", [True, False, None])
show("dict", {u"loss": 0.5, u"accuracy": 0.75, u"steps": 100, u"name": u"net"})
show("dict of dicts", {u"b": {u"y": 1, u"x": [1, 2]}, u"a": {}})
show("dict with numbers for keys", {3: u"c", 1: u"a", 20: u"t"})
show("ordered dict of one", dict(collections.OrderedDict([(u"b", 1), (u"a", 2)])))
show("set", {u"pear", u"apple", u"fig"})
show("set of numbers", {30, 1, 200})
show("empty set", set())
show("frozen set", frozenset([u"b", u"a"]))
show("sets in a list", [{2, 1}, set()])
show("json", json.dumps({u"b": 1, u"a": [0.5, None]}))
show("named tuple", Point(1, u"a"))
show("type", [type(1.5), type(u"a".encode("ascii"))][0])
show("exception", repr(ValueError("bad")))
show("exception with two", repr(KeyError("bad", 3)))
show("numpy float32", np.float32(0.5))
show("numpy scalars in a list", [np.float32(0.5), np.int64(3), np.float64(0.25)])
show("numpy scalars in a dict", {u"loss": np.float32(0.5), u"n": np.int32(7)})
show("numpy boolean in a tuple", (np.bool_(True), np.bool_(False)))
show("numpy text", [np.array([u"a", u"b"])[0]])
show("numpy complex", [np.complex128(1 - 2j)])
show("third", np.float32(third).item())
show("row of floats", np.array([1.0, 2.0, 3.5]))
show("row of negative floats", np.array([-1.0, 2.0, -3.5]))
show("row of integers", np.array([1, 20, -300]))
show("row of mixed sizes", np.array([0.001, 1000.0, 12.5]))
show("row of tiny numbers", np.array([1e-10, 1.0]))
show("row with nan", np.array([1.0, np.nan, np.inf, -np.inf]))
show("row of booleans", np.array([True, False]))
show("row of booleans, repr", repr(np.array([True, False])))
show("row of complex", np.array([1 + 2j, 3 - 1j]))
show("row of text", np.array([u"a", u"bc"]))
show("row of bytes", np.array([b"a", b"bc"]))
show("matrix", matrix)
show("matrix, repr", repr(matrix))
show("matrix of integers, repr", repr(np.arange(6).reshape(2, 3)))
show("matrix of float32, repr", repr(matrix.astype(np.float32)))
show("cube", np.arange(8).reshape(2, 2, 2) * 0.5)
show("row over lines", long_row)
show("row over lines, repr", repr(long_row))
show("wide integers over lines", np.arange(60) * 37)
show("thirds", np.array([third, 2 * third, 1.0], dtype=np.float32))
show("shortened", np.arange(2000.0))
show("one element", np.array([0.5]))
show("no element", np.array([]))
show("array of no dimension", np.array(0.5))
show("list of arrays", [np.array([1.0, 2.0]), np.array([3])])
show("array of records", np.array([(1, 2.5)], dtype=[(str("a"), np.int64), (str("b"), np.float64)]))
show("tuple of arrays", (np.array([1.0, 2.0]), u"a"))
show("dict of arrays", {u"b": np.array([1.0, -2.0]), u"a": np.array([1, 2])})
show("list from array", np.array([0.5, 0.25]).tolist())
show("printed with a name", "weights: %s" % matrix[0])
show("percent", "%d%%" % 95)
show("formatted", "{:.3f} and {!r}".format(0.5, u"x"))
sys.stdout.flush()
