"""What installers print, and whose fault it is. The messages are uv's and pip's own."""

# ruff: noqa: RUF001 - uv draws with a multiplication sign

from __future__ import annotations

import pytest

from tfcompat.environments.installer_errors import (
    RULES,
    classify,
    is_file_gone,
    is_file_unreadable,
    undeclared_need,
    unreadable_releases,
)
from tfcompat.results.verdicts import CauseKind, Verdict

UNKNOWN, UNBUILDABLE = Verdict.UNKNOWN, Verdict.UNBUILDABLE

UV_CONFLICT = """\
  × No solution found when resolving dependencies:
  ╰─▶ Because tensorflow==2.12.1 depends on numpy>=1.22,<1.24 and you require
      numpy==1.24.0, we can conclude that your requirements are unsatisfiable.
"""
UV_NO_WHEEL = """\
  × No solution found when resolving dependencies:
  ╰─▶ Because only tensorflow==1.4.0 is available and tensorflow==1.4.0 has no wheels with a
      matching Python version tag (e.g., `cp38`), we can conclude that your requirements are
      unsatisfiable.
"""
UV_OFFLINE = """\
  × No solution found when resolving dependencies:
  ╰─▶ Because numpy was not found in the cache and tensorflow==1.4.0 depends on numpy, we can
      conclude that tensorflow==1.4.0 cannot be used.

      hint: Packages were unavailable because the network was disabled. When the network is
      disabled, registry packages may only be read from the cache.
"""
UV_BUILD = """\
  × Failed to build `html5lib==0.9999999`
  ├─▶ The build backend returned an error
  ╰─▶ Call to `setuptools.build_meta:__legacy__.build_wheel` failed (exit status: 1)

      [stderr]
      error in html5lib setup command: use_2to3 is invalid.
"""
UV_DNS = """\
error: Request failed after 3 retries
  Caused by: Failed to fetch: `https://pypi.org/simple/tensorflow/`
  Caused by: error sending request for url (https://pypi.org/simple/tensorflow/)
  Caused by: client error (Connect)
  Caused by: dns error: failed to lookup address information: Name or service not known
"""
UV_503 = """\
  × Failed to download `numpy==1.13.3`
  ╰─▶ HTTP status server error (503 Service Unavailable) for url (https://files.example/numpy.whl)
"""
UV_429 = """\
error: HTTP status client error (429 Too Many Requests) for url (https://pypi.org/simple/six/)
"""
UV_TIMES = """\
warning: numpy-1.13.3-cp36-cp36m-manylinux1_x86_64.whl is missing an upload date, but user \
provided: --exclude-newer 2017-11-02T19:00:00Z
  × No solution found when resolving dependencies:
  ╰─▶ Because there are no versions of numpy and you require numpy, we can conclude that your
      requirements are unsatisfiable.
"""
UV_DISK = """\
error: Failed to install: tensorflow-2.20.0-cp313-cp313-manylinux_2_17_x86_64.whl
  Caused by: failed to write to file `/tmp/x`: No space left on device (os error 28)
"""
UV_HASH = """\
  × Failed to download `six==1.11.0`
  ╰─▶ Hash mismatch for `six==1.11.0`
"""
UV_PARAGRAPHS = """\
  × No solution found when resolving dependencies:
  ╰─▶ Because only foo<=1.0 is available and foo==1.0 depends on bar>2, we can conclude that
      foo>0 depends on bar>2.
      And because you require foo and bar<2, we can conclude that your requirements are
      unsatisfiable.

      hint: bar was found on another index.
"""
# What pip prints about it goes to stdout; its last line is on stderr.
PIP_CONFLICT = """\
INFO: pip is looking at multiple versions of tensorflow to determine which version is compatible

The conflict is caused by:
    The user requested numpy==1.10.0
    tensorflow 1.15.0 depends on numpy<2.0 and >=1.16.0

To fix this you could try to:
1. loosen the range of package versions you've specified
2. remove package versions to allow pip attempt to solve the dependency conflict

ERROR: Cannot install numpy==1.10.0 and tensorflow==1.15.0 because these package versions have \
conflicting dependencies.
ERROR: ResolutionImpossible: for help visit https://pip.pypa.io/en/latest/user_guide/\
#fixing-conflicting-dependencies
"""
PIP_BARE_CONFLICT = """\
ERROR: ResolutionImpossible: for help visit https://pip.pypa.io/en/latest/user_guide/
"""
PIP_NOTHING = """\
ERROR: Could not find a version that satisfies the requirement enum35 (from versions: none)
ERROR: No matching distribution found for enum35
"""
PIP_NETWORK = """\
WARNING: Retrying (Retry(total=0, connect=None, read=None, redirect=None, status=None)) after \
connection broken by 'NewConnectionError('<pip._vendor.urllib3.connection.HTTPConnection object \
at 0x7f>: Failed to establish a new connection: [Errno 111] Connection refused',)': /simple/six/
ERROR: Could not find a version that satisfies the requirement six (from versions: none)
ERROR: No matching distribution found for six
"""
PIP_TIMEOUT = """\
ERROR: Exception:
pip._vendor.urllib3.exceptions.ReadTimeoutError: HTTPSConnectionPool(host='files.example', \
port=443): Read timed out.
"""
PIP_502 = """\
ERROR: HTTP error 502 while getting https://files.example/six-1.0.tar.gz
ERROR: 502 Server Error: Bad Gateway for url: https://files.example/six-1.0.tar.gz
"""
PIP_HASH = """\
ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE. If you have updated \
the package versions, please update the hashes.
"""
PIP_BUILD = """\
    ERROR: Command errored out with exit status 1:
     command: /work/bin/python -c 'import sys' egg_info
    SyntaxError: invalid syntax
    ----------------------------------------
"""
PIP_WHEEL = """\
  Building wheel for grpcio (setup.py): finished with status 'error'
Failed to build grpcio
ERROR: Failed to build one or more wheels
"""
NO_COMPILER = """\
  × Failed to build `wrapt==1.10.11`
  ├─▶ The build backend returned an error
  ╰─▶ Call to `setuptools.build_meta:__legacy__.build_wheel` failed (exit status: 1)

      [stderr]
      error: command 'gcc' failed: No such file or directory
"""
NO_COMPILER_OF_OLD = """\
    unable to execute 'x86_64-linux-gnu-gcc': No such file or directory
    error: command 'x86_64-linux-gnu-gcc' failed with exit status 1
  ERROR: Failed building wheel for wrapt
"""
COMPILER_REFUSES = """\
    src/_wrappers.c:12:10: fatal error: longintrepr.h: No such file or directory
    error: command 'gcc' failed with exit status 1
  ERROR: Failed building wheel for wrapt
"""
VENV_READ_ONLY = "OSError: [Errno 30] Read-only file system: '/cache/work/env'\n"
QUOTA = "error: failed to create directory `/home/me/x`: Disk quota exceeded (os error 122)\n"

