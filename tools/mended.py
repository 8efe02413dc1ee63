"""Makes the table of what mends each release: results/published/mended.md.

    python tools/mended.py [--releases minors] [--results DIR] [TARGET]

For each release of TensorFlow, on the Python of its day: can it be imported with the packages of
today; if not, which package broke it, with which release, and which bound mends it, proven by an
environment with that bound. What was found before is not tried again.
"""

from __future__ import annotations

import argparse
import datetime as dt
import tempfile
from pathlib import Path

from rich.console import Console

from tfcompat.errors import TfcompatError
from tfcompat.execution.campaign_run import RunOptions
from tfcompat.execution.progress import Progress
from tfcompat.planning.plan import Selection
from tfcompat.planning.study import FILE_NAME
from tfcompat.search.drifts import Question, find_bounds
from tfcompat.search.request import SearchRequest, plan_of

ROOT = Path(__file__).parent.parent
TARGET = ROOT / "results" / "published" / "mended.md"
SCRIPT = "import tensorflow as tf\n\nprint(tf.__version__)\n"
HEAD = """# What to pin so that an old TensorFlow can be imported today

Each release on the newest Python of its day (as `tfcompat run` chooses it), installed as pip
installs it on {day}. Where it cannot be imported: the package that broke it, its first release that
does, and what to add to the requirements. Each line was tried: the release fails without, and
imports with these bounds and nothing else. `python tools/mended.py` makes the table.

| release | Python | as installed today | broken by | first bad release | add to the requirements |
|---|---|---|---|---|---|
"""


def row(script: Path, release: str, options: RunOptions, progress: Progress) -> str:
    """Return the row of a release."""
    request = SearchRequest(
        selection=Selection(config=ROOT / FILE_NAME, releases=(release,)),
        scripts=(script,),
        dependency="tensorflow",
    )
    try:
        answer = find_bounds(Question(request=request), options, progress, by_pip=False)
    except TfcompatError as error:
        return f"| {release} | | {error} | | | |"
    mending = answer.mending
    if mending.works and not mending.is_needed:
        return f"| {release} | {answer.subject.python} | imports | | | |"
    culprits = [one for finding in mending.findings for one in finding.culprits]
    first = mending.findings[0]
    cells = [
        release,
        answer.subject.python,
        first.error.replace("|", "\\|") or first.outcome.value,
        ", ".join(one.package for one in culprits) or "not found",
        ", ".join(one.first_bad for one in culprits),
        " ".join(f"`{bound}`" for bound in mending.bounds) if mending.works else "nothing found",
    ]
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Write the table, a row for each release as it is found."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("target", nargs="?", type=Path, default=TARGET)
    parser.add_argument("--releases", nargs="*", default=["minors", "1.4.0"])
    parser.add_argument("--results", type=Path, default=ROOT / "results" / "mended")
    parsed = parser.parse_args()
    options = RunOptions(results=parsed.results, causes=False)
    with tempfile.TemporaryDirectory() as folder, Progress(Console(stderr=True)) as progress:
        script = Path(folder, "import_tensorflow.py")
        script.write_text(SCRIPT, encoding="utf-8")
        selection = Selection(config=ROOT / FILE_NAME, releases=tuple(parsed.releases))
        asked = SearchRequest(selection=selection, scripts=(script,), dependency="tensorflow")
        plan, _ = plan_of(asked)
        today = dt.datetime.now(dt.timezone.utc)
        text = HEAD.format(day=f"{today.day} {today:%B %Y}")
        for cell in plan.cells:
            text += row(script, cell.release, options, progress) + "\n"
            parsed.target.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
