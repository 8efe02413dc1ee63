"""What a failure owes to its Python, and what to the library."""

from __future__ import annotations

import pytest

from tfcompat.judging.diagnosis import diagnose
from tfcompat.results.schema import Run
from tfcompat.results.verdicts import Cause, CauseKind

TEST = "ex/a.py"
SITE = "/env/lib/python3.10/site-packages"


def cause_of(
    last: str,
    code: str = "main()",
    *frames: tuple[str, str],
    python: str | None = "3.10",
    baseline: str | None = "3.6",
    dependency: str = "foo",
) -> Cause:
    """Return the cause of a traceback: the example's line, then frames of a file and its line."""
    lines = ["Traceback (most recent call last):"]
    for file, line in ((f"/study/{TEST}", code), *frames):
        lines += [f'  File "{file}", line 3, in f', f"    {line}"]
    run = Run(retval=1, seconds=1, error=[f"{line}\n" for line in (*lines, *last.split("\n"))])
    return diagnose(run, TEST, dependency, python=python, baseline_python=baseline)


@pytest.mark.parametrize("baseline", ["2.7", None])
@pytest.mark.parametrize(
    ("last", "code", "symbol"),
    [
        (
            "AttributeError: module 'urllib' has no attribute 'urlretrieve'",
            "urllib.urlretrieve(URL, name)",
            "urllib.urlretrieve",
        ),
        ("NameError: name 'xrange' is not defined", "for i in xrange(3):", "xrange"),
        ("NameError: name 'unicode' is not defined", "print(unicode(x))", "unicode"),
        ("ImportError: No module named 'ConfigParser'", "import ConfigParser", "ConfigParser"),
        ("ImportError: cannot import name 'maketrans'", "from string import maketrans",
         "string.maketrans"),
        ("AttributeError: 'dict' object has no attribute 'iteritems'", "for k in x.iteritems():",
         "dict.iteritems"),
        ("AttributeError: 'str' object has no attribute 'decode'", "x.decode()", "str.decode"),
        ("AttributeError: module 'string' has no attribute 'letters'", "string.letters",
         "string.letters"),
    ],
)  # fmt: skip
def test_what_went_with_python_2(last: str, code: str, symbol: str, baseline: str | None) -> None:
    # The original study's runs of 3.6 among them, which were compared with nothing.
    cause = cause_of(last, code, python="3.6", baseline=baseline)
    assert (cause.kind, cause.symbol, cause.package) == (CauseKind.PYTHON, symbol, None)
    assert cause.message == f"Python 3.6 has no `{symbol}` (the last that has it is 2.7)"
    assert cause.frame == f"{TEST}:3"


@pytest.mark.parametrize(
    ("last", "code"),
    [
        ("AttributeError: module 'time' has no attribute 'clock'", "time.clock()"),
        ("NameError: name 'xrange' is not defined", "xrange(3)"),
        ("ImportError: cannot import name 'gcd' from 'fractions' (x)", "from fractions import gcd"),
        ("AttributeError: 'dict' object has no attribute 'has_key'", "foo.f(1).has_key(2)"),
        ("TypeError: Random.shuffle() got an unexpected keyword argument 'random'",
         "random.shuffle(x, random=f)"),
        ("TypeError: 'map' object is not subscriptable", "foo.f()[0]"),
    ],
)  # fmt: skip
def test_what_the_baselines_python_lacks_as_well_is_not_pythons_doing(last: str, code: str) -> None:
    cause = cause_of(last, code, python="3.12", baseline="3.12")
    assert cause.kind is not CauseKind.PYTHON


@pytest.mark.parametrize(
    ("last", "code"),
    [
        ("AttributeError: module 'time' has no attribute 'sleeep'", "time.sleeep()"),
        ("AttributeError: module 'foo' has no attribute 'clock'", "foo.clock()"),
        ("AttributeError: module 'urllib' has no attribute 'request'", "urllib.request.urlopen(x)"),
        ("NameError: name 'nonsense' is not defined", "nonsense()"),
        ("ModuleNotFoundError: No module named 'bar'", "import bar"),
        ("AttributeError: 'Thing' object has no attribute 'has_key'", "x.has_key(2)"),
        ("TypeError: shuffle() got an unexpected keyword argument 'random'",
         "foo.shuffle(x, random=f)"),
        ("TypeError: sample() takes 2 positional arguments but 3 were given",
         "foo.sample(random.randrange(3), 1)"),
        # Code that a library makes and compiles while it runs.
        ('  File "<string>", line 1\n    print x\n          ^\nSyntaxError: invalid syntax',
         "foo.run(x)"),
    ],
)  # fmt: skip
def test_what_is_in_no_table(last: str, code: str) -> None:
    assert cause_of(last, code, python="3.12", baseline="2.7").kind is not CauseKind.PYTHON
    # Nothing is known without the Python of the run.
    assert cause_of(last, code, python=None, baseline=None).kind is not CauseKind.PYTHON


