"""How installers are run: what they see of the user, and when they are given up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tfcompat.environments.installers import InstallerStopped, installer_environment, run_step
from tfcompat.util import processes
from tfcompat.util.processes import Finished, Limit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path


def test_tools_see_the_network_of_the_user_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    kept = {"HTTPS_PROXY": "http://proxy:1", "SSL_CERT_FILE": "/ca.pem"}
    hostile = (
        *("PYTHONPATH", "PYTHONHOME", "PIP_INDEX_URL", "PIP_USER", "PIP_EXTRA_INDEX_URL"),
        *("UV_PYTHON", "UV_INDEX", "UV_CONFIG_FILE", "VIRTUAL_ENV", "LD_PRELOAD", "SECRET"),
    )
    for name in hostile:
        monkeypatch.setenv(name, "hostile")
    for name, value in kept.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PATH", "/usr/bin")
    monkeypatch.setattr("tfcompat.util.network._pip_option", lambda *_: None)
    assert installer_environment(tmp_path) == {
        "HOME": str(tmp_path),
        "TMPDIR": str(tmp_path),
        "LC_ALL": "C.UTF-8",
        "PYTHONIOENCODING": "utf-8",
        "PATH": "/usr/bin",
        **kept,
    }


class Installer:
    """Stands for `processes.run`: a program that ends in a given way."""

    def __init__(self, returncode: int | None, limit: Limit | None = None) -> None:
        self.returncode = returncode
        self.limit = limit
        self.timeouts: list[float] = []
        self.bounds: list[int] = []

    def run(
        self,
        command: Sequence[str],
        *,
        environment: Mapping[str, str],
        cwd: Path | None,
        timeout: float,
        most_written: int,
    ) -> Finished:
        assert environment == {"A": "b"}
        assert cwd is None
        self.timeouts.append(timeout)
        self.bounds.append(most_written)
        words = tuple(command)
        return Finished(
            command=words, returncode=self.returncode, stdout="", stderr="", limit=self.limit
        )


@pytest.mark.parametrize("returncode", [0, 2])
def test_a_step_that_ends_by_itself(monkeypatch: pytest.MonkeyPatch, returncode: int) -> None:
    installer = Installer(returncode)
    monkeypatch.setattr(processes, "run", installer.run)
    assert run_step(["/bin/uv", "pip"], environment={"A": "b"}).returncode == returncode
    monkeypatch.setenv("TFCOMPAT_STEP_SECONDS", "60")
    monkeypatch.setenv("TFCOMPAT_STEP_BYTES", "1000")
    run_step(["/bin/uv", "pip"], environment={"A": "b"})
    assert installer.timeouts == [3600, 60]
    assert installer.bounds == [12_000_000_000, 1000]


@pytest.mark.parametrize(
    ("returncode", "limit", "said"),
    [
        (None, Limit.TIME, "did not end within 3600 s"),
        (None, Limit.WRITTEN, "wrote more than 12 GB"),
        (-9, None, "was ended by SIGKILL"),
    ],
)
def test_an_installer_that_was_stopped(
    monkeypatch: pytest.MonkeyPatch, returncode: int | None, limit: Limit | None, said: str
) -> None:
    monkeypatch.setattr(processes, "run", Installer(returncode, limit).run)
    with pytest.raises(InstallerStopped, match=f"uv {said}"):
        run_step(["/bin/uv", "pip"], environment={"A": "b"})
