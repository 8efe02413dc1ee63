"""Plant changes in forks of real libraries, and see what `tfcompat candidate` makes of them.

    python benchmarks/candidate_planted.py [--only NAME ...] [--bisect]

Each of humanize, tabulate and inflection is fetched from the index as a source distribution, and
changed in one place. Of the scripts, some use that place and others do not: the first are to be
found, with what was changed, and the others are to be the same. `none` is a fork in which nothing
was changed. `--bisect` has the commit of a change found among 40. Prints a row for each.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

RELEASES = {"humanize": "4.9.0", "tabulate": "0.9.0", "inflection": "0.5.1"}

# What is tried of each library: a script for each place, by a name.
SCRIPTS = {
    "humanize": {
        "fractional": "import humanize\nprint(humanize.fractional(0.3))\n",
        "size": "import humanize\nprint(humanize.naturalsize(3_500_000))\n",
        "size_given": "import humanize\nprint(humanize.naturalsize(3_500_000, binary=False))\n",
        "comma": "import humanize\nprint(humanize.intcomma(1234567))\n",
        "ordinal": "import humanize\nprint([humanize.ordinal(n) for n in range(5)])\n",
    },
    "tabulate": {
        "rst": "import tabulate\nprint(tabulate.simple_separated_format('-'))\n",
        "plain": "import tabulate\nprint(tabulate.tabulate([[1, 2.123456]]))\n",
        "given": "import tabulate\n"
        "print(tabulate.tabulate([['a', 'b']], tablefmt='github', floatfmt='g'))\n",
        "formats": "import tabulate\nprint(len(tabulate.tabulate_formats) > 5)\n",
    },
    "inflection": {
        "plural": "import inflection\nprint([inflection.pluralize(w) for w in ('ox', 'cat')])\n",
        "slug": "import inflection\nprint(inflection.parameterize('Donald E. Knuth'))\n",
        "slug_given": "import inflection\nprint(inflection.parameterize('D. E. K.', '+'))\n",
        "title": "import inflection\nprint(inflection.titleize('man from the boondocks'))\n",
        "ordinal": "import inflection\nprint(inflection.ordinalize(103))\n",
    },
}


@dataclass(frozen=True, kw_only=True)
class Planted:
    """A change: ``before`` becomes ``after`` in a ``file`` of a library's sources.

    ``hit`` are the scripts that are to be found, as ``found`` (a part of the answer in JSON), with
    every text of ``named`` in what it says of them.
    """

    name: str
    library: str
    file: str = ""
    before: str = ""
    after: str = ""
    hit: tuple[str, ...] = ()
    found: str = "news"
    named: tuple[str, ...] = ()
    python: str = "3.12"


_SLOW = "    import time\n    until = time.perf_counter() + 0.8\n"
_SLOW += "    while time.perf_counter() < until:\n        pass\n"

CASES = (
    *(Planted(name="none", library=library) for library in RELEASES),
    Planted(
        name="removed", library="humanize", file="src/humanize/__init__.py",
        before="    fractional,\n", after="",
        hit=("fractional",), named=("humanize.fractional",),
    ),
    Planted(
        name="removed", library="tabulate", file="tabulate/__init__.py",
        before="def simple_separated_format(", after="def _separated_format(",
        hit=("rst",), named=("tabulate.simple_separated_format",),
    ),
    Planted(
        name="removed", library="inflection", file="inflection/__init__.py",
        before="def ordinalize(", after="def _ordinalize(",
        hit=("ordinal",), named=("inflection.ordinalize",),
    ),
    Planted(
        name="default", library="humanize", file="src/humanize/filesize.py",
        before="    binary: bool = False,", after="    binary: bool = True,",
        hit=("size",), named=('"kind": "default"', '"binary"'),
    ),
    Planted(
        name="default", library="tabulate", file="tabulate/__init__.py",
        before='    tablefmt="simple",\n    floatfmt=',
        after='    tablefmt="github",\n    floatfmt=',
        hit=("plain",), named=('"kind": "default"', '"tablefmt"'),
    ),
    Planted(
        name="default", library="inflection", file="inflection/__init__.py",
        before="separator: str = '-'", after="separator: str = '_'",
        hit=("slug",), named=('"kind": "default"', '"separator"'),
    ),
    Planted(
        name="rounding", library="humanize", file="src/humanize/filesize.py",
        before='    format: str = "%.1f",\n) -> str:\n',
        after='    format: str = "%.1f",\n) -> str:\n'
        "    value = float(value) * 1.02\n",
        hit=("size", "size_given"), named=('"different"',),
    ),
    Planted(
        name="rounding", library="tabulate", file="tabulate/__init__.py",
        before="        return format(float(val), floatfmt)\n",
        after="        return format(round(float(val), 2), floatfmt)\n",
        hit=("plain",), named=('"different"',),
    ),
    Planted(
        name="slower", library="inflection", file="inflection/__init__.py",
        before="    if not word or word.lower() in UNCOUNTABLES:\n        return word\n    else:\n"
        "        for rule, replacement in PLURALS:",
        after=_SLOW + "    if not word or word.lower() in UNCOUNTABLES:\n        return word\n"
        "    else:\n        for rule, replacement in PLURALS:",
        hit=("plural",), found="slower",
    ),
    Planted(
        name="slower", library="tabulate", file="tabulate/__init__.py",
        before="    if tabular_data is None:\n        tabular_data = []\n",
        after=_SLOW + "    if tabular_data is None:\n        tabular_data = []\n",
        hit=("plain", "given"), found="slower",
    ),
    Planted(
        name="dependency", library="humanize", file="pyproject.toml",
        before="[project.optional-dependencies]\n",
        after='dependencies = ["six"]\n[project.optional-dependencies]\n',
        found="packages", named=('"six"',),
    ),
    Planted(
        name="dependency", library="tabulate", file="pyproject.toml",
        before="[project.urls]\n", after='dependencies = ["six"]\n[project.urls]\n',
        found="packages", named=('"six"',),
    ),
    Planted(
        name="syntax", library="humanize", file="src/humanize/number.py",
        before="from __future__ import annotations\n",
        after="from __future__ import annotations\n\n\ndef _new(x):\n    match x:\n"
        "        case 1:\n            return 2\n\n",
        hit=tuple(SCRIPTS["humanize"]), named=("cannot compile",), python="3.8",
    ),
    Planted(
        name="syntax", library="tabulate", file="tabulate/__init__.py",
        before="import math\n", after="import math\n\n\ndef _new(x):\n    match x:\n"
        "        case 1:\n            return 2\n\n",
        hit=tuple(SCRIPTS["tabulate"]), named=("cannot compile",), python="3.8",
    ),
)  # fmt: skip


def sources(library: str, folder: Path) -> Path:
    """Return the unpacked sources of a library's release, fetched once."""
    release = RELEASES[library]
    target = folder / f"{library}-{release}"
    if not target.exists():
        words = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary"]
        words += [":all:", "--dest", str(folder), f"{library}=={release}"]
        subprocess.run(words, capture_output=True, check=False)
        archive = next(folder.glob(f"{library}-{release}.tar.gz"))
        shutil.unpack_archive(archive, folder, filter="data")
    return target


