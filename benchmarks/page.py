"""Time the report of a large campaign: how long it takes, how large it is.

    python benchmarks/page.py [CELLS] [EXAMPLES]

Writes result files of made-up cells (default: 750 of 24 examples, so 18,000 runs), builds the page
from them, and opens it in Chromium (on PATH, or named by TFCOMPAT_CHROMIUM): seconds to the first
view, and milliseconds for a filter, a search, an entry and a key, to the next frame.
"""

from __future__ import annotations

import os
import random
import shutil
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from playwright.sync_api import sync_playwright

from tfcompat.report import page
from tfcompat.report.build import build_report, read_campaign
from tfcompat.results.schema import Build, CellEnvironment, CellResult, Example, Inputs, to_document
from tfcompat.results.verdicts import Basis, Cause, CauseKind, Verdict
from tfcompat.util.files import write_json

CHROMIUM = os.environ.get("TFCOMPAT_CHROMIUM") or shutil.which("chromium")
PYTHONS = ("2.7", "3.6", "3.7", "3.8", "3.9", "3.10", "3.11")
VERDICTS = (Verdict.SAME, Verdict.FAILED, Verdict.DIFFERENT)
ROUNDS = 5
# What a user does, as the script that does it; each ends with the next frame that is drawn.
ACTIONS = {
    "filter by verdict": "set('verdict', 'different')",
    "filter by Python": "set('python', '3.7')",
    "search": "set('q', 'example_1')",
    "all again": "location.hash = ''",
    "order": "set('sort', 'newest')",
    "releases of an example": "document.querySelectorAll('#grid [role=rowheader] span')[2].click()",
    "open an entry": "document.querySelectorAll('#grid .entry')[400].click()",
    "plots of an entry": "document.querySelector('#details details summary').click()",
    "picture of an entry": "document.querySelectorAll('#details details summary')[1].click()",
    "bars of all examples": "document.querySelector('#overview summary').click()",
    "largest failure": "[...document.querySelectorAll('#overview summary')].find("
    "(one) => one.textContent.includes(' failed: ')).click()",
    "scroll": "document.getElementById('grid').parentElement.scrollLeft = 9000",
    "a key": "document.getElementById('grid').dispatchEvent("
    "new KeyboardEvent('keydown', {key: 'ArrowRight', bubbles: true}))",
}
TIMED = """(action) => new Promise((done) => {
  const set = (name, value) => {
    const field = document.querySelector(`#filters [name=${name}]`);
    field.value = value;
    field.dispatchEvent(new Event("input", {bubbles: true}));
  };
  const begun = performance.now();
  new Function("set", action)(set);
  // What follows from it (a new address, an unfolded part) is a task of its own, before the frame.
  setTimeout(() => requestAnimationFrame(() => setTimeout(() => done(performance.now() - begun))));
})"""


def example(chance: random.Random, number: int) -> Example:
    """Return a made-up run that printed some metrics, or failed in one of fifty ways."""
    verdict = chance.choices(VERDICTS, (5, 4, 1))[0]
    if verdict is Verdict.FAILED:
        symbol = f"tensorflow.part_{chance.randrange(50)}"
        cause = Cause(kind=CauseKind.REMOVED_API, message=f"no {symbol}", symbol=symbol)
        error = [f"line {n} of what was called\n" for n in range(20)] + [f"no {symbol}\n"]
        return Example(retval=1, seconds=2, error=error, verdict=verdict, cause=cause)
    shift = chance.random() if verdict is Verdict.DIFFERENT else 0.0
    output = [f"loss_{step}: {1 / (step + number + 1) + shift:.6f}\n" for step in range(40)]
    basis = Basis.EXACT if verdict is Verdict.SAME else None
    return Example(retval=0, seconds=9, output=output, verdict=verdict, basis=basis)


def write(folder: Path, cells: int, examples: int) -> None:
    """Write the result files of a campaign."""
    chance = random.Random(7)
    for number in range(cells):
        release, python = f"{1 + number // 350}.{number // 7 % 50}.0", PYTHONS[number % 7]
        name = f"pypi-tensorflow-{release}-python-cp{python.replace('.', '')}"
        cell = CellResult(
            inputs=Inputs(dependency="tensorflow", name=name),
            environment=CellEnvironment(release=release, python=python, resolve="release"),
            freeze=[f"package-{n}=={n}.{number % (n + 1)}\n" for n in range(40)],
            build=Build(retval=0),
            examples={f"ex/example_{n}.py": example(chance, n) for n in range(examples)},
        )
        write_json(folder / f"{name}.json", to_document(cell))


def main() -> None:
    """Print sizes and times."""
    numbers = [int(word) for word in sys.argv[1:]]
    cells, examples = numbers if len(numbers) == 2 else (750, 24)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder, cells, examples)
        begun = time.monotonic()
        campaign = read_campaign(folder)
        read = time.monotonic()
        text = page.render(build_report([campaign]))
        print(f"{cells} cells, {cells * examples} runs: read {read - begun:.1f} s, page "
              f"{time.monotonic() - read:.1f} s, {len(text.encode()) / 1e6:.1f} MB")  # fmt: skip
        target = folder / "index.html"
        target.write_text(text, encoding="utf-8")
        show(target)


def show(target: Path) -> None:
    """Open a page, do what a user does, and print how long each takes: the median of five."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        views: list[float] = []
        times: dict[str, list[float]] = {}
        for _ in range(ROUNDS):
            view = browser.new_page(viewport={"width": 1280, "height": 900})
            begun = time.monotonic()
            view.goto(target.as_uri())
            view.wait_for_selector("#grid .entry")
            views.append(time.monotonic() - begun)
            view.evaluate("new Promise((done) => requestIdleCallback(done))")
            for what, action in ACTIONS.items():
                times.setdefault(what, []).append(view.evaluate(TIMED, action))
            view.close()
        browser.close()
    print(f"first view: {median(views):.2f} s")
    for what, each in times.items():
        print(f"{what}: {median(each):.0f} ms ({min(each):.0f} to {max(each):.0f})")


if __name__ == "__main__":
    main()
