"""Which package is missing, and where none is."""

from __future__ import annotations

import pytest

from tfcompat.judging.diagnosis import diagnose
from tfcompat.results.schema import Run
from tfcompat.results.verdicts import Cause, CauseKind

TEST = "ex/a.py"


def cause_of(
    last: str, code: str, before: str = "", installed: frozenset[str] | None = None
) -> Cause:
    frame = f'  File "/study/{TEST}", line 3, in f\n    {code}\n'
    error = f"{before}Traceback (most recent call last):\n{frame}{last}\n"
    run = Run(retval=1, seconds=1, error=error.splitlines(keepends=True))
    return diagnose(run, TEST, "foo", python="3.9", installed=installed)


@pytest.mark.parametrize(
    ("last", "package"),
    [
        ("ModuleNotFoundError: No module named 'pandas'", "pandas"),
        ("ModuleNotFoundError: No module named 'yaml'", "pyyaml"),
        ("ImportError: No module named pandas.io", "pandas"),
        ("ImportError: foo.plot requires matplotlib to be installed.", "matplotlib"),
        ("ImportError: Missing optional dependency 'openpyxl'.  Use pip.", "openpyxl"),
        ("ImportError: sklearn needs to be installed in order to use this module", "scikit-learn"),
        ("ImportError: This requires the `jinja2` package.", "jinja2"),
        ("RuntimeError: no HTTP/2 here; pip install h2", "h2"),
        ("MissingDependencyError: 'Pillow' is not installed", "pillow"),
        ("ImportError: to plot: pip install 'foo[plot]', or pip install rich", None),
        ("ImportError: it requires the following package", None),
        ("ImportError: pip install --upgrade numpy", None),
        ("ValueError: x requires y package", None),
        # Parts of packages that are there, of the interpreter, and of the library itself.
        ("ModuleNotFoundError: No module named 'pandas.io.old'", None),
        ("ModuleNotFoundError: No module named '_tkinter'", None),
        ("ModuleNotFoundError: No module named 'distutils.nonsense'", None),
        ("ModuleNotFoundError: No module named '_foo_speedups'", None),
        ("ModuleNotFoundError: No module named 'foo'", None),
        ("ModuleNotFoundError: No module named 'foo.bar'", None),
    ],
)
def test_what_a_message_names(last: str, package: str | None) -> None:
    cause = cause_of(last, "main()")
    assert (cause.kind is CauseKind.MISSING_PACKAGE) == (package is not None)
    if package:
        assert (cause.package, cause.symbol) == (package, None)


def test_python_2_names_the_last_part_of_what_is_missing_in_a_package() -> None:
    cause = cause_of("ImportError: No module named misc", "import scipy.misc as m")
    assert (cause.kind, cause.package) == (CauseKind.IMPORT_ERROR_OF_DEPENDENCY, "scipy")


def test_a_library_in_words_of_its_own() -> None:
    before = (
        "Traceback (most recent call last):\n"
        '  File "/env/lib/python3.9/site-packages/foo/a.py", line 1, in f\n'
        "    import pydot\n"
        "ModuleNotFoundError: No module named 'pydot'\n\n"
        "During handling of the above exception, another exception occurred:\n\n"
    )
    cause = cause_of("ImportError: Graphs cannot be drawn here.", "foo.draw()", before)
    assert (cause.kind, cause.package) == (CauseKind.MISSING_PACKAGE, "pydot")
    assert cause.message == "ImportError: Graphs cannot be drawn here."
    # It may fail for another reason while it does without.
    assert cause_of("ValueError: no", "foo.draw()", before).kind is CauseKind.BEHAVIOUR


@pytest.mark.parametrize(
    ("installed", "kind"),
    [
        ({"google-auth"}, CauseKind.MISSING_PACKAGE),
        ({"google-auth", "protobuf"}, CauseKind.IMPORT_ERROR_OF_DEPENDENCY),
        (None, CauseKind.IMPORT_ERROR_OF_DEPENDENCY),
    ],
)
def test_projects_that_share_a_namespace(installed: set[str] | None, kind: CauseKind) -> None:
    last, code = "ModuleNotFoundError: No module named 'google.protobuf'", "import google.protobuf"
    cause = cause_of(last, code, installed=None if installed is None else frozenset(installed))
    assert (cause.kind, cause.package) == (kind, "protobuf")