def plant(case: Planted, tree: Path) -> None:
    """Make a change in a tree; it has to have a place there."""
    if case.file:
        path = tree / case.file
        text = path.read_text(encoding="utf-8")
        if case.before not in text:
            sys.exit(f"{case.name}: {case.file} of {case.library} has no place for it")
        path.write_text(text.replace(case.before, case.after, 1), encoding="utf-8")


def ask(case: Planted, tree: Path, folder: Path, *more: str) -> Any:  # noqa: ANN401
    """Return the answer of the command, or what it said in place of one."""
    scripts = []
    for name, text in SCRIPTS[case.library].items():
        scripts.append(str(folder / f"{name}.py"))
        Path(scripts[-1]).write_text(text, encoding="utf-8")
    words = [sys.executable, "-m", "tfcompat", "candidate", str(tree), *scripts, "--json"]
    words += ["--python", case.python, *more]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    return json.loads(done.stdout) if done.stdout else done.stderr.strip()[-400:]


def wrong(case: Planted, answer: Any) -> list[str]:  # noqa: ANN401
    """Return what is wrong with an answer, in words; nothing for one that is right."""
    if isinstance(answer, str):
        return [answer]
    found = {Path(one["example"]).stem for one in answer["news"]}
    slower = {Path(one["example"]).stem for one in answer["slower"]}
    faults = []
    for part, have in (("news", found), ("slower", slower)):
        want = set(case.hit) if case.found == part else set()
        faults += [f"not found: {one}" for one in sorted(want - have)]
        faults += [f"invented: {one}" for one in sorted(have - want)]
    said = [json.dumps(one) for one in answer[case.found]]
    misses = [one for one in case.named if not said or any(one not in text for text in said)]
    faults += [f"{one} is not named" for one in misses]
    if answer["packages"] and case.found != "packages":
        faults.append("packages invented")
    if answer["untried"] or answer["broken_on_both"] or answer["fixed"]:
        faults.append("untried, broken on both or fixed")
    return faults


