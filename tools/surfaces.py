"""Packs the surfaces of a library that are in the cache, for shipping with the package.

    tfcompat surface tensorflow --release minors --release 1.4.0
    python tools/surfaces.py tensorflow

It takes what is kept of any stable release, each on its default Python, and writes
``tfcompat/data/surfaces/NAME.json.xz``.
"""

from __future__ import annotations

import json
import lzma
import sys
from pathlib import Path
from typing import Any

from tfcompat.breaks.shipped import packed
from tfcompat.breaks.store import SurfaceStore
from tfcompat.planning.plan import Selection, lay_out
from tfcompat.planning.study import Study, validate

DATA = Path(__file__).parent.parent / "tfcompat" / "data" / "surfaces"


def main() -> None:
    """Write the file of the library that the command line names."""
    (name,) = sys.argv[1:]
    analysis = validate(Path(name), {"analysis": {"dependency": name, "tests": ["-"]}})
    study = Study(path=Path(name), root=Path(), analysis=analysis, examples=())
    plan = lay_out(study, Selection(releases=("all",)))
    store = SurfaceStore(cache=plan.cache)
    answers: dict[str, Any] = {}
    for cell in plan.cells:
        path = store.path(cell)
        if path.exists():
            answers[cell.release] = json.loads(lzma.decompress(path.read_bytes()))
    content = packed(answers)
    DATA.mkdir(exist_ok=True)
    (DATA / f"{name}.json.xz").write_bytes(content)
    print(f"{len(answers)} releases, {len(content) / 1e6:.1f} MB")  # noqa: T201 - a script


main()