SAID = [
    (UV_CONFLICT, UNBUILDABLE, CauseKind.CONFLICT, "Because tensorflow==2.12.1 depends on numpy"),
    (UV_NO_WHEEL, UNBUILDABLE, CauseKind.CONFLICT, "Because only tensorflow==1.4.0 is available"),
    (UV_OFFLINE, UNKNOWN, CauseKind.NETWORK, "Because numpy was not found in the cache"),
    (UV_DNS, UNKNOWN, CauseKind.NETWORK, "dns error: failed to lookup address"),
    (UV_503, UNKNOWN, CauseKind.NETWORK, "HTTP status server error (503 Service Unavailable)"),
    (UV_429, UNKNOWN, CauseKind.NETWORK, "429 Too Many Requests"),
    (UV_TIMES, UNKNOWN, CauseKind.NO_UPLOAD_TIMES, "is missing an upload date"),
    (UV_DISK, UNKNOWN, CauseKind.DISK, "No space left on device"),
    (UV_HASH, UNKNOWN, CauseKind.NETWORK, "Hash mismatch for `six==1.11.0`"),
    (UV_PARAGRAPHS, UNBUILDABLE, CauseKind.CONFLICT, "Because only foo<=1.0 is available"),
    (PIP_BARE_CONFLICT, UNBUILDABLE, CauseKind.CONFLICT, "ERROR: ResolutionImpossible: for help"),
    (PIP_NOTHING, UNBUILDABLE, CauseKind.CONFLICT, "requirement enum35 (from versions: none)"),
    (PIP_NETWORK, UNKNOWN, CauseKind.NETWORK, "NewConnectionError"),
    (PIP_TIMEOUT, UNKNOWN, CauseKind.NETWORK, "Read timed out"),
    (PIP_502, UNKNOWN, CauseKind.NETWORK, "502 Server Error"),
    (PIP_HASH, UNKNOWN, CauseKind.NETWORK, "DO NOT MATCH THE HASHES"),
    (PIP_BUILD, UNBUILDABLE, CauseKind.BUILD_ERROR, "SyntaxError: invalid syntax"),
    (PIP_WHEEL, UNBUILDABLE, CauseKind.BUILD_ERROR, "Failed to build grpcio"),
    (NO_COMPILER, UNKNOWN, CauseKind.TOOL, "error: command 'gcc' failed: No such file"),
    (NO_COMPILER_OF_OLD, UNKNOWN, CauseKind.TOOL, "unable to execute 'x86_64-linux-gnu-gcc'"),
    (COMPILER_REFUSES, UNBUILDABLE, CauseKind.BUILD_ERROR, "Failed building wheel for wrapt"),
    (VENV_READ_ONLY, UNKNOWN, CauseKind.DISK, "Read-only file system"),
    (QUOTA, UNKNOWN, CauseKind.DISK, "Disk quota exceeded"),
]


