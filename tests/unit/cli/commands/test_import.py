"""``tfcompat import``: what it prints, and what it refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from caliper_folder import CaliperFolder, Size

from tfcompat.cli.main import main

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("signals")


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    size = Size(releases=4, pythons=1, scripts=3, files=4, no_wheel=1, build_failed=1, chatter=150)
    source = CaliperFolder(size).write(tmp_path / ".caliper" / "data")
    results = tmp_path / "results"
    words = ["import", str(tmp_path), "--results", str(results)]
    assert main(words) == 0
    assert f"{results}: 4 cells, 6 runs" in capsys.readouterr().out
    assert main([*words, "--baseline", "tests/tensorflow_v1=7.7.7"]) == 2
    assert "has no release '7.7.7'" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main([*words, "--baseline", "1.0.0"])
    assert "FOLDER=RELEASE" in capsys.readouterr().err
    assert source.is_dir()
