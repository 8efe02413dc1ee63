"""Environments whose files are links into the cache, and that no run can write through them.

A hard link costs nothing, but what writes to it writes to the cache, and so into the environments
of all other cells. So every process that works in a linked environment sees it under an overlay:
what it writes lands in a folder of the cell's. Where the system allows no overlay, environments are
copies.
"""

from __future__ import annotations

import os
import secrets
import sys
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from tfcompat.environments import namespaces
from tfcompat.environments.namespaces import OPEN, OverlayMount
from tfcompat.util import processes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tfcompat.environments.namespaces import Closed, VisibleFiles

_SECONDS = 20


@dataclass(frozen=True, kw_only=True)
class Overlay:
    """An overlay over ``folder/env``; ``layers`` lie between what is written and what is there.

    At most one launcher at a time may use it.
    """

    folder: Path
    layers: tuple[Path, ...] = ()

    @property
    def written(self) -> Path:
        """The folder with everything that was written to the environment."""
        return self.folder / "written"

    def wrap(
        self,
        words: Sequence[str | Path],
        environment: Mapping[str, str],
        folder: Path,
        readable: Sequence[Path] = (),
        *,
        closed: Closed = OPEN,
    ) -> processes.Invocation:
        """Return how to start a command under the overlay."""
        files = namespaces.visible(
            closed, writable=[folder, self.folder / "env"], readable=readable
        )
        return processes.Invocation(
            command=self.command(words, network=closed.network, files=files),
            environment=environment,
            cwd=self.folder,
        )

    def command(
        self,
        words: Sequence[str | Path],
        *,
        network: bool = False,
        files: VisibleFiles | None = None,
    ) -> list[str | Path]:
        """Return a command that does the same under the overlay; started in ``folder``."""
        work = self.folder / "overlay"
        for folder in (self.written, work):
            folder.mkdir(exist_ok=True)
        # Relative names: a comma or a colon in the cache's own path would be read as a separator.
        # A layer may have had to make room meanwhile.
        layers = [os.path.relpath(path, self.folder) for path in self.layers if path.exists()]
        mount = OverlayMount(target="env", layers=tuple(layers), upper="written", work="overlay")
        return namespaces.command(words, network=network, overlay=mount, files=files)


@cache
def possible(place: Path) -> bool:
    """Tell whether overlays work in a folder here: one is tried, and written through."""
    if sys.platform != "linux":
        return False
    with tempfile.TemporaryDirectory(dir=place) as name:
        folder = Path(name)
        below = folder / "env" / "file"
        below.parent.mkdir()
        below.write_text("below", encoding="ascii")
        token = secrets.token_hex(4)
        script = "import sys; open('env/file', 'w').write(sys.argv[1])"
        words: list[str | Path] = [sys.executable, "-I", "-S", "-c", script, token]
        environment = {"PATH": os.defpath}
        done = processes.run(
            Overlay(folder=folder).command(words),
            environment=environment,
            cwd=folder,
            timeout=_SECONDS,
        )
        written = folder / "written" / "file"
        return (
            done.ok
            and below.read_text(encoding="ascii") == "below"
            and written.exists()
            and written.read_text(encoding="ascii") == token
        )