GONE = """\
error: Failed to fetch: `https://files.example/six.whl`
  Caused by: HTTP status client error (404 Not Found) for url (https://files.example/six.whl)
"""


def test_a_file_that_the_index_lost_says_nothing_of_the_release() -> None:
    failure = classify(GONE, {})
    assert (failure.verdict, failure.cause.kind) == (UNKNOWN, CauseKind.NETWORK)
    assert is_file_gone(failure)
    assert not is_file_gone(classify(UV_503, {}))


@pytest.mark.parametrize("said", ["Too many open files (os error 24)", "Cannot allocate memory"])
def test_what_this_machine_is_short_of(said: str) -> None:
    failure = classify(f"error: failed to open file `/x`: {said}\n", {})
    assert (failure.verdict, failure.cause.kind) == (UNKNOWN, CauseKind.TOOL)


@pytest.mark.parametrize(("said", "verdict", "kind", "part"), SAID)
def test_classify(said: str, verdict: Verdict, kind: CauseKind, part: str) -> None:
    failure = classify(said, {"resolve": 1.5})
    assert (failure.verdict, failure.cause.kind) == (verdict, kind)
    # The line of the message itself (of a conflict the paragraph, on one line), without what uv
    # draws around it; and the whole error.
    assert part in failure.cause.message
    assert " ".join(failure.cause.message.split()) in " ".join(said.split())
    assert "\n" not in failure.cause.message
    assert failure.cause.message[0] not in " ×╰├"
    assert failure.error == said
    assert failure.phases == {"resolve": 1.5}


