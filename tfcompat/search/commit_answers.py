"""Since which commit a candidate breaks an example. Pure."""

from __future__ import annotations

from dataclasses import dataclass

_SHORT = 10


@dataclass(frozen=True, kw_only=True)
class Commit:
    """A commit of a repository, and the first line of its message."""

    sha: str
    subject: str

    def __str__(self) -> str:
        """Return it as git shows it in a line."""
        return f"{self.sha[:_SHORT]} {self.subject}"


@dataclass(frozen=True, kw_only=True)
class BrokenBy:
    """The first commit that breaks an example; None where only what is not committed does.

    ``passed`` are commits before it that could not be built or tried: it may be one of these.
    Without a ``commit`` it is the newest one, without which none can be found. So many were
    ``tried``.
    """

    example: str
    commit: Commit | None
    passed: tuple[Commit, ...] = ()
    tried: int = 0
