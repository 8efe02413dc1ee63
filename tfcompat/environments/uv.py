"""Environments for Python 3.6 and later, made by uv (https://docs.astral.sh/uv/)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tfcompat import processes
from tfcompat.environments import (
    BUILD_BACKENDS,
    BuildFailure,
    Environment,
    Order,
    Stopwatch,
    ordered_freeze,
    tool_environment,
)
from tfcompat.environments.failures import classify
from tfcompat.interpreters import fetched_folder

if TYPE_CHECKING:
    from pathlib import Path

    from tfcompat.releases import PackageIndex

# An hour after the last of all packages: no cut-off for those who need none.
_NEVER = "2999-01-01T00:00:00Z"


def program() -> str:
    """Return the path of the uv that this package pins."""
    # Imported late: it looks around on disk, which listing sessions need not pay for.
    from uv import find_uv_bin  # noqa: PLC0415

    return find_uv_bin()


class UvBackend:
    """Makes environments through uv, with a cache of our own and none of the user's uv.toml."""

    name = "uv"

    def __init__(self, cache: Path, index: PackageIndex) -> None:
        self._cache = cache
        self._index = index

    def build(self, order: Order) -> Environment | BuildFailure:
        """Make an environment: resolve to a lock with hashes, then install exactly that."""
        watch = Stopwatch()
        lock = order.folder / "requirements.lock"
        python = order.environment / "bin" / "python"
        with watch.phase("create"):
            made = self._uv(order, "venv", "--python", order.interpreter.path, order.environment)
        if not made.ok:
            return classify(made.output, watch.phases)
        with watch.phase("resolve"):
            resolved = self._uv(order, "pip", "compile", *self._compile_words(order, lock))
        if not resolved.ok:
            return classify(resolved.output, watch.phases)
        with watch.phase("install"):
            words: list[str | Path] = [
                "--python",
                python,
                "--requirements",
                lock,
                "--require-hashes",
                "--no-deps",
            ]
            installed = self._uv(
                order, "pip", "install", *words, *self._cut_off_words(order), "--link-mode", "copy"
            )
        if not installed.ok:
            return classify(installed.output, watch.phases)
        frozen = self._uv(order, "pip", "freeze", "--python", python)
        return Environment(
            backend=self.name,
            python=python,
            lock=lock.read_text(encoding="utf-8"),
            freeze=ordered_freeze(frozen.stdout),
            phases=watch.phases,
        )

    def _compile_words(self, order: Order, lock: Path) -> list[str | Path]:
        wanted = order.folder / "requirements.in"
        wanted.write_text("\n".join([order.pin, *order.requirements, ""]), encoding="utf-8")
        constraints = order.folder / "constraints.txt"
        constraints.write_text("\n".join([*order.constraints, ""]), encoding="utf-8")
        return [
            wanted,
            *("--constraints", constraints, "--output-file", lock, "--python", order.environment),
            *("--generate-hashes", "--no-annotate", "--no-header", "--emit-build-options"),
            # The study asks about the release's wheels; what it depends on may come as source.
            *("--only-binary", order.cell.dependency),
            *self._cut_off_words(order),
        ]

    @staticmethod
    def _cut_off_words(order: Order) -> list[str]:
        if order.cut_off is None:
            return []
        words = ["--exclude-newer", order.cut_off.isoformat()]
        for name in BUILD_BACKENDS:
            words += ["--exclude-newer-package", f"{name}={_NEVER}"]
        return words

    def _uv(self, order: Order, *words: str | Path) -> processes.Finished:
        environment = {
            **tool_environment(order.folder),
            # By variable, not by option: an index's address may hold a password.
            "UV_DEFAULT_INDEX": self._index.url,
            "UV_HTTP_TIMEOUT": "60",
            "UV_PYTHON_DOWNLOADS": "never",
        }
        general = ["--no-config", "--no-progress", "--color", "never", "--cache-dir"]
        offline = ["--offline"] if self._index.offline else []
        return processes.run(
            [program(), *words, *general, self._cache / "uv", *offline],
            environment=environment,
            cwd=order.folder,
        )


def fetchable_pythons() -> tuple[str, ...]:
    """Return the minor versions of CPython that uv offers to fetch; asks no one but uv."""
    words = ["python", "list", "--only-downloads", "--all-versions", "--no-config", "--offline"]
    listed = processes.run([program(), *words], environment={"HOME": "/nonexistent"})
    found = re.findall(r"^cpython-(3\.\d+)\.\d+-", listed.stdout, re.MULTILINE)
    return tuple(dict.fromkeys(found))


def fetch_python(python: str, cache: Path) -> str | None:
    """Have uv fetch a Python into our cache; return None, or why it could not be had."""
    folder = fetched_folder(cache)
    folder.mkdir(parents=True, exist_ok=True)
    words: list[str | Path] = [
        "python",
        "install",
        python,
        "--install-dir",
        folder,
        "--no-config",
        "--no-bin",
    ]
    fetched = processes.run(
        [program(), *words, "--color", "never", "--cache-dir", cache / "uv"],
        environment=tool_environment(folder),
    )
    if fetched.ok:
        return None
    return (fetched.stderr.strip().splitlines() or ["no reason given"])[-1].strip()