WHY = {
    UV_CONFLICT: """\
Because tensorflow==2.12.1 depends on numpy>=1.22,<1.24 and you require numpy==1.24.0, we can
conclude that your requirements are unsatisfiable.
""",
    UV_NO_WHEEL: """\
Because only tensorflow==1.4.0 is available and tensorflow==1.4.0 has no wheels with a matching
Python version tag (e.g., `cp38`), we can conclude that your requirements are unsatisfiable.
""",
    UV_PARAGRAPHS: """\
Because only foo<=1.0 is available and foo==1.0 depends on bar>2, we can conclude that foo>0
depends on bar>2. And because you require foo and bar<2, we can conclude that your requirements
are unsatisfiable.
""",
    PIP_CONFLICT: """\
The conflict is caused by: The user requested numpy==1.10.0 tensorflow 1.15.0 depends on numpy<2.0
and >=1.16.0
""",
}


@pytest.mark.parametrize(
    "said",
    [
        UV_CONFLICT,
        UV_NO_WHEEL,
        UV_PARAGRAPHS,
        PIP_CONFLICT,
    ],
)
def test_a_conflict_is_reported_with_its_whole_reason(said: str) -> None:
    failure = classify(said, {})
    assert (failure.verdict, failure.cause.kind) == (UNBUILDABLE, CauseKind.CONFLICT)
    assert failure.cause.message == " ".join(WHY[said].split())


def test_a_long_reason_is_cut() -> None:
    said = f"No solution found when resolving\nBecause {'x ' * 999}"
    assert len(classify(said, {}).cause.message) <= 500


def test_what_fails_before_the_release_is_not_its_fault() -> None:
    for said in (UV_CONFLICT, UV_BUILD, PIP_CONFLICT, "something new\n", ""):
        failure = classify(said, {}, before_release=True)
        assert (failure.verdict, failure.cause.kind) == (UNKNOWN, CauseKind.TOOL)
        assert failure.cause.message == classify(said, {}).cause.message
    for said in (UV_DNS, UV_DISK, UV_TIMES):
        assert classify(said, {}, before_release=True) == classify(said, {})


def test_a_fault_of_this_machine_is_never_the_releases() -> None:
    for said in (UV_DNS, UV_DISK, PIP_NETWORK):
        assert classify(UV_CONFLICT + UV_BUILD + said, {}).verdict is UNKNOWN
        assert classify(said + UV_CONFLICT + UV_BUILD, {}).verdict is UNKNOWN


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ("", "the installer failed without a word"),
        (" \n\n", "the installer failed without a word"),
        ("first\n  something new  \n\n", "something new"),
        ("x" * 2000, "x" * 500),
        ("failed to build " + "x" * 2000, "failed to build " + "x" * 484),
    ],
)
def test_what_no_rule_knows_is_a_build_error(said: str, message: str) -> None:
    failure = classify(said, {})
    assert (failure.verdict, failure.cause.kind) == (UNBUILDABLE, CauseKind.BUILD_ERROR)
    assert failure.cause.message == message
    assert failure.error == said


def uv_build(printed: str, heading: str = "stderr") -> str:
    """Return what uv 0.13 prints of a build of foo 1.0 that printed some lines."""
    lines = "\n".join(f"         {line}" for line in printed.splitlines())
    return (
        "Resolved 1 package in 100ms\n   Building foo==1.0\nerror: Failed to build `foo==1.0`\n"
        "  cause: The build backend returned an error\n"
        "  cause: Call to `setuptools.build_meta:__legacy__.build_wheel` failed (exit status: 1)\n"
        f"\n         [{heading}]\n{lines}\n\n"
        "hint: Build failures usually indicate a problem with the package or the environment\n"
    )


