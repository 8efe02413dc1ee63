"""Files that state requirements: requirements.txt, pyproject.toml, environment.yml, and scripts.

What they state holds for what is installed anyway, as pip's constraints do; what the block of a
script states (PEP 723) is installed.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from packaging.utils import canonicalize_name

from tfcompat.errors import StudyError, near_miss
from tfcompat.planning.script_block import read_block
from tfcompat.planning.stated import Stated, parse_python, parse_requirement
from tfcompat.planning.toml_requirements import parse_toml, texts_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from packaging.requirements import Requirement

# What is looked for beside a script, to be named.
_USUAL = ("requirements.txt", "pyproject.toml", "environment.yml", "environment.yaml")

# ``pyproject.toml[plot,test]``: with these optional dependencies or dependency groups.
_WITH_GROUPS = re.compile(r"(?P<path>.+?)(?:\[(?P<groups>[^\[\]]*)\])?")

# What may follow a requirement on its line: a comment, or options such as --hash.
_AFTER = re.compile(r"(?:^|\s)#.*$|\s--?[a-z].*$")
_INCLUDES = re.compile(r"(?:-r|--requirement|-c|--constraint)(?:\s+|=)(?P<file>\S+)")
_NAMES_FILE = re.compile(r"-e\b|--editable\b|[./~]|[\w+]+://|.*\.(?:whl|tar\.gz|zip)$")


def read_file(text: str) -> Stated:
    """Return what a file states, by its name; ``FILE[NAME,...]`` adds groups of a pyproject.toml.

    Raises StudyError, which names the file, where it is not there, cannot be parsed, or is of no
    known kind.
    """
    match = _WITH_GROUPS.fullmatch(text)
    path = Path(match["path"] if match else text)
    groups = [one.strip() for one in (match["groups"] or "" if match else "").split(",")]
    if path.suffix == ".toml":
        return _read_pyproject(path, [one for one in groups if one])
    if any(groups):
        msg = f"{text}: only a pyproject.toml has groups"
        raise StudyError(msg)
    if path.suffix in {".yml", ".yaml"}:
        return _read_conda(path)
    if path.suffix == ".py":
        stated = read_block(_read(path).encode(), path.name)
        if stated is None:
            msg = f"{path} has no block `# /// script`, so it states no requirements"
            raise StudyError(msg)
        return stated
    lines = list(_lines_of(path, ()))
    return Stated(
        source=path.name,
        requirements=tuple(one for one in lines if not isinstance(one, str)),
        left_out=tuple(one for one in lines if isinstance(one, str)),
    )


def usual_file(folders: Sequence[Path | None]) -> Path | None:
    """Return the first usual file in some folders that states requirements, None without any."""
    for folder in dict.fromkeys(filter(None, folders)):
        for name in _USUAL:
            try:
                stated = read_file(str(folder / name)) if (folder / name).is_file() else None
            except StudyError:
                continue
            if stated is not None and stated.requirements:
                return folder / name
    return None


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        msg = f"there is no file {path} that states requirements"
        raise StudyError(msg) from None
    except (OSError, UnicodeDecodeError) as error:
        msg = f"cannot read {path}: {error}"
        raise StudyError(msg) from None


def _lines_of(path: Path, above: Sequence[Path]) -> Iterator[Requirement | str]:
    """Yield the requirements of a file in pip's format, and as text what is none of the index.

    https://pip.pypa.io/en/stable/reference/requirements-file-format/
    """
    if path.resolve() in above:
        msg = f"{path.name} includes itself"
        raise StudyError(msg)
    joined = re.sub(r"\\\r?\n", " ", _read(path))
    for number, line in enumerate(joined.splitlines(), 1):
        text = _AFTER.sub("", line).strip() if not line.lstrip().startswith("-") else line.strip()
        included = _INCLUDES.match(text)
        if not text or text.startswith("#"):
            continue
        if included:
            yield from _lines_of(path.parent / included["file"], (*above, path.resolve()))
        elif text.startswith("-") or _NAMES_FILE.match(text):
            yield text
        else:
            one = parse_requirement(text, f"{path.name}, line {number}")
            yield text if one.url else one


def _read_pyproject(path: Path, groups: Sequence[str]) -> Stated:
    """Read a pyproject.toml: its dependencies, and those of the groups that are named."""
    document = parse_toml(_read(path), path.name).unwrap()
    project = document.get("project", {})
    if "dependencies" in project.get("dynamic", []):
        msg = f"{path.name}: its dependencies are dynamic, so they are not stated there"
        raise StudyError(msg)
    if not project and not groups:
        msg = f"{path.name} has no table `project`; name a dependency group as {path.name}[NAME]"
        raise StudyError(msg)
    texts = texts_of(project.get("dependencies", []), f"{path.name}: `project.dependencies`")
    known = _Groups(path.name, project, document.get("dependency-groups", {}))
    texts += [text for group in groups for text in known.texts(group, ())]
    found = [parse_requirement(text, path.name) for text in texts]
    return Stated(
        source=path.name,
        requirements=tuple(one for one in found if not one.url),
        requires_python=parse_python(project.get("requires-python", ""), path.name),
        left_out=tuple(str(one) for one in found if one.url),
    )


class _Groups:
    """The optional dependencies (PEP 621) and dependency groups (PEP 735) of a pyproject.toml."""

    def __init__(
        self, file: str, project: Mapping[str, Any], dependency_groups: Mapping[str, Any]
    ) -> None:
        self._file = file
        self._project = canonicalize_name(str(project.get("name", "")))
        self._found = {
            canonicalize_name(name): content
            for part in (project.get("optional-dependencies", {}), dependency_groups)
            for name, content in part.items()
        }

    def texts(self, group: str, above: tuple[str, ...]) -> list[str]:
        """Return the requirements of a group, with those of the groups that it includes."""
        name = canonicalize_name(group)
        where = f"{self._file}: `{group}`"
        if name in above:
            msg = f"{where} includes itself"
            raise StudyError(msg)
        if name not in self._found:
            msg = f"{self._file} has no group `{group}`{near_miss(group, self._found)}"
            raise StudyError(msg)
        texts: list[str] = []
        for one in self._found[name]:
            # https://peps.python.org/pep-0735/#dependency-group-include
            if isinstance(one, dict) and set(one) == {"include-group"}:
                texts += self.texts(str(one["include-group"]), (*above, name))
                continue
            (text,) = texts_of([one], where)
            requirement = parse_requirement(text, where)
            if canonicalize_name(requirement.name) == self._project:
                for extra in sorted(requirement.extras):
                    texts += self.texts(extra, (*above, name))
            else:
                texts.append(text)
        return texts


def _read_conda(path: Path) -> Stated:
    """Read the pip part of conda's environment.yml; its other part is not from the index."""
    try:
        document = yaml.safe_load(_read(path))
    except yaml.YAMLError as error:
        msg = f"{path.name} is no valid YAML: {' '.join(str(error).split())}"
        raise StudyError(msg) from None
    listed = document.get("dependencies", []) if isinstance(document, dict) else []
    parts = [one["pip"] for one in listed or [] if isinstance(one, dict) and "pip" in one]
    if not parts:
        msg = (
            f"{path.name} has no part `pip` below `dependencies`, so it names nothing of the index"
        )
        raise StudyError(msg)
    texts = texts_of(parts[0], f"{path.name}: `pip`")
    named = [text for text in texts if not text.startswith("-") and not _NAMES_FILE.match(text)]
    conda = [one for one in listed if isinstance(one, str)]
    return Stated(
        source=path.name,
        requirements=tuple(parse_requirement(text, path.name) for text in named),
        left_out=(
            *(text for text in texts if text not in named),
            *([f"{len(conda)} packages of conda"] if conda else []),
        ),
    )
