"""Sessions for users (run_examples, frontier, report) and contributors (lint, typecheck, tests)."""

from __future__ import annotations

import sys
from pathlib import Path

try:
    import nox

    from tfcompat.cli import nox_sessions
except ModuleNotFoundError as missing:
    print(  # noqa: T201 - nox has not begun to log
        f"{missing.name} is not installed beside this nox; use the project's own:  "
        "python3 -m venv .venv && .venv/bin/pip install -e . && .venv/bin/nox -l",
        file=sys.stderr,
    )
    raise SystemExit(2) from None

nox.needs_version = ">=2026.10.20"
nox.options.sessions = ["lint", "typecheck", "tests"]
nox.options.default_venv_backend = "uv"
nox.options.reuse_venv = "yes"

nox_sessions.interrupt_on_sigterm()


@nox.session(venv_backend="none", allow_parallel=True)
@nox.parametrize("tf,python", nox_sessions.parameters(Path(__file__).parent))
def run_examples(session: nox.Session, tf: str, python: str) -> None:
    """Try every example on one release: build its environment, run, compare, store."""
    nox_sessions.run_cell(session, tf, python)


@nox.session(venv_backend="none")
def quick(session: nox.Session) -> None:
    """Try every example on the newest release that opens here, by the published baselines."""
    nox_sessions.run_module(session, "tfcompat", "run", *nox_sessions.QUICKLY)


@nox.session(venv_backend="none")
def report(session: nox.Session) -> None:
    """Render the stored results as results/report/index.html."""
    nox_sessions.run_module(session, "tfcompat", "report")


@nox.session(venv_backend="none")
def frontier(session: nox.Session) -> None:
    """Find the releases between which each example works, and what stops it."""
    nox_sessions.run_module(session, "tfcompat", "frontier")


@nox.session(venv_backend="none")
def examples_baseline(session: nox.Session) -> None:
    """Run each family at its baseline, and show how steady its examples are."""
    nox_sessions.run_module(session, "tfcompat.cli.baselines")


@nox.session(venv_backend="none")
def corpus(session: nox.Session) -> None:
    """Search scripts of many libraries whose edges are known, and compare the answers."""
    session.run(sys.executable, "tests/corpus/check.py", *session.posargs, external=True)


@nox.session(venv_backend="none")
def docs(session: nox.Session) -> None:
    """Make the reference of caliper.yaml, and the JSON Schemas, from the models."""
    nox_sessions.run_module(session, "tfcompat.planning.schema_docs", "docs")
    nox_sessions.run_module(session, "tfcompat.report.json_schemas", "docs")


@nox.session
def lint(session: nox.Session) -> None:
    """Check style, formatting, and which room imports which."""
    nox_sessions.install(session, "--group", "lint")
    session.run("ruff", "check", *session.posargs)
    session.run("ruff", "format", "--check")
    session.run("lint-imports", "--no-logo")


@nox.session
def typecheck(session: nox.Session) -> None:
    """Check types, strictly, of the package, the tests and this file."""
    nox_sessions.install(session, "-e", ".", "--group", "typecheck")
    session.run("mypy", *session.posargs)


@nox.session
def tests(session: nox.Session) -> None:
    """Run the unit and integration tests; `-- unit` runs the first alone."""
    nox_sessions.install(session, "-e", ".", "--group", "test")
    # Tests start some thousand processes, and a machine may forbid them to keep what they compile.
    session.run("python", "-m", "compileall", "-q", "tfcompat", silent=True)
    words = list(session.posargs)
    kind = words.pop(0) if words[:1] in (["unit"], ["integration"]) else None
    parts = {
        "unit": (["tests/unit", "-n", "auto"],),
        "integration": (
            ["tests/integration", "-m", "not alone", "-n", "auto"],
            ["tests/integration", "-m", "alone"],
        ),
    }
    for part in parts[kind] if kind else (*parts["unit"], *parts["integration"]):
        # A word such as -k may leave none of a part.
        session.run("pytest", *part, *words, success_codes=[0, 5] if words else [0])


@nox.session(python="3.10")
def lowest(session: nox.Session) -> None:
    """Run the unit tests with the oldest Python and the oldest packages that are supported."""
    nox_sessions.install(session, "--resolution", "lowest-direct", "-e", ".", "--group", "test")
    session.run("pytest", *(session.posargs or ["tests/unit", "-n", "auto"]))
