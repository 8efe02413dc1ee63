"""Asks every Python here what its library offers, and writes tfcompat/data/python_names.json.

    python tools/python_names.py

The file holds each public name of the standard library that some of these Pythons have and others
lack, with the first and the last that has it, and the same for arguments of functions. Run it where
as many Pythons as possible are installed, after a new one came out.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

from tfcompat.environments import interpreters

TARGET = Path(__file__).parents[1] / "tfcompat" / "data" / "python_names.json"

# Not what scripts use: tests, tools, the parts of packages that are gone or new as a whole.
LEFT_OUT = (
    "posix.",
    "distutils.",
    "encodings.",
    "lib2to3.",
    "pydoc_data.",
    "ensurepip.",
    "idlelib",
)

# Runs on Python 2.7 too. Its input is the names that other Pythons have: of some modules `dir`
# shows only a part, as a module may have deprecated names that it gives only on request.
QUESTION = r"""
import inspect, json, os, pkgutil, sys, types, warnings
warnings.simplefilter("ignore")
wanted = json.load(sys.stdin)
real = os.dup(1)
os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
os.dup2(1, 2)
folder = os.path.dirname(os.__file__)
modules = set(sys.builtin_module_names)

def walk(paths, prefix):
    for _, name, package in pkgutil.iter_modules(paths):
        full = prefix + name
        parts = full.split(".")
        if parts[0] in ("site", "this", "antigravity", "idlelib", "turtledemo", "site-packages"):
            continue
        hidden = name.startswith("_") and full != "__future__"
        if hidden or set(parts) & {"test", "tests", "__main__"}:
            continue
        modules.add(full)
        if package:
            walk([os.path.join(path, name) for path in paths], full + ".")

def arguments(function):
    if not hasattr(inspect, "signature"):
        return None
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except Exception:
        return None
    if any(p.kind is p.VAR_KEYWORD for p in parameters):
        return None
    return [p.name for p in parameters if p.kind not in (p.POSITIONAL_ONLY, p.VAR_POSITIONAL)]

def public(thing, path):
    # Of a class, its own: what is inherited goes with the class that has it.
    own = vars(thing) if isinstance(thing, type) else dir(thing)
    names = set(own) | set(wanted.get(path, ()))
    for name in sorted(names):
        if name.startswith("_"):
            continue
        try:
            value = getattr(thing, name)
        except Exception:
            continue
        if not isinstance(value, types.ModuleType):
            yield name, value

walk([folder, os.path.join(folder, "lib-dynload")], "")
modules.add("__builtin__" if sys.version_info[0] == 2 else "builtins")
answer = {}
for module in sorted(modules):
    if module.startswith("_") and module not in ("__future__", "__builtin__"):
        continue
    try:
        __import__(module)
    except BaseException:
        continue
    path = "builtins" if module == "__builtin__" else module
    answer[path] = None
    for name, value in public(sys.modules[module], path):
        answer[path + "." + name] = arguments(value) if callable(value) else None
        if isinstance(value, type):
            inside = path + "." + name
            for member, inner in public(value, inside):
                answer[inside + "." + member] = arguments(inner) if callable(inner) else None
os.write(real, json.dumps(answer).encode())
"""

Answer = dict[str, "list[str] | None"]


def ask(python: Path, wanted: dict[str, list[str]]) -> Answer:
    """Return every name that a Python has, with its arguments where they are known."""
    with tempfile.TemporaryDirectory() as empty:
        done = subprocess.run(
            [python, "-E", "-s", "-c", QUESTION],
            input=json.dumps(wanted), capture_output=True, text=True, check=True, cwd=empty,
            env={"DISPLAY": "", "PATH": "/usr/bin:/bin"},
        )  # fmt: skip
    found: Answer = json.loads(done.stdout)
    return {name: value for name, value in found.items() if not name.startswith(LEFT_OUT)}


def wanted_of(answers: dict[str, Answer]) -> dict[str, list[str]]:
    """Return the names that any Python has, by the module or class that they are in."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for answer in answers.values():
        for name in answer:
            parent, _, last = name.rpartition(".")
            found[parent].add(last)
    return {parent: sorted(names) for parent, names in found.items()}


def spans(answers: dict[str, Answer]) -> dict[str, str]:
    """Return the first and last Python of each name that is not in all of them."""
    pythons = list(answers)
    having: defaultdict[str, list[str]] = defaultdict(list)
    for python, answer in answers.items():
        for name in answer:
            having[name].append(python)
    varying = {name: having[name] for name in sorted(having) if having[name] != pythons}
    # What goes with its whole module or class is told by that.
    return {
        name: f"{where[0]}-{where[-1]}"
        for name, where in varying.items()
        if varying.get(name.rpartition(".")[0]) != where
    }


def argument_spans(answers: dict[str, Answer]) -> dict[str, str]:
    """Return the same for arguments, as ``random.shuffle(random)``."""
    having: defaultdict[str, list[str]] = defaultdict(list)
    known: defaultdict[str, list[str]] = defaultdict(list)
    for python, answer in answers.items():
        for name, arguments in answer.items():
            if arguments is not None:
                known[name].append(python)
                for argument in arguments:
                    having[f"{name}({argument})"].append(python)
    return {
        name: f"{where[0]}-{where[-1]}"
        for name, where in sorted(having.items())
        if where != known[name.partition("(")[0]]
    }


def main() -> None:
    """Ask every Python twice: the second time for the names that others have."""
    found, _ = interpreters.find()
    pythons = {one.python: one.path for one in sorted(found, key=lambda i: i.version)}
    first = {python: ask(path, {}) for python, path in pythons.items()}
    wanted = wanted_of(first)
    answers = {python: ask(path, wanted) for python, path in pythons.items()}
    content = {
        "pythons": list(answers),
        "names": spans(answers),
        "arguments": argument_spans(answers),
    }
    TARGET.write_text(json.dumps(content, indent=0) + "\n", encoding="utf-8")
    sys.stdout.write(f"{TARGET.name}: {len(content['names'])} names of {', '.join(answers)}\n")


if __name__ == "__main__":
    main()
