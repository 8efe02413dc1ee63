"""Shards in the forms in which other programs start them: GitHub Actions and Slurm."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tfcompat.planning.shards import Division


def github_matrix(division: Division) -> str:
    """Return the shards that have cells as one line of JSON: what a job's ``matrix`` takes.

    https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax
    """
    number = len(division.cells)
    jobs = [
        {
            "shard": f"{one}/{number}",
            # The name of an artifact may have no slash.
            "name": f"{one}-of-{number}",
            "cells": len(names),
            "seconds": round(division.total(one)),
        }
        for one, names in enumerate(division.cells, 1)
        if names
    ]
    return json.dumps({"include": jobs})


def slurm_script(division: Division, words: Sequence[str]) -> str:
    """Return a script for ``sbatch``: an array with a task for each shard that has cells.

    ``words`` are the options that select the cells. https://slurm.schedmd.com/job_array.html
    """
    number = len(division.cells)
    # Cells go to the first empty shard, so the shards without any are the last ones.
    tasks = sum(bool(names) for names in division.cells)
    longest = max(division.total(one) for one in range(1, number + 1))
    options = "".join(f" {shlex.quote(word)}" for word in words)
    task = "$SLURM_ARRAY_TASK_ID"
    return f"""#!/bin/bash
#SBATCH --job-name=tfcompat
#SBATCH --array=1-{tasks}
#SBATCH --cpus-per-task=1
# The longest shard is expected to take {longest:.0f} s, run after run.
# When all have ended: tfcompat merge shards/*-of-{number} --results results
tfcompat run{options} --shard "{task}/{number}" --results "shards/{task}-of-{number}"
"""
