"""caliper.yaml: every key, what is refused, and with which message."""

from __future__ import annotations

import datetime as dt
import os
import textwrap
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfcompat.errors import StudyError
from tfcompat.planning.command import Command
from tfcompat.planning.release_specs import ALL_RELEASES, parse_release_spec
from tfcompat.planning.schema import (
    Analysis,
    Baseline,
    Container,
    ExampleTolerance,
    check_resolve,
    python_version,
    resolve_date,
)
from tfcompat.planning.study import Study, load_study

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Load = Callable[[str], Study]

DATA = Path(__file__).parents[1] / "data"
MINIMAL = "dependency: foo\ntests: [ex/one.py]\n"


def write(folder: Path, *paths: str) -> None:
    for path in paths:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text("print(1)\n", encoding="utf-8")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    write(folder, "ex/one.py", "ex/two.py", "ex/deep/three.py", "other/four.py", "data/x.csv")
    return folder


@pytest.fixture
def load(root: Path) -> Load:
    """Return a function that loads a study whose `analysis` holds the text given."""

    def load(keys: str) -> Study:
        body = textwrap.indent(textwrap.dedent(keys), "  ")
        (root / "caliper.yaml").write_text(f"analysis:\n{body}", encoding="utf-8")
        return load_study(root)

    return load


def refusal(load: Load, keys: str) -> str:
    with pytest.raises(StudyError) as caught:
        load(keys)
    text = str(caught.value)
    assert "caliper.yaml" in text
    assert "\n" not in text
    return text


def test_defaults(load: Load) -> None:
    analysis = load(MINIMAL).analysis
    assert analysis.versions == (ALL_RELEASES,)
    assert analysis.python_versions == ()
    assert analysis.packagemanager == "pypi"
    assert analysis.resolve == "release"
    assert (analysis.timeout, analysis.repeats, analysis.threads) == (600, 6, 1)
    assert (analysis.tolerance.relative, analysis.tolerance.absolute) == (1e-5, 1e-8)
    assert (analysis.output, analysis.memory, analysis.disk) == (10**6, 4 * 10**9, 20 * 10**9)
    assert analysis.interpreters == "auto"
    assert analysis.container.image == "docker.io/library/python:{python}"
    assert analysis.prefer == "virtualenv"


FULL = """
name: Full
packagemanager: pypi
dependency: foo
versions: [minors, 1.4.0, ">=2.4,<2.6"]
python_versions: [cp27, 3.10]
tests: ["ex/*.py"]
args: {a: [1, 2]}
stdin: data/x.csv
environment: {LEVEL: 3, ex: {MODE: x}}
cwd: {ex: data}
figures: {ex: true}
dockerfile: FROM scratch
baselines:
  ex: {release: 1.12.3, python: cp36}
  "ex/t*.py": 2.20
resolve: 2021-01-05
requirements: [scikit-learn]
constraints: [numpy==1.26]
downstream: [bar==2]
files: [data]
timeout: 12.5
repeats: 3
threads: 2
tolerance:
  relative: 1e-3
  absolute: 1e-4
  figures: 20
  examples: {ex/one.py: {relative: 0.5}}
  lines: {"^loss": {absolute: 2}}
mask: {build-id: "build [0-9a-f]+"}
output: 2MB
memory: 512MiB
scratch: 1GB
network: open
disk: 1GB
interpreters: never
container: {engine: podman, image: {cp27: "a:2", 3.10: b}}
prefer: {2.7: container}
"""