REFUSED = """\
src/_w.c:12:10: fatal error: longintrepr.h: No such file or directory
   12 | #include "longintrepr.h"
compilation terminated.
error: command '/usr/bin/gcc' failed with exit code 1
"""
NO_NUMPY = """\
Traceback (most recent call last):
  File "setup.py", line 227, in setup_package
    .format(numpy_req_str, instructions))
ImportError: Numerical Python (NumPy) is not installed.
scikit-learn requires NumPy >= 1.6.1.
Installation instructions are available on the scikit-learn website: http://scikit-learn.org
"""
WARNS_FIRST = """\
dist.py:261: UserWarning: Unknown distribution option: 'tests_require'
  warnings.warn(msg)
error in smart_open setup command: 'python_requires' must be a string; Invalid specifier: '>=3.6.*'
"""
PIP_22 = """\
Collecting foo==1.0
  error: subprocess-exited-with-error

  \u00d7 python setup.py egg_info did not run successfully.
  \u2502 exit code: 1
  \u2570\u2500> [2 lines of output]
      running egg_info
      NameError: name 'extra' is not defined
      [end of output]

ERROR: Failed to build foo
"""

WHY_A_BUILD_FAILED = [
    (UV_BUILD, "html5lib 0.9999999", "error in html5lib setup command: use_2to3 is invalid."),
    (uv_build(WARNS_FIRST), "foo 1.0", WARNS_FIRST.splitlines()[-1]),
    (uv_build(NO_NUMPY), "foo 1.0", "ImportError: Numerical Python (NumPy) is not installed."),
    (uv_build(REFUSED), "foo 1.0", REFUSED.splitlines()[0]),
    (uv_build("nothing that tells\nthe end", "stdout"), "foo 1.0", "the end"),
    (PIP_22, "foo", "NameError: name 'extra' is not defined"),
    (f"Collecting six\nCollecting foo==1\n{PIP_BUILD}", "foo", "SyntaxError: invalid syntax"),
]


@pytest.mark.parametrize(("said", "package", "line"), WHY_A_BUILD_FAILED)
def test_the_line_that_says_why_a_build_failed(said: str, package: str, line: str) -> None:
    failure = classify(said, {})
    assert (failure.verdict, failure.cause.kind) == (UNBUILDABLE, CauseKind.BUILD_ERROR)
    assert failure.cause.message == f"{package} cannot be built: {line}"


@pytest.mark.parametrize(
    "line",
    [
        "a.c:9:10: fatal error: libxml/xmlversion.h: No such file or directory",
        "a.c:9:10: fatal error: Python.h: No such file or directory",
        "OSError: mysql_config not found",
        "Error: pg_config executable not found.",
        "/usr/bin/ld: cannot find -lssl: No such file or directory",
    ],
)
def test_a_library_that_this_machine_lacks_is_not_the_releases_fault(line: str) -> None:
    failure = classify(uv_build(f"{line}\nerror: command 'gcc' failed with exit status 1\n"), {})
    assert (failure.verdict, failure.cause.kind) == (UNKNOWN, CauseKind.TOOL)
    assert failure.cause.message == f"foo 1.0 cannot be built: {line}"


def test_an_optional_library_is_not_blamed() -> None:
    said = uv_build("a.c:9: fatal error: yaml.h: No such file\nSyntaxError: invalid syntax")
    assert classify(said, {}).verdict is UNBUILDABLE


def test_releases_that_uv_cannot_read() -> None:
    said = (
        "WARN `pandas==0.19.2` has invalid metadata: after parsing `2011`, found `k`\n"
        "WARN pandas has invalid metadata: after parsing `2011`, found `k`\n"
        "WARN `pandas==0.19.1` has invalid metadata: after parsing `2011`, found `k`\n"
        "hint: Metadata for `other` (v1.0) could not be parsed:\n"
    )
    # What uv considers first is what it would have chosen.
    assert unreadable_releases(said) == ("pandas==0.19.2", "other==1.0")
    assert unreadable_releases(UV_CONFLICT) == ()


def test_a_file_that_uv_does_not_take() -> None:
    said = (
        "No solution found when resolving dependencies\nBecause twisted==17.1.0 has a non-PEP "
        "625-compliant source distribution filename and you require twisted==17.1.0.\n"
    )
    assert is_file_unreadable(classify(said, {}))
    assert not is_file_unreadable(classify(UV_NO_WHEEL, {}))


