"""Regular expressions of a study: matched by a process that can be ended."""

from __future__ import annotations

import re
import threading
import time
from typing import TYPE_CHECKING

import pytest

from tfcompat.errors import InterruptedRunError, UserError
from tfcompat.util import processes, user_patterns
from tfcompat.util.user_patterns import UserPattern

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support import Project

GREEDY = r"(x+x+)+y"


@pytest.fixture(autouse=True)
def _ended() -> Iterator[None]:
    with processes.interruptible():
        yield
    user_patterns._matcher.close()


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (r"\bid=(\d+)", "id=12 id=x id=٣"),
        (r"(?i)\w+$", "naïve Ärger\n"),
        (r"a|(b)", "abc"),
        (r"\s+", "a\x1c b\u2003c\n" * 500),
        (r"é", "caf\u00e9 cafe\u0301 \ud800"),
    ],
)
def test_it_means_what_re_means(pattern: str, text: str) -> None:
    one = UserPattern("mask 'm'", pattern)
    for _ in range(2):
        assert one.search(text) == (re.search(pattern, text) is not None)
        assert one.sub(r"<\g<0>>", text) == re.sub(pattern, r"<\g<0>>", text)


def test_what_takes_too_long_is_ended_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(user_patterns, "LIMIT", 0.5)
    one = UserPattern("mask 'id'", GREEDY)
    with pytest.raises(UserError, match=r"mask 'id': the pattern '\(x\+x\+\)\+y' takes more than"):
        one.search("x" * 40)
    # Nothing is left of it, and the next text has its answer.
    assert one.search("xxy")


def test_an_interrupt_ends_it_at_once() -> None:
    one = UserPattern("mask 'id'", GREEDY)
    assert one.search("xxy")
    begun = time.monotonic()
    threading.Timer(0.3, processes.interrupt).start()
    with pytest.raises(InterruptedRunError):
        one.search("x" * 41)
    assert time.monotonic() - begun < user_patterns.LIMIT


def test_the_command_says_which_pattern_it_was(project: Project) -> None:
    more = f"  mask: {{id: '{GREEDY}'}}\n  baselines: {{tests: 1.16.0}}\n"
    project.study("steady.py", more=more)
    script = project.folder / "tests" / "steady.py"
    script.write_text("import six\nprint('x' * 40, six.__version__)\n", encoding="utf-8")
    ended = project.tfcompat("run", "--release", "1.16.0", "--release", "1.15.0")
    assert ended.returncode == 2, ended.said
    assert "mask 'id': the pattern" in ended.said
    assert "Traceback" not in ended.said