def test_every_key(load: Load) -> None:
    given_keys = load(FULL).analysis
    assert set(Analysis.model_fields) == given_keys.model_fields_set
    assert given_keys.model_dump() == {
        "name": "Full",
        "packagemanager": "pypi",
        "dependency": "foo",
        "versions": ("minors", "1.4.0", ">=2.4,<2.6"),
        "python_versions": ("2.7", "3.10"),
        "tests": ("ex/*.py",),
        "args": {"a": ("1", "2")},
        "stdin": "data/x.csv",
        "environment": {"LEVEL": "3", "ex": {"MODE": "x"}},
        "cwd": {"ex": "data"},
        "figures": {"ex": True},
        "dockerfile": "FROM scratch",
        "baselines": {
            "ex": {"release": "1.12.3", "python": "3.6"},
            "ex/t*.py": {"release": "2.20", "python": None},
        },
        "resolve": "2021-01-05",
        "requirements": ("scikit-learn",),
        "constraints": ("numpy==1.26",),
        "downstream": ("bar==2",),
        "files": ("data",),
        "timeout": 12.5,
        "repeats": 3,
        "threads": 2,
        "tolerance": {
            "relative": 1e-3,
            "absolute": 1e-4,
            "figures": 20.0,
            "examples": {"ex/one.py": {"relative": 0.5, "absolute": 1e-8, "figures": 5.0}},
            "lines": {"^loss": {"relative": 1e-5, "absolute": 2}},
        },
        "mask": {"build-id": "build [0-9a-f]+"},
        "output": 2_000_000,
        "memory": 512 * 2**20,
        "scratch": 10**9,
        "network": "open",
        "disk": 10**9,
        "interpreters": "never",
        "container": {"engine": "podman", "image": {"2.7": "a:2", "3.10": "b"}},
        "prefer": {"2.7": "container"},
    }


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ("name: [a]", "`name`"),
        ("packagemanager: conda", "`packagemanager`: input should be 'pypi' (it is 'conda')"),
        ("dependency: foo bar", "`dependency`"),
        ("dependency: -r evil.txt", "`dependency`"),
        ("versions: [1.4.0, nonsense!]", "`versions.1`: 'nonsense!' is neither a release"),
        ("versions: [minor]", "(did you mean 'minors'?)"),
        ("versions: ['>=2.4 <']", "neither a release"),
        ("python_versions: [4.1]", "`python_versions.0`: '4.1' is no Python version"),
        ("python_versions: [3.6.15]", "write it as 3.6 or cp36"),
        ("tests: []", "`tests`"),
        ("tests: {a: b}", "`tests`"),
        ("dockerfile: [a]", "`dockerfile`"),
        ("baselines: {ex: {release: 1.0, pyhton: 3.6}}", "`baselines.ex.pyhton` (did you mean"),
        ("baselines: {ex: {python: 3.6}}", "the key `baselines.ex.release` is missing"),
        ("baselines: {ex: {release: 1.0, python: three}}", "`baselines.ex.python`"),
        ("baselines: {ex: 1.0@three}", "`baselines.ex.python`: 'three' is no Python version"),
        ("baselines: {ex: 1.0@}", "`baselines.ex.python`: '' is no Python version"),
        ("baselines: {ex: '@3.6'}", "`baselines.ex.release`: '' is no release"),
        ("baselines: [ex]", "`baselines`"),
        ("resolve: today", "is not one of: release, latest, a date such as 2021-01-05"),
        ("requirements: {a: b}", "`requirements`"),
        ("timeout: 0", "`timeout`"),
        ("timeout: soon", "`timeout`"),
        ("timeout: nan", "`timeout`"),
        ("repeats: 0", "`repeats`"),
        ("repeats: 1.5", "`repeats`"),
        ("threads: 0", "`threads`"),
        ("tolerance: {relative: -1}", "`tolerance.relative`"),
        ("tolerance: {relativ: 1}", "`tolerance.relativ` (did you mean 'relative'?)"),
        ("tolerance: {examples: {ex: {line: 1}}}", "unknown key `tolerance.examples.ex.line`"),
        ("tolerance: {lines: {'(': {relative: 1}}}", "is no regular expression"),
        ("tolerance: 5", "`tolerance`"),
        ("mask: {id: '['}", "`mask.id`: '[' is no regular expression"),
        ("output: 10", "`output`"),
        ("output: huge", "`output`"),
        ("memory: 1kB", "`memory`"),
        ("scratch: 1kB", "`scratch`"),
        ("disk: much", "`disk`"),
        ("interpreters: always", "`interpreters`: input should be 'auto' or 'never'"),
        ("container: {engine: docker}", "`container.engine`"),
        ("container: {imgae: x}", "`container.imgae` (did you mean 'image'?)"),
        ("prefer: docker", "`prefer"),
        ("prefer: {2.7: docker}", "`prefer"),
        ("tolerance: {relative: inf}", "`tolerance.relative`: input should be a finite number"),
        ("tolerance: {examples: {ex: {absolute: inf}}}", "`tolerance.examples.ex.absolute`"),
        ("timeout: inf", "`timeout`: input should be a finite number"),
        ("versions: []", "`versions`"),
        ("mask: {step: 'x*'}", "`mask.step`: 'x*' matches empty text"),
        ("mask: {step: '('}", "`mask.step`: '(' is no regular expression"),
        ("requirements: ['-r evil.txt']", "`requirements.0`: '-r evil.txt' is no requirement"),
        # What YAML would make something else of by a tag.
        ("repeats: !!int abc", "is no valid YAML"),
        ("name: !!bool x", "is no valid YAML"),
        ("name: !!timestamp x", "is no valid YAML"),
        # What is no glob, and what no file system could hold.
        ("files: ['**.py']", "`files`: nothing matches '**.py'"),
        (f"files: ['{'a' * 300}']", "`files`: nothing matches 'aaa"),
        ('files: ["a\\0"]', "`files`: nothing matches 'a\\x00'"),
        ("'x]': 1", "unknown key `x]`"),
        ("dependancy: foo", "unknown key `dependancy` (did you mean 'dependency'?)"),
        ("zzz: 1", "unknown key `zzz`; known are name, packagemanager, dependency"),
    ],
)
def test_refused(load: Load, keys: str, said: str) -> None:
    key = keys.partition(":")[0]
    rest = "".join(f"{line}\n" for line in MINIMAL.splitlines() if not line.startswith(f"{key}:"))
    assert said in refusal(load, f"{rest}{keys}\n")


