"""Which way follows which failure, and what is recorded of it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest
from packaging.tags import Tag
from packaging.version import Version

from tfcompat.environments.attempts import Attempts
from tfcompat.environments.base import BuildFailure, Environment, EnvironmentRequest
from tfcompat.environments.index.client import Distribution, PackageIndex, Release
from tfcompat.environments.installer_errors import classify
from tfcompat.environments.installers import InstallerStopped
from tfcompat.environments.interpreter_record import Interpreter
from tfcompat.environments.metadata import PackageMetadata
from tfcompat.results.verdicts import Cause, CauseKind, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable

DAY = dt.datetime(2020, 1, 1, tzinfo=dt.timezone.utc)
UNREADABLE = """\
error: No solution found when resolving dependencies
  cause: Because pandas==0.20.3 has invalid metadata and you require pandas==0.20.3, we can \
conclude that your requirements are unsatisfiable.

hint: Metadata for `pandas` (v0.20.3) could not be parsed:
"""
NO_NUMPY = """\
error: Failed to build `pandas==0.20.3`
  cause: The build backend returned an error

         [stderr]
         ModuleNotFoundError: No module named 'numpy'
"""
BROKEN = NO_NUMPY.replace("No module named 'numpy'", "No module named 'client'")
USE_2TO3 = NO_NUMPY.replace("ModuleNotFoundError: No module", "error: use_2to3 is invalid")
CONFLICT = "No solution found when resolving\nBecause a==1 depends on b and you require c.\n"
NO_FILE = "No solution found when resolving\nBecause a==1 has a non-PEP 625-compliant source \
distribution filename and you require a==1.\n"
NETWORK = "error: dns error\n"


def tool(version: str, day: int) -> Release:
    file = Distribution(
        filename=f"x-{version}.tar.gz",
        url="https://files.example",
        version=Version(version),
        tags=frozenset(),
        sha256=None,
        size=None,
        upload_time=DAY + dt.timedelta(days=day),
        requires_python=None,
        yanked=False,
    )
    return Release(version=Version(version), files=(file,))


class FakeIndex:
    def releases(self, project: str) -> tuple[Release, ...]:
        known = {
            "setuptools": (tool("45.0", -1), tool("60.0", 1)),
            "wheel": (tool("0.30", -1),),
            "numpy": wheels_of_numpy(),
        }
        return known[project]


@dataclass
class FakeBackend:
    """Answers each request with the next text: an error, or "" for an environment."""

    answers: list[str]
    phases: dict[str, float] = field(default_factory=lambda: {"resolve": 1.0})
    name: str = "fake"
    tool: str = "fake 1"
    asked: list[EnvironmentRequest] = field(default_factory=list)

    def links(self, request: EnvironmentRequest) -> bool:
        del request
        return False

    def build(self, request: EnvironmentRequest) -> Environment | BuildFailure:
        assert not list(request.folder.iterdir()), "an attempt finds an empty folder"
        (request.folder / "env").mkdir()
        (request.folder / "lock").touch()
        self.asked.append(request)
        answer = self.answers[len(self.asked) - 1]
        if not answer:
            python = request.environment / "bin" / "python"
            return Environment(
                backend=self.name, python=python, lock="", freeze=(), phases=dict(self.phases)
            )
        if answer.startswith("passed over "):
            releases = tuple(answer.split()[2:])
            cause = Cause(kind=CauseKind.CONFLICT, message=answer)
            said = "\n".join(f"WARN `{one}` has invalid metadata: x" for one in releases)
            return BuildFailure(
                verdict=Verdict.UNBUILDABLE, cause=cause, error=said, passed_over=releases,
                phases=dict(self.phases),
            )  # fmt: skip
        return classify(answer, dict(self.phases))


def repaired(name: str, version: str, interpreter: Interpreter) -> PackageMetadata:
    del interpreter
    return PackageMetadata(name=name, version=version, changes=(f"{name} {version}: mended",))


def unrepaired(name: str, version: str, interpreter: Interpreter) -> None:
    del name, version, interpreter


@pytest.fixture
def request_(tmp_path: Path) -> EnvironmentRequest:
    return EnvironmentRequest(
        dependency="pandas",
        release="0.20.3",
        python="3.6",
        interpreter=Interpreter(path=Path("/x"), version=Version("3.6.15"), abi="cp36m"),
        wheel_size=None,
        requirements=(),
        cut_off=DAY,
        constraints=(),
        folder=tmp_path,
    )


def wheels_of_numpy() -> tuple[Release, ...]:
    tags = frozenset({Tag("cp36", "cp36m", "manylinux1_x86_64")})
    old, new = tool("1.10", 0), tool("1.12", 0)
    uploaded = dt.datetime(2016, 12, 31, tzinfo=dt.timezone.utc)
    wheel = replace(new.files[0], filename="x.whl", tags=tags, upload_time=uploaded)
    return (old, replace(new, files=(wheel,)))


def attempts(
    backend: FakeBackend,
    older: FakeBackend | None = None,
    read: Callable[[str, str, Interpreter], PackageMetadata | None] = repaired,
) -> Attempts:
    index = cast("PackageIndex", FakeIndex())
    return Attempts(backend=backend, older=older, index=index, read_metadata=read)


def built(made: Environment | BuildFailure) -> Environment:
    assert isinstance(made, Environment), made
    return made


def test_what_works_is_tried_once(request_: EnvironmentRequest) -> None:
    backend = FakeBackend([""])
    made = built(attempts(backend, FakeBackend([])).build(request_))
    assert (made.repaired, made.phases) == ((), {"resolve": 1.0})
    # A release that cannot be read is not passed over in silence.
    assert not backend.asked[0].repairs.skips_unreadable


def test_metadata_is_repaired_first(request_: EnvironmentRequest) -> None:
    backend = FakeBackend([UNREADABLE, ""])
    made = built(attempts(backend, FakeBackend([])).build(request_))
    assert made.repaired == ("pandas 0.20.3: mended",)
    assert made.phases == {"resolve": 2.0}
    (metadata,) = backend.asked[1].repairs.metadata
    assert (metadata.name, metadata.version) == ("pandas", "0.20.3")


def test_each_release_is_repaired_once(request_: EnvironmentRequest) -> None:
    other = UNREADABLE.replace("pandas", "other")
    backend, older = FakeBackend([UNREADABLE, other, UNREADABLE]), FakeBackend([""])
    made = built(attempts(backend, older).build(request_))
    assert [one.name for one in backend.asked[2].repairs.metadata] == ["pandas", "other"]
    # The older pip reads it as it is.
    assert older.asked[0].repairs.metadata == ()
    assert made.repaired == ("installed by an older pip, with setuptools<=45.0 and wheel<=0.33.1",)


def test_repairs_end(request_: EnvironmentRequest) -> None:
    backend = FakeBackend([UNREADABLE.replace("0.20.3", f"0.20.{n}") for n in range(99)])
    assert isinstance(attempts(backend).build(request_), BuildFailure)
    assert len(backend.asked) == 13


def test_what_cannot_be_built_for_a_younger_python_has_its_first_wheel(
    request_: EnvironmentRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(Interpreter, "tags", {Tag("cp36", "cp36m", "manylinux1_x86_64"): 0})
    backend = FakeBackend([BROKEN.replace("pandas==0.20.3", "numpy==1.10"), ""])
    day = dt.datetime(2016, 6, 1, tzinfo=dt.timezone.utc)
    made = built(attempts(backend).build(replace(request_, cut_off=day)))
    (line,) = made.repaired
    assert line == "numpy: as of 2016-12-31, when 1.12 had the first wheel for Python 3.6"
    (wheel,) = backend.asked[1].repairs.first_wheels
    assert (wheel.package, wheel.until[:16]) == ("numpy", "2016-12-31T01:00")
    # As of a day on which the Python had wheels, what fails is built in another way.
    other, folder = (
        FakeBackend([BROKEN.replace("pandas==0.20.3", "numpy==1.10"), ""]),
        tmp_path / "b",
    )
    folder.mkdir()
    (line,) = built(attempts(other).build(replace(request_, folder=folder))).repaired
    assert "built with" in line


def test_what_is_passed_over_is_repaired(request_: EnvironmentRequest) -> None:
    backend = FakeBackend(["passed over a==1 b==2", ""])
    made = built(attempts(backend).build(request_))
    assert made.repaired == ("a 1: mended", "b 2: mended")


def test_what_cannot_be_repaired_is_passed_over_aloud(request_: EnvironmentRequest) -> None:
    backend = FakeBackend(["passed over a==1", ""])
    made = built(attempts(backend, read=unrepaired).build(request_))
    assert made.repaired == ("a==1: passed over, cannot be read",)
    assert backend.asked[1].repairs.skips_unreadable


def test_a_build_by_the_tools_of_the_day(request_: EnvironmentRequest) -> None:
    backend = FakeBackend([USE_2TO3, ""])
    made = built(attempts(backend, FakeBackend([])).build(request_))
    line = "built with setuptools<=45.0 and wheel<=0.33.1 instead of today's"
    assert made.repaired == (line,)
    # Never older than what can build in isolation.
    constraints = backend.asked[1].repairs.build_constraints
    assert constraints == ("setuptools<=45.0", "wheel<=0.33.1")


@pytest.mark.parametrize(("said", "newest"), [(USE_2TO3, "57.5.0"), (BROKEN, "60.0")])
def test_setuptools_from_before_it_lost_2to3(
    request_: EnvironmentRequest, said: str, newest: str
) -> None:
    backend = FakeBackend([said, ""])
    attempts(backend).build(replace(request_, cut_off=DAY + dt.timedelta(days=9)))
    assert backend.asked[1].repairs.build_constraints[0] == f"setuptools<={newest}"


def test_what_a_build_wants_and_does_not_declare(request_: EnvironmentRequest) -> None:
    backend = FakeBackend([NO_NUMPY, ""])
    made = built(attempts(backend).build(request_))
    assert made.repaired == ("pandas: built with numpy, which it does not declare",)
    assert backend.asked[1].repairs.build_requires == (("pandas", "numpy"),)


def test_a_stranger_is_never_installed_for_a_missing_module(request_: EnvironmentRequest) -> None:
    backend = FakeBackend([BROKEN, BROKEN])
    attempts(backend).build(request_)
    assert [asked.repairs.build_requires for asked in backend.asked] == [(), ()]


def test_the_order_of_all_ways(request_: EnvironmentRequest) -> None:
    backend = FakeBackend([UNREADABLE, NO_NUMPY, BROKEN, BROKEN])
    older = FakeBackend([BROKEN])
    failure = attempts(backend, older).build(request_)
    assert isinstance(failure, BuildFailure)
    assert (len(backend.asked), len(older.asked)) == (4, 1)
    assert failure.verdict is Verdict.UNBUILDABLE
    assert failure.cause.kind is CauseKind.BUILD_ERROR
    expected = "pandas 0.20.3 cannot be built: ModuleNotFoundError: No module named 'client'"
    assert failure.cause.message == expected
    # All that was printed, in order.
    assert failure.error.index("could not be parsed") < failure.error.index("'numpy'")
    assert failure.error.count("'client'") == 3
    assert failure.phases == {"resolve": 5.0}
    assert not list(request_.folder.iterdir())


def test_a_file_that_only_its_name_forbids_is_for_the_older_pip(
    request_: EnvironmentRequest,
) -> None:
    older = FakeBackend([""])
    assert built(attempts(FakeBackend([NO_FILE]), older).build(request_)).backend == "fake"
    assert len(older.asked) == 1


@pytest.mark.parametrize("said", [CONFLICT, NETWORK])
def test_what_no_way_mends_is_tried_once(request_: EnvironmentRequest, said: str) -> None:
    backend = FakeBackend([said])
    failure = attempts(backend, FakeBackend([])).build(request_)
    assert isinstance(failure, BuildFailure)
    assert (failure.error, failure.cause) == (said, classify(said, {}).cause)


@pytest.mark.parametrize("said", [UNREADABLE, BROKEN])
def test_as_of_today_nothing_is_mended(request_: EnvironmentRequest, said: str) -> None:
    backend = FakeBackend([said])
    made = attempts(backend, FakeBackend([])).build(replace(request_, cut_off=None))
    assert isinstance(made, BuildFailure)
    assert backend.asked[0].repairs.skips_unreadable


def test_a_fault_of_the_machine_in_a_later_way_leaves_it_open(
    request_: EnvironmentRequest,
) -> None:
    failure = attempts(FakeBackend([BROKEN, NETWORK])).build(request_)
    assert isinstance(failure, BuildFailure)
    assert failure.verdict is Verdict.UNKNOWN


def test_a_way_that_did_not_reach_the_release_says_nothing_of_it(
    request_: EnvironmentRequest,
) -> None:
    older = FakeBackend(["error: cannot allocate memory\n"], phases={"create": 1.0})
    failure = attempts(FakeBackend([BROKEN, BROKEN]), older).build(request_)
    assert isinstance(failure, BuildFailure)
    assert failure.verdict is Verdict.UNBUILDABLE


def test_slow_failures_end_it(
    request_: EnvironmentRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TFCOMPAT_STEP_SECONDS", "0")
    backend = FakeBackend([UNREADABLE, ""])
    # Another way is left, so nothing is known of the release.
    with pytest.raises(InstallerStopped, match="1 attempt to build it failed, too slowly for more"):
        attempts(backend).build(request_)
    # Without any, it is a verdict, however long that took.
    assert isinstance(attempts(FakeBackend([CONFLICT])).build(request_), BuildFailure)


def test_code_of_python_2_is_tried_once(request_: EnvironmentRequest) -> None:
    said = "SyntaxError: Missing parentheses in call to 'print'. Did you mean print('a')?"
    backend, older = FakeBackend([BROKEN + said]), FakeBackend([])
    failure = attempts(backend, older).build(request_)
    assert isinstance(failure, BuildFailure)
    assert (failure.verdict, failure.repaired) == (Verdict.UNBUILDABLE, ())


def test_what_was_known_to_fail_counts_as_tried(request_: EnvironmentRequest) -> None:
    """Its seconds add up, and the way that got as far as the release decides."""

    class Known(FakeBackend):
        def build(self, request: EnvironmentRequest) -> Environment | BuildFailure:
            failure = super().build(request)
            assert isinstance(failure, BuildFailure)
            return replace(failure, phases={}, failed_before=60.0)

    failure = attempts(Known([BROKEN, BROKEN]), Known([BROKEN])).build(request_)
    assert isinstance(failure, BuildFailure)
    assert (failure.verdict, failure.phases, failure.failed_before) == (
        Verdict.UNBUILDABLE,
        {},
        180.0,
    )
