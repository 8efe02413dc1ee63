"""Which names of the standard library which Python has."""

from __future__ import annotations

import pytest

from tfcompat.util import python_names
from tfcompat.util.python_names import Span


@pytest.mark.parametrize(
    ("name", "python", "expected"),
    [
        ("time.clock", "3.7", True),
        ("time.clock", "3.8", False),
        ("collections.Iterable", "3.9", True),
        ("collections.Iterable", "3.10", False),
        ("collections.Iterable", "3.10.13", False),
        ("builtins.xrange", "2.7", True),
        ("builtins.xrange", "3.6", False),
        ("__builtin__.xrange", "3.6", False),
        ("xrange", "3.6", False),
        ("builtins.dict.has_key", "2.7", True),
        ("builtins.dict.has_key", "3.13", False),
        ("dict.has_key", "3.13", False),
        ("generator.next", "3.9", False),
        ("fractions.gcd", "3.9", False),
        ("functools.cache", "3.8", False),
        ("functools.cache", "3.9", True),
        ("distutils", "3.11", True),
        ("distutils", "3.12", False),
        ("urllib.urlretrieve", "3.6", False),
        ("urllib.request", "2.7", False),
        ("random.shuffle(random)", "3.10", True),
        ("random.shuffle(random)", "3.11", False),
        # What is in a module goes with it; whether a module has what is not listed is not known.
        ("distutils.core", "3.12", False),
        ("distutils.core", "3.11", None),
        ("urllib2.urlopen", "3.6", False),
        # All have it, or none does.
        ("time.sleep", "3.8", None),
        ("builtins.print", "3.8", None),
        ("time.nonsense", "3.8", None),
        ("pandas.DataFrame", "3.8", None),
        ("json.loads(encoding)", "3.9", None),
        ("", "3.9", None),
    ],
)
def test_has(name: str, python: str, *, expected: bool | None) -> None:
    assert python_names.has(name, python) is expected


@pytest.mark.parametrize(
    ("name", "python", "expected"),
    [
        # Newer than any that was asked.
        ("time.clock", "3.99", False),
        ("functools.cache", "3.99", None),
        # Between 2.7 and 3.6: what 3.6 lacks went with Python 2, what came by 3.6 may be younger.
        ("builtins.xrange", "3.4", False),
        ("time.clock", "3.4", True),
        ("pathlib", "3.4", None),
        ("dataclasses", "3.4", False),
        # Older than 2.7.
        ("time.clock", "2.6", None),
        ("pathlib", "2.6", False),
        # Nothing is known of the arguments of Python 2.
        ("random.shuffle(random)", "2.7", None),
        ("random.sample(counts)", "2.7", False),
    ],
)
def test_pythons_that_were_not_asked(name: str, python: str, *, expected: bool | None) -> None:
    assert python_names.has(name, python) is expected


def test_span_of() -> None:
    assert python_names.span_of("time.clock") == Span(first="2.7", last="3.7")
    assert python_names.span_of("xrange") == Span(first="2.7", last="2.7")
    assert python_names.span_of("urllib2.urlopen") == Span(first="2.7", last="2.7")
    assert python_names.span_of("random.shuffle(random)") == Span(first="3.6", last="3.10")
    assert python_names.span_of("time.sleep") is None


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("time.clock", "is in no Python after 3.7"),
        ("xrange", "is in no Python after 2.7"),
        ("functools.cache", "is in no Python before 3.9"),
        ("pathlib", "is in no Python 2"),
        ("asyncio.coroutine", "is in Python 3.6 to 3.10 alone"),
        ("random.shuffle(random)", "is in no Python after 3.10"),
        ("time.sleep", None),
    ],
)
def test_presence(name: str, expected: str | None) -> None:
    assert python_names.presence(name) == expected


def test_names_are_found_by_their_end() -> None:
    assert python_names.names_ending("Thread.isAlive") == ("threading.Thread.isAlive",)
    assert python_names.functions_ending("shuffle")[0] == "random.shuffle"
    assert python_names.functions_ending("nonsense") == ()
    assert python_names.names_ending("nonsense") == ()
    # Other modules import it themselves.
    assert python_names.functions_ending("dataclass")[0] == "dataclasses.dataclass"
    assert python_names.functions_ending("namedtuple")[0] == "collections.namedtuple"
    assert python_names.arguments_of("random.shuffle") == ("random.shuffle(random)",)
    assert python_names.arguments_of("random.seed") == ()


def test_a_builtin_name_stands_alone() -> None:
    assert python_names.public_name("builtins.dict.has_key") == "dict.has_key"
    assert python_names.public_name("types.GeneratorType.next") == "generator.next"
    assert python_names.public_name("time.clock") == "time.clock"