def test_a_name_that_no_result_can_hold_is_refused(load: Load, root: Path) -> None:
    odd = root / "ex" / os.fsdecode(b"odd\xff.py")
    odd.touch()
    with pytest.raises(StudyError, match=r"odd\\xff\.py' is not UTF-8"):
        load("dependency: foo\ntests: [ex/*.py]\n")
    assert load(MINIMAL).examples == ("ex/one.py",)


def test_all_faults_are_told_at_once(load: Load) -> None:
    said = refusal(load, "tests: [ex/one.py]\nrepeats: 0\nthread: 1\n")
    assert "the key `dependency` is missing" in said
    assert "`repeats`" in said
    assert "(did you mean 'threads'?)" in said


def test_an_empty_key_is_an_absent_one(load: Load) -> None:
    analysis = load(f"{MINIMAL}versions:\nrepeats: ~\nbaselines: null\n").analysis
    assert analysis.versions == (ALL_RELEASES,)
    assert (analysis.repeats, analysis.baselines) == (6, {})


def test_unquoted_versions_stay_text(load: Load) -> None:
    keys = "versions: [2.20, 1.10, 3]\npython_versions: [3.10, 2.7]\nbaselines: {ex: 2.20}\n"
    analysis = load(f"{MINIMAL}{keys}").analysis
    assert tuple(map(str, analysis.versions)) == ("2.20", "1.10", "3")
    assert analysis.python_versions == ("3.10", "2.7")
    assert analysis.baselines["ex"] == Baseline(release="2.20")
    analysis = load(f"{MINIMAL}baselines: {{ex: 2.20@3.10, b: 1.0@cp36}}\n").analysis
    assert analysis.baselines["ex"] == Baseline(release="2.20", python="3.10")
    assert analysis.baselines["b"] == Baseline(release="1.0", python="3.6")


