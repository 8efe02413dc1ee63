"""A requirement of the study that is in the way, and what is said of it. The texts are real."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest
from packaging.version import Version

from tfcompat.environments.base import EnvironmentRequest
from tfcompat.environments.conflicts import name_contradiction
from tfcompat.environments.installer_errors import classify
from tfcompat.environments.interpreter_record import Interpreter
from tfcompat.results.verdicts import CauseKind

REQUEST = EnvironmentRequest(
    dependency="scikit-learn",
    release="1.1.0",
    python="3.8",
    interpreter=Interpreter(path=Path("/opt/python"), version=Version("3.8.1"), abi="cp38"),
    wheel_size=None,
    requirements=(),
    cut_off=None,
    constraints=(),
    folder=Path("/nowhere"),
)
UV = "error: No solution found when resolving dependencies\n  cause: Because "
END = ", we can conclude that your requirements are unsatisfiable.\n"
LEAVE = "contradicts it: leave that out, or choose one that fits"

SAID = [
    (
        "numpy==1.26.0",
        (
            f"{UV}scikit-learn==1.1.0 depends on numpy>=1.17.3,<1.24 and you require\n"
            f"      numpy==1.26.0{END}"
        ),
        f"scikit-learn 1.1.0 needs numpy<1.24; --require numpy==1.26.0 {LEAVE}",
    ),
    (
        "scipy==1.3.0",
        (
            f"{UV}scikit-learn>=1.1.0 depends on scipy>=1.3.2 and you require scikit-learn==1.1.0, "
            "we can conclude that you require scipy>=1.3.2. "
            f"And because you require scipy==1.3.0{END}"
        ),
        f"scikit-learn 1.1.0 needs scipy>=1.3.2; --require scipy==1.3.0 {LEAVE}",
    ),
    (
        "numpy<1.16",
        (
            f"{UV}pandas==1.5.0 depends on numpy{{python_full_version < '3.10'}}>=1.20.3 and you "
            f"require numpy<1.16{END}"
        ),
        f"pandas 1.5.0 needs numpy>=1.20.3; --require numpy<1.16 {LEAVE}",
    ),
    (
        "numpy==1.26.0",
        f"{UV}all versions of scikit-learn depend on numpy<1.24 and you require numpy==1.26.0{END}",
        f"scikit-learn 1.1.0 needs numpy<1.24; --require numpy==1.26.0 {LEAVE}",
    ),
    (
        "Foo.Bar==1.0",
        f"{UV}other==2.0 depends on foo-bar>1.0 and you require foo-bar==1.0{END}",
        f"other 2.0 needs Foo.Bar>1.0; --require Foo.Bar==1.0 {LEAVE}",
    ),
    (
        "numpy==1.26.0",
        (
            f"{UV}the requested Python version (3.8.18) does not satisfy Python>=3.9 and "
            f"numpy==1.26.0 depends on Python>=3.9, so numpy==1.26.0 cannot be used{END}"
        ),
        "--require numpy==1.26.0 needs Python>=3.9, and this is 3.8: choose one that fits",
    ),
    (
        "numpy==1.99.0",
        f"{UV}there is no version of numpy==1.99.0 and you require numpy==1.99.0{END}",
        "there is no numpy==1.99.0 to install as of then; change --require numpy==1.99.0",
    ),
    (
        "numpy==1.10.0",
        (
            "ERROR: Cannot install numpy==1.10.0 and tensorflow==1.15.0\n\n"
            "The conflict is caused by:\n    The user requested numpy==1.10.0\n"
            "    tensorflow 1.15.0 depends on numpy<2.0 and >=1.16.0\n\n"
            "ERROR: ResolutionImpossible\n"
        ),
        f"tensorflow 1.15.0 needs numpy>=1.16.0; --require numpy==1.10.0 {LEAVE}",
    ),
]


@pytest.mark.parametrize(("requirement", "said", "message"), SAID)
def test_what_is_in_the_way(requirement: str, said: str, message: str) -> None:
    request = replace(REQUEST, requirements=("six", requirement))
    named = name_contradiction(classify(said, {}), request)
    assert (named.cause.kind, named.cause.message) == (CauseKind.CONFLICT, message)
    assert named.error == said


@pytest.mark.parametrize(
    "requirements", [(), ("six",), ("num",), ("numpy==1.26.0 ; python_version < '3'",)]
)
def test_what_is_not_in_the_way_is_not_named(requirements: tuple[str, ...]) -> None:
    failure = classify(SAID[0][1], {})
    assert name_contradiction(failure, replace(REQUEST, requirements=requirements)) == failure


def test_a_failure_of_another_kind_stays_as_it_is() -> None:
    failure = classify(SAID[0][1] + "error: dns error\n", {})
    request = replace(REQUEST, requirements=("numpy==1.26.0",))
    assert name_contradiction(failure, request) == failure


OF_FILE = "change that in requirements.txt, or leave it out"


@pytest.mark.parametrize(
    ("constraint", "said", "message"),
    [
        (
            "numpy==1.26.0",
            f"{UV}scikit-learn>=1.1.0 depends on numpy>=1.16.0,<1.19.0 and numpy==1.26.0{END}",
            (
                "requirements.txt pins numpy==1.26.0, which scikit-learn 1.1.0 cannot have: it "
                f"needs numpy<1.19.0; {OF_FILE}"
            ),
        ),
        (
            "numpy>=1.20",
            f"{UV}scikit-learn>=1.1.0 depends on numpy>=1.19.2,<1.20.dev0 and numpy>=1.20{END}",
            (
                "requirements.txt asks for numpy>=1.20, which scikit-learn 1.1.0 cannot have: it "
                f"needs numpy<1.20.dev0,>=1.19.2; {OF_FILE}"
            ),
        ),
        (
            "numpy>=1.26",
            (
                f"{UV}only numpy<=1.22.3 is available and scikit-learn>=1.1.0 depends on "
                f"numpy>=1.26{END}"
            ),
            (
                "there was no numpy>=1.26 yet on 2022-05-13; change numpy>=1.26 of "
                "requirements.txt, or use --resolve latest"
            ),
        ),
        (
            "numpy==1.26.0",
            (
                f"{UV}the requested Python version (>=3.8) does not satisfy Python>=3.9,<3.13 and "
                f"numpy==1.26.0 depends on Python>=3.9,<3.13, we can conclude{END}"
            ),
            (
                "numpy==1.26.0 of requirements.txt needs Python>=3.9,<3.13, and this is 3.8: "
                "choose one that fits"
            ),
        ),
    ],
)
def test_what_a_file_states_is_named_with_the_file(
    constraint: str, said: str, message: str
) -> None:
    request = replace(
        REQUEST,
        requirements=("scikit-learn[x]",),
        constraints=(constraint, "setuptools<=58"),
        origins={constraint: "requirements.txt"},
        cut_off=dt.datetime(2022, 5, 13, tzinfo=dt.timezone.utc),
    )
    assert name_contradiction(classify(said, {}), request).cause.message == message
    assert request.exact_pins == (("numpy",) if "==" in constraint else ())