@pytest.mark.parametrize(
    ("said", "need"),
    [
        (uv_build("ModuleNotFoundError: No module named 'numpy'"), ("foo", "numpy")),
        (uv_build("ImportError: No module named numpy.distutils"), ("foo", "numpy")),
        (uv_build(NO_NUMPY), ("foo", "numpy")),
        (
            PIP_22.replace("name 'extra' is not defined", "No module named Cython"),
            ("foo", "cython"),
        ),
        (uv_build(REFUSED), None),
        (UV_CONFLICT, None),
    ],
)
def test_what_a_build_does_not_declare(said: str, need: tuple[str, str] | None) -> None:
    assert undeclared_need(classify(said, {})) == need


def test_rules_and_messages_cover_each_other() -> None:
    used = {classify(said, {}).cause.kind for said, *_ in SAID}
    assert used == {rule.kind for rule in RULES}


METADATA_FAILED = """\
Collecting numba>=0.51.0 (from librosa==0.10.0)
  Downloading numba-0.56.4.tar.gz (2.4 MB)
  Preparing metadata (setup.py): started
  Preparing metadata (setup.py): finished with status 'error'
error: subprocess-exited-with-error

  \u00d7 python setup.py egg_info did not run successfully.
  \u2502 exit code: 1
  \u2570\u2500> [8 lines of output]
      Traceback (most recent call last):
        File "<string>", line 2, in <module>
      RuntimeError: Cannot install on Python version 3.11.7; only versions >=3.7,<3.11 do.
      [end of output]

  note: This error originates from a subprocess, and is likely not a problem with pip.
error: metadata-generation-failed
hint: See above for details.
"""


def test_metadata_that_pip_cannot_make_names_the_package_and_why() -> None:
    cause = classify(METADATA_FAILED, {}).cause
    assert (cause.kind, cause.package) == (CauseKind.BUILD_ERROR, "numba")
    assert cause.message == (
        "numba cannot be built: RuntimeError: Cannot install on Python version 3.11.7; "
        "only versions >=3.7,<3.11 do."
    )


def without_time(explanation: str, filename: str = "mortar-1.5-py3-none-any.whl") -> CauseKind:
    """Return the cause where one file lacks a time, as uv words it."""
    return classify(
        f"warning: `{filename}` is missing an upload date, but user provided: 2021-01-02\n"
        f"error: No solution found when resolving dependencies\n  cause: {explanation}\n",
        {},
    ).cause.kind


NEEDS = "Because only mortar==1.0 is available and brick<=1.0 depends on mortar{}, we conclude."
WANTED = (
    "Because there is no version of mortar=={0} and you\n         require mortar=={0}, we conclude."
)


@pytest.mark.parametrize(
    ("explanation", "kind"),
    [
        (NEEDS.format(">=2"), CauseKind.CONFLICT),
        (WANTED.format("2.0"), CauseKind.CONFLICT),
        ("Because brick==1.0 depends on sand<2 and you require sand>=2.", CauseKind.CONFLICT),
        (NEEDS.format(">=1.5,<2"), CauseKind.NO_UPLOAD_TIMES),
        (NEEDS.format(""), CauseKind.NO_UPLOAD_TIMES),
        (WANTED.format("1.5"), CauseKind.NO_UPLOAD_TIMES),
    ],
)
def test_a_file_without_a_time_counts_where_it_would_have_served(
    explanation: str, kind: CauseKind
) -> None:
    assert without_time(explanation) is kind
    assert without_time(explanation, "mortar-1.5.tar.gz") is kind


def test_a_file_whose_name_says_nothing_may_have_served() -> None:
    explanation = "Because there are no versions of mortar and you require mortar, we conclude."
    assert without_time(explanation, "mortar.zip") is CauseKind.NO_UPLOAD_TIMES