@pytest.mark.parametrize("word", ["yes", "no", "on", "true", "0x10", "1_000", "12:30", "1e3"])
def test_nothing_but_null_is_special(load: Load, word: str) -> None:
    assert load(f"{MINIMAL}name: {word}\n").analysis.name == word


def test_a_single_value_is_a_list_of_one(load: Load) -> None:
    study = load("dependency: foo\ntests: ex/one.py\nversions: 1.10\npython_versions: cp310\n")
    assert study.tests == ("ex/one.py",)
    assert tuple(map(str, study.analysis.versions)) == ("1.10",)
    assert study.analysis.python_versions == ("3.10",)


@pytest.mark.parametrize(
    ("keys", "key"),
    [
        (f"{MINIMAL}repeats: 1\nrepeats: 2\n", "repeats"),
        (f"{MINIMAL}baselines: {{ex: 1.0, ex: 2.0}}\n", "ex"),
    ],
)
def test_duplicate_keys(load: Load, keys: str, key: str) -> None:
    assert f"the key '{key}' is given twice" in refusal(load, keys)


def test_the_merge_key_may_repeat_what_it_merges(load: Load) -> None:
    keys = "args: {one: &one {release: 1.0}}\nbaselines: {ex: {<<: *one, python: 3.6}}\n"
    assert load(MINIMAL + keys).analysis.baselines["ex"] == Baseline(release="1.0", python="3.6")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "must have the one top key `analysis`"),
        ("[]", "it has no keys"),
        ("{}", "it has none"),
        ("other: {}\n", "it has other"),
        ("analysis: {}\nmore: 1\n", "it has analysis, more"),
        ("analysis: text\n", "`analysis` must hold keys"),
        ("analysis:\n", "`analysis` must hold keys"),
        ("analysis: {\n", "is no valid YAML"),
        ("analysis: *nowhere\n", "is no valid YAML"),
        ("analysis: !!python/object:os.system {}\n", "is no valid YAML"),
        ("a: 1\n---\nb: 2\n", "is no valid YAML"),
        ("\x00", "is no valid YAML"),
        ("[" * 5000, "is no valid YAML"),
    ],
)
def test_no_study(root: Path, text: str, said: str) -> None:
    (root / "caliper.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(StudyError) as caught:
        load_study(root / "caliper.yaml")
    assert said in str(caught.value)


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match=r"there is no study at .*caliper\.yaml.*--config"):
        load_study(tmp_path)
    with pytest.raises(StudyError, match=r"there is no study at .*nowhere\.yaml"):
        load_study(tmp_path / "nowhere.yaml")


def test_a_folder_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Root is refused nothing, so the refusal is made up.
    def stat(path: Path, **_: object) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    with monkeypatch.context() as patch:
        patch.setattr(Path, "stat", stat)
        with pytest.raises(StudyError, match=r"cannot read .*Permission denied"):
            load_study(tmp_path)