def git(tree: Path, *words: str) -> None:
    """Run git in a repository."""
    own = ["-c", "user.name=planted", "-c", "user.email=planted@example.invalid"]
    subprocess.run(["git", "-C", tree, *own, *words], capture_output=True, check=True)  # noqa: S607


def history(case: Planted, tree: Path, at: int) -> None:
    """Make a repository of a tree with 40 commits after a tag, one of which plants the change."""
    git(tree, "init", "--quiet")
    git(tree, "add", "--all", "--force")
    git(tree, "commit", "--quiet", "--message", "the release")
    git(tree, "tag", f"v{RELEASES[case.library]}")
    for number in range(1, 41):
        if number == at:
            plant(case, tree)
        notes = tree / "NOTES"
        notes.write_text(f"{number}\n", encoding="utf-8")
        git(tree, "add", "NOTES")
        git(tree, "commit", "--all", "--quiet", "--message", f"change {number}")


def main() -> None:
    """Try the changes, and print what came out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--only", nargs="*", metavar="NAME", help="changes by name, or such as none-tabulate"
    )
    parser.add_argument("--bisect", action="store_true", help="find commits, and nothing else")
    parser.add_argument("--at", type=int, default=23, metavar="N", help="the commit, of 40")
    parsed = parser.parse_args()
    right = tried = 0
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        for case in CASES:
            both = f"{case.name}-{case.library}"
            if parsed.only and not {case.name, both} & set(parsed.only):
                continue
            if parsed.bisect and (case.found != "news" or not case.hit or case.name == "syntax"):
                continue
            tree = folder / "fork"
            shutil.rmtree(tree, ignore_errors=True)
            shutil.copytree(sources(case.library, folder), tree)
            begun = time.monotonic()
            if parsed.bisect:
                history(case, tree, parsed.at)
                answer = ask(case, tree, folder, "--bisect")
                faults = wrong(case, answer)
                if not isinstance(answer, str):
                    found = {one["subject"] for one in answer["commits"]}
                    if found != {f"change {parsed.at}"}:
                        faults.append(f"since {found}")
            else:
                plant(case, tree)
                answer = ask(case, tree, folder, "--against", RELEASES[case.library])
                faults = wrong(case, answer)
            tried += 1
            right += not faults
            spent = time.monotonic() - begun
            said = "; ".join(faults) or "right"
            print(f"{case.name:10} {case.library:10} {spent:5.0f} s  {said}", flush=True)
    print(f"{right} of {tried} right")


if __name__ == "__main__":
    main()
