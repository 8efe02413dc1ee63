"""Shards as GitHub and Slurm start them; the page of documentation has both, whole."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

from tfcompat.cli.main import parser
from tfcompat.cli.shard_jobs import github_matrix, slurm_script
from tfcompat.planning.shards import Division

DIVISION = Division(cells=(("a", "b"), ("c",), ()), seconds={"a": 2.0, "b": 1.4, "c": 4.0})
PAGE = (Path(__file__).parents[3] / "docs" / "shards.md").read_text(encoding="utf-8")


def block(language: str) -> str:
    """Return the one block of the page in a language."""
    (text,) = re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    return str(text)


def commands(text: str) -> list[list[str]]:
    """Return the words of each tfcompat command in shell text."""
    found = re.findall(r"(?<!install )tfcompat [^)\n]*", text)
    return [shlex.split(one)[1:] for one in found]


def test_github_gets_a_line_with_the_shards_that_have_cells() -> None:
    line = github_matrix(DIVISION)
    assert "\n" not in line
    assert json.loads(line) == {
        "include": [
            {"shard": "1/3", "name": "1-of-3", "cells": 2, "seconds": 3},
            {"shard": "2/3", "name": "2-of-3", "cells": 1, "seconds": 4},
        ]
    }


def test_slurm_gets_a_task_for_each_shard_that_has_cells() -> None:
    script = slurm_script(DIVISION, ["--test", "ex/*.py", "--release", ">=1; rm -r x"])
    assert script.startswith("#!/bin/bash\n#SBATCH ")
    assert "\n#SBATCH --array=1-2\n" in script
    (run,) = (line for line in script.splitlines() if line.startswith("tfcompat"))
    parsed = parser().parse_args(shlex.split(run.replace("$SLURM_ARRAY_TASK_ID", "2"))[1:])
    assert (str(parsed.shard), parsed.results) == ("2/3", Path("shards/2-of-3"))
    assert (parsed.tests, parsed.releases) == (["ex/*.py"], [">=1; rm -r x"])


def test_the_script_on_the_page_is_what_is_printed() -> None:
    seconds = {str(number): 8.0 for number in range(10)}
    cells = (("0", "1", "2"), ("3", "4", "5"), ("6", "7", "8", "9"))
    assert slurm_script(Division(cells=cells, seconds=seconds), []) == block("bash")


@pytest.fixture
def workflow() -> dict[Any, Any]:
    content: dict[Any, Any] = yaml.safe_load(block("yaml"))
    return content


def test_the_jobs_of_the_workflow_fit_together(workflow: dict[Any, Any]) -> None:
    jobs = workflow["jobs"]
    assert jobs["run"]["needs"] == "plan"
    assert jobs["merge"]["needs"] == "run"
    (output,) = jobs["plan"]["outputs"]
    assert jobs["run"]["strategy"]["matrix"] == f"${{{{ fromJSON(needs.plan.outputs.{output}) }}}}"
    (step,) = (step for step in jobs["plan"]["steps"] if step.get("id") == "plan")
    assert step["run"].startswith(f'echo "{output}=')
    # A shard that fails must not end the others, nor keep what ran from being merged.
    assert jobs["run"]["strategy"]["fail-fast"] is False
    assert "always()" in jobs["merge"]["if"]


def test_the_workflow_uses_what_the_matrix_has(workflow: dict[Any, Any]) -> None:
    used = set(re.findall(r"matrix\.(\w+)", json.dumps(workflow["jobs"]["run"])))
    assert used <= json.loads(github_matrix(DIVISION))["include"][0].keys()
    assert used == {"shard", "name"}


def test_the_commands_of_the_page_are_ours(workflow: dict[Any, Any]) -> None:
    text = "\n".join(
        step["run"]
        for job in workflow["jobs"].values()
        for step in job["steps"]
        if "tfcompat" in step.get("run", "")
    )
    text = text.replace("${{ matrix.shard }}", "2/8").replace("${{ matrix.name }}", "2-of-8")
    found = commands(text)
    assert [words[0] for words in found] == ["plan", "run", "merge", "report"]
    for words in found:
        parser().parse_args(words)


def test_the_first_commands_of_the_page_are_ours() -> None:
    (text,) = re.findall(r"```\n(tfcompat plan .*?)```", PAGE, re.DOTALL)
    lines = [shlex.split(line, comments=True)[1:] for line in text.splitlines()]
    for words in lines:
        parser().parse_args(words)
    assert [words[0] for words in lines] == ["plan", "run", "run", "run", "merge", "run"]