def test_not_text(tmp_path: Path) -> None:
    (tmp_path / "caliper.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(StudyError, match="cannot read"):
        load_study(tmp_path)


def test_original_caliper_file(tmp_path: Path) -> None:
    original = (DATA / "caliper-original.yaml").read_bytes()
    (tmp_path / "caliper.yaml").write_bytes(original)
    scripts = [f"tensorflow_v1/1_Introduction/{n}.py" for n in ("basic_operations", "helloworld")]
    write(tmp_path, *scripts)
    study = load_study(tmp_path / "caliper.yaml")
    assert study.analysis.dependency == "tensorflow"
    assert tuple(map(str, study.analysis.versions)) == ("0.12.1", "1.10", "2.20")
    assert study.analysis.python_versions == ("2.7", "3.10")
    assert study.tests == tuple(scripts)
    notes = list(study.notes())
    # caliper's own `args` are values for its Docker template.
    assert [note.partition(": ")[2] for note in notes] == [
        "`dockerfile` is accepted and unused: no Docker is used; environments are made here.",
        "`args.epochs` matches no example.",
        "`args.name` matches no example.",
    ]


def test_notes_only_for_what_is_given(load: Load) -> None:
    assert not list(load(MINIMAL).notes())
    noted = list(load(FULL).notes())
    assert len(noted) == 2
    for key in ("`dockerfile`", "`args.a`"):
        assert sum(key in note for note in noted) == 1


COMMANDS = """\
args:
  ex/one.py: --epochs 2 'my data.csv'
  ex: [-v]
stdin: {ex/one.py: data/in.txt}
environment: {LEVEL: 3, ex/one.py: {LEVEL: 4, MODE: x}}
cwd: data
"""


def test_how_examples_are_run(root: Path, load: Load) -> None:
    write(root, "data/in.txt", "ex/two.py")
    study = load(f"dependency: foo\ntests: [ex/*.py]\n{COMMANDS}")
    assert study.command("ex/one.py") == Command(
        script="ex/one.py",
        arguments=("--epochs", "2", "my data.csv"),
        stdin="data/in.txt",
        environment=(("LEVEL", "4"), ("MODE", "x")),
        folder="data",
    )
    assert study.command("ex/two.py").arguments == ("-v",)
    assert study.command("ex/two.py").environment == (("LEVEL", "3"),)
    assert not study.command("ex/two.py").is_plain
    assert "data" in study.shown()
    assert load(MINIMAL).command("ex/one.py").is_plain


def test_whose_figures_are_compared(root: Path, load: Load) -> None:
    write(root, "ex/two.py")
    study = load("dependency: foo\ntests: [ex/*.py]\nfigures: {ex: true, ex/two.py: false}\n")
    assert study.command("ex/one.py") == Command(script="ex/one.py", figures=True)
    assert study.command("ex/two.py").is_plain
    every = load(f"{MINIMAL}figures: true\n")
    assert every.command("ex/one.py").figures
    assert list(load(f"{MINIMAL}figures: {{x: true}}\n").notes()) == [
        "caliper.yaml: `figures.x` matches no example."
    ]


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ('args: "a \'b"', "is no command line"),
        ("stdin: missing.txt", "`stdin`: there is no file 'missing.txt'"),
        ("stdin: ../x", "`stdin`: '../x' leaves the study's folder"),
        ("cwd: {ex: nowhere}", "`cwd`: there is no folder 'nowhere'"),
        ("cwd: /tmp", "`cwd`: '/tmp' leaves the study's folder"),
    ],
)
def test_a_command_that_cannot_be_run(load: Load, keys: str, said: str) -> None:
    assert said in refusal(load, f"{MINIMAL}{keys}\n")


@pytest.mark.parametrize("pattern", ["ex/*.rb", "ex/nowhere.py", "nowhere/*.py", "ex", "e?"])
def test_a_test_that_matches_nothing(load: Load, pattern: str) -> None:
    said = refusal(load, f"dependency: foo\ntests: [ex/one.py, '{pattern}']\n")
    assert f"`tests`: nothing matches '{pattern}'" in said


def test_files_that_do_not_exist(load: Load) -> None:
    assert "`files`: nothing matches 'dta'" in refusal(load, f"{MINIMAL}files: [dta]\n")


@pytest.mark.parametrize("pattern", ["../other.py", "ex/../../x.py", "/etc/passwd", "../*.py"])
@pytest.mark.parametrize("key", ["tests", "files"])
def test_paths_that_leave_the_folder(load: Load, root: Path, key: str, pattern: str) -> None:
    write(root.parent, "other.py", "x.py")
    tests = "" if key == "tests" else "tests: [ex/one.py]\n"
    said = refusal(load, f"dependency: foo\n{tests}{key}: ['{pattern}']\n")
    assert f"`{key}`: {pattern!r} leaves the study's folder" in said


