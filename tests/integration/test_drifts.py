"""What broke a release since its day, and what mends it: with real packages of the index."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from support import python_here

if TYPE_CHECKING:
    from support import Project

# Jinja2 2.11 imports what MarkupSafe 2.1 removed:
# https://github.com/pallets/markupsafe/issues/282
SCRIPT = "import jinja2\nprint(jinja2.Template('hello {{ name }}').render(name='you'))\n"
WORDS = ("hello.py", "--release", "2.11.3", "--python", python_here())


def test_the_package_that_broke_it_and_what_mends_it(project: Project) -> None:
    (project.folder / "hello.py").write_text(SCRIPT, encoding="utf-8")
    done = project.tfcompat("culprit", *WORDS, "--json")
    assert done.returncode == 0, done.said
    found = json.loads(done.stdout)
    assert found["culprits"] == [
        {"package": "markupsafe", "last_good": "2.0.1", "first_bad": "2.1.0"}
    ]
    assert found["proven"] == {"breaks_good": True, "mends_bad": True}
    assert found["constraints"] == ["markupsafe<2.1.0"]
    assert "soft_unicode" in found["error"]
    done = project.tfcompat("mend", *WORDS, "--json", "--constraints", "bounds.txt")
    assert done.returncode == 0, done.said
    mended = json.loads(done.stdout)
    assert mended["requirements"] == ["jinja2==2.11.3", "markupsafe<2.1.0"]
    assert mended["proven"] == {"uv": True, "pip": True}
    assert (project.folder / "bounds.txt").read_text(encoding="utf-8") == "markupsafe<2.1.0\n"


def test_the_releases_of_another_package_beside_one_release(project: Project) -> None:
    script = "import jinja2\nprint(jinja2.Template('{{ n|e }}').render(n='<'))\n"
    (project.folder / "hello.py").write_text(script, encoding="utf-8")
    words = ("--release", "2.11.3", "--vary", "markupsafe", "--python", python_here(), "--json")
    done = project.tfcompat("frontier", "hello.py", *words)
    assert done.returncode == 0, done.said
    content = json.loads(done.stdout)
    assert content["dependency"] == "markupsafe"
    (edge,) = (one for one in content["scripts"][0]["edges"] if one["direction"] == "up")
    assert (edge["last"], edge["release"], edge["verdict"]) == ("2.0.1", "2.1.0", "failed")
    done = project.tfcompat("frontier", "hello.py", "--vary", "markupsafe")
    assert (done.returncode, "the release by --release" in done.said) == (2, True)


def test_two_packages_beside_one_release(project: Project) -> None:
    """Flask 1.1.2 works with Jinja2 below 3.1, which needs MarkupSafe below 2.1 up to 2.11.

    https://github.com/pallets/markupsafe/issues/282, https://jinja.palletsprojects.com/changes
    """
    script = "import flask\nprint(flask.escape('<'))\n"
    (project.folder / "hello.py").write_text(script, encoding="utf-8")
    words = ("frontier", "hello.py", "--release", "1.1.2", "--python", "3.8")
    two = ("--vary", "jinja2", "--vary", "MarkupSafe")
    done = project.tfcompat(*words, *two, "--json")
    assert done.returncode == 0, done.said
    found = json.loads(done.stdout)
    assert (found["rows"], found["columns"], found["release"]) == ("jinja2", "markupsafe", "1.1.2")
    assert found["works"] == [
        {"rows": ["2.10.1", "2.11.3"], "columns": ["1.1.1", "2.0.1"]},
        {"rows": ["3.0.0", "3.0.3"], "columns": ["2.0.0", "2.1.5"]},
    ]
    # What is stored serves again, in the other form.
    done = project.tfcompat(*words, *two)
    assert "2.10.1 … 2.11.3  same    same           failed" in done.stdout
    assert ", 0 environments built" in done.stdout
    for more, said in (
        (("--vary", "six"), "two packages at most, and 3 are named"),
        (("--walk",), "--walk is for one --vary"),
    ):
        done = project.tfcompat(*words, *two, *more)
        assert (done.returncode, said in done.said) == (2, True)


def test_what_works_today_has_no_culprit(project: Project) -> None:
    (project.folder / "hello.py").write_text("import six\nprint(six.PY3)\n", encoding="utf-8")
    # What is held is one release, whichever the study compares with.
    study = "analysis: {dependency: six, tests: [hello.py], baselines: {hello.py: 1.15.0}}\n"
    (project.folder / "caliper.yaml").write_text(study, encoding="utf-8")
    words = ("hello.py", "--release", "1.16.0", "--python", python_here())
    done = project.tfcompat("culprit", *words)
    assert done.returncode == 0, done.said
    assert "it works in both" in done.stdout
    mended = project.tfcompat("mend", *words)
    assert mended.returncode == 0, mended.said
    assert "nothing has to be added" in mended.stdout


def test_bad_input(project: Project) -> None:
    (project.folder / "hello.py").write_text("import six\n", encoding="utf-8")
    for words, said in (
        ((), "name the release with --release"),
        (("--release", "1.0", "--baseline", "1.0"), "leave out --baseline and --resolve"),
        (("--release", "1.0", "--resolve", "latest"), "leave out --baseline and --resolve"),
        (("--release", ">=1.15"), "releases; name one"),
        (("--release", "1.16.0", "--bad", "soon"), "--bad: 'soon' is no date"),
    ):
        done = project.tfcompat("culprit", "hello.py", *words)
        assert done.returncode == 2
        assert said in done.said