def test_a_project_called_like_a_module_of_newer_pythons() -> None:
    last, code = "ModuleNotFoundError: No module named 'dataclasses'", "import dataclasses"
    assert cause_of(last, code, python="3.6", baseline="3.7").kind is CauseKind.PYTHON
    cause = cause_of(last, code, python="3.6", baseline="3.7", dependency="dataclasses")
    assert cause.kind is not CauseKind.PYTHON


@pytest.mark.parametrize(
    ("folder", "package"), [("foo", "foo"), ("bar", "bar"), ("google/protobuf", "protobuf")]
)
def test_a_package_uses_what_python_lacks(folder: str, package: str) -> None:
    last = "ImportError: cannot import name 'Iterable' from 'collections' (/python/x.py)"
    frame = (f"{SITE}/{folder}/a.py", "from collections import Iterable")
    cause = cause_of(last, "import foo", frame)
    assert (cause.kind, cause.package) == (CauseKind.PYTHON, package)
    edge = "the last that has it is 3.9"
    assert cause.message == (
        f"Python 3.10 has no `collections.Iterable` ({edge}), which {package} uses"
    )
    # The baseline is on a Python that lacks it too: the release, or what it brought, changed.
    cause = cause_of(last, "import foo", frame, baseline="3.11")
    assert (cause.kind, cause.package) == (CauseKind.IMPORT_ERROR_OF_DEPENDENCY, package)
    assert cause.message == last.replace("\n", "")


def test_the_standard_library_itself_uses_nothing() -> None:
    # It is called by a package, and it calls what the table knows.
    frames = (
        (f"{SITE}/bar/a.py", "subprocess.run(x, text=True)"),
        ("/python/lib/python3.6/subprocess.py", "with Popen(*popenargs, **kwargs) as process:"),
    )
    last = "TypeError: __init__() got an unexpected keyword argument 'text'"
    cause = cause_of(last, "foo.f()", *frames, python="3.6", baseline="3.8")
    assert (cause.kind, cause.symbol) == (CauseKind.PYTHON, "subprocess.Popen(text)")
    assert cause.package == "bar"


SYNTAX = "    print x\n          ^\nSyntaxError: Missing parentheses"


@pytest.mark.parametrize(
    ("file", "python", "baseline", "kind", "package"),
    [
        (f"/study/{TEST}", "3.6", "2.7", CauseKind.PYTHON, None),
        (f"/study/{TEST}", "3.6", None, CauseKind.PYTHON, None),
        (f"/study/{TEST}", None, None, CauseKind.PYTHON, None),
        (f"/study/{TEST}", "3.6", "3.6", CauseKind.OTHER, None),
        (f"{SITE}/bar/a.py", "3.7", "3.6", CauseKind.PYTHON, "bar"),
        (f"{SITE}/foo/a.py", "3.7", None, CauseKind.PYTHON, "foo"),
        (f"{SITE}/bar/a.py", "3.7", "3.7", CauseKind.IMPORT_ERROR_OF_DEPENDENCY, "bar"),
        (f"{SITE}/foo/a.py", "3.7.16", "3.7", CauseKind.IMPORT_ERROR_OF_DEPENDENCY, "foo"),
    ],
)
def test_syntax(
    file: str, python: str | None, baseline: str | None, kind: CauseKind, package: str | None
) -> None:
    last = f'  File "{file}", line 9\n{SYNTAX}'
    cause = cause_of(last, "import foo", python=python, baseline=baseline)
    assert (cause.kind, cause.package, cause.symbol) == (kind, package, None)
    said = "SyntaxError: Missing parentheses"
    told = kind is CauseKind.PYTHON and package is not None
    assert cause.message == (
        f"Python {python} cannot compile {package}/a.py of {package}: {said}" if told else said
    )


@pytest.mark.parametrize(
    ("code", "call"),
    [
        ('print(foo.encode({"a": f(1)}, "k").decode())', "foo.encode"),
        ("token = foo.tokens.make(x)[0].decode('ascii')", "foo.tokens.make"),
        ("token = foo.encode(", "foo.encode"),
        ("token = x.decode()", None),
        ("token = bar.encode(foo.load(x), 1).decode()", None),
    ],
)
def test_what_a_call_returns(code: str, call: str | None) -> None:
    said = "'str' object has no attribute 'decode'"
    cause = cause_of(f"AttributeError: {said}", code, python="3.9", baseline="3.8")
    assert (cause.kind, cause.symbol) == (CauseKind.BEHAVIOUR, call)
    wanted = f"what `{call}` returns has no `decode`: {said}" if call else f"AttributeError: {said}"
    assert cause.message == wanted
    # With no baseline a value is the library's where the line shows that, else Python's.
    cause = cause_of(f"AttributeError: {said}", code, python="3.9", baseline=None)
    assert cause.kind is (CauseKind.BEHAVIOUR if call else CauseKind.PYTHON)


def test_the_old_name_of_the_kind_is_read() -> None:
    assert CauseKind("python-syntax") is CauseKind.PYTHON
    with pytest.raises(ValueError, match="nonsense"):
        CauseKind("nonsense")