def study(tests: tuple[str, ...], **keys: object) -> Study:
    content: Mapping[str, Any] = {"dependency": "foo", "tests": tests, **keys}
    analysis = Analysis.model_validate(content)
    return Study(path=Path("caliper.yaml"), root=Path(), analysis=analysis, examples=tests)


@pytest.mark.parametrize(
    ("test", "release"),
    [
        ("ex/a.py", "1"),
        ("ex/deep/a.py", "2"),
        ("ex/deep/b.py", "3"),
        ("ex/deeper/c.py", "1"),
        ("ex/x_long_name.py", "4"),
        ("export/a.py", None),
        ("top.py", None),
    ],
)
def test_the_longest_baseline_wins(test: str, release: str | None) -> None:
    baselines = {"ex": "1", "ex/deep/": "2", "ex/deep/b.py": "3", "ex/x_*_name.py": "4"}
    found = study((test,), baselines=baselines).baseline(test)
    assert (found and str(found.release)) == release


def test_tolerance_of_an_example() -> None:
    tolerance = {"relative": "0.1", "examples": {"ex": {"absolute": "2"}, "ex/a.py": {}}}
    found = study(("ex/a.py",), tolerance=tolerance)
    assert found.tolerance("ex/b.py") == ExampleTolerance(absolute=2)
    assert found.tolerance("ex/a.py") == ExampleTolerance()
    assert found.tolerance("other.py").relative == 0.1


def test_what_a_run_is_shown() -> None:
    tests = ("ex/deep/one.py", "other/two.py", "ex/three.py")
    assert study(tests, files=("data", "other")).shown() == ("ex", "other", "data")
    assert study(("ex/one.py", "top.py"), files=("data",)).shown() == (".",)


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("cp27", "2.7"),
        ("cp27m", "2.7"),
        ("cp27mu", "2.7"),
        ("2.7", "2.7"),
        ("cp36m", "3.6"),
        ("cp310", "3.10"),
        ("3.10", "3.10"),
        ("310", "3.10"),
        ("py39", "3.9"),
        ("python3.12", "3.12"),
        (" 3.8 ", "3.8"),
    ],
)
def test_python_version(text: str, version: str) -> None:
    assert python_version(text) == version


@pytest.mark.parametrize("text", ["", "3", "3.", "3.6.1", "4.0", "pp37", "cp3100", "latest", "3,6"])
def test_no_python_version(text: str) -> None:
    with pytest.raises(ValueError, match=r"write it as 3\.6 or cp36"):
        python_version(text)


def test_parse_release_spec() -> None:
    for text in ("all", "minors", "1.4.0", "2.0.0rc1", ">=2.4,<2.6", "!=1.0", "~=2.3"):
        assert str(parse_release_spec(f" {text} ")) == text
    for text in ("mimors", "", "latest", ">=x", "1.4.0.whl"):
        with pytest.raises(ValueError, match="neither a release"):
            parse_release_spec(text)


def test_a_specifier_is_a_filter() -> None:
    for text in ("1.4.0", "all", "minors", "1.0rc1"):
        assert not parse_release_spec(text).is_filter
    for text in (">1", "<=1", "==1.4.0", "!=1", "~=1.4"):
        assert parse_release_spec(text).is_filter


def test_resolve() -> None:
    for text in ("release", "latest", "2021-01-05", "2021-01-05T10:00:00+02:00"):
        assert check_resolve(text) == text
    for text in ("", "now", "2021-13-01", "05.01.2021"):
        with pytest.raises(ValueError, match="is not one of"):
            check_resolve(text)


def test_resolve_date_is_an_instant() -> None:
    midnight = dt.datetime(2021, 1, 5, tzinfo=dt.timezone.utc)
    assert resolve_date("2021-01-05") == midnight
    assert resolve_date("2021-01-05T00:00:00Z") == midnight
    assert resolve_date("2021-01-05T02:00:00+02:00") == midnight


def test_containers_and_limits_are_immutable() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Container().engine = "podman"  # type: ignore[misc]


WORDS = st.sampled_from(
    [*Analysis.model_fields, "analysis", "release", "ex/one.py", "2.20", "~", "'", "&a ", "*a"]
)
TEXTS = st.lists(
    WORDS | st.sampled_from([": ", "\n", "\n  ", "- ", "[", "]", "{", "}", ", ", "#", '"', "!!"])
).map("".join)


@given(text=st.text() | TEXTS, below=st.booleans())
def test_any_text_is_a_study_or_a_study_error(
    tmp_path_factory: pytest.TempPathFactory, text: str, *, below: bool
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    whole = f"analysis:\n  dependency: foo\n  {text}" if below else text
    path.write_bytes(whole.encode("utf-8", "surrogatepass"))
    # Anything else that is raised is a traceback.
    with suppress(StudyError):
        assert isinstance(load_study(path), Study)


def test_stored_outputs_are_a_baseline_of_notebooks(tmp_path: Path) -> None:
    for name in ("a/x.ipynb", "a/b/y.ipynb"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    text = (
        "analysis:\n  dependency: six\n  tests: ['a/**/*.ipynb']\n"
        "  baselines: {a: stored, a/b: 1.0}\n"
    )
    (tmp_path / "caliper.yaml").write_text(text, encoding="utf-8")
    study = load_study(tmp_path)
    assert (study.is_stored("a/x.ipynb"), study.is_stored("a/b/y.ipynb")) == (True, False)
    assert study.baseline("a/x.ipynb") is None
    assert study.command("a/b/y.ipynb").folder == "a/b"


def test_the_tests_of_files_are_examples(tmp_path: Path) -> None:
    for name in ("tests/test_a.py", "tests/unit/test_b.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True, parents=True)
        text = "def test_x(): pass\nclass TestY:\n    def test_z(self): pass\n"
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "conftest.py").touch()
    (tmp_path / "caliper.yaml").write_text(
        "analysis:\n  dependency: foo\n  tests: ['pytest:tests']\n"
        "  baselines: {tests: 1, tests/test_a.py: 2, 'tests/test_a.py::TestY': 3}\n",
        encoding="utf-8",
    )
    study = load_study(tmp_path)
    assert study.examples == (
        "tests/test_a.py::test_x",
        "tests/test_a.py::TestY::test_z",
        "tests/unit/test_b.py::test_x",
        "tests/unit/test_b.py::TestY::test_z",
    )
    assert study.analysis.requirements == ("pytest",)
    assert study.shown() == ("tests", "conftest.py")
    releases = [str(named.release) for one in study.examples if (named := study.baseline(one))]
    assert releases == ["2", "3", "1", "1"]
    assert study.command(study.examples[1]) == Command(script="tests/test_a.py", suite=True)
    assert list(study.notes()) == []


@pytest.mark.parametrize(
    ("tests", "said"),
    [
        ("pytest:gone", "nothing matches 'gone'"),
        ("pytest:conftest.py", "there are no tests in conftest.py"),
        ("tests", "but folders; or name pytest:tests"),
        ("pytest:tests", "there are no files test_"),
    ],
)
def test_what_is_no_suite_is_named(tmp_path: Path, tests: str, said: str) -> None:
    (tmp_path / "tests").mkdir()
    (tmp_path / "conftest.py").touch()
    text = f"analysis:\n  dependency: foo\n  tests: ['{tests}']\n"
    (tmp_path / "caliper.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(StudyError) as error:
        load_study(tmp_path)
    assert said in str(error.value)
