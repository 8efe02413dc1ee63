"""Names of packages and their parts: on the index, in an import, and as users write them.

The names that follow no rule are in ``data/names.yaml``.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

import yaml
from packaging.utils import canonicalize_name

# Modules that only older Pythons have: 2.7, and up to 3.11 or 3.12.
_FORMER = {
    "ConfigParser", "HTMLParser", "Queue", "StringIO", "Tkinter", "__builtin__", "cPickle",
    "cStringIO", "commands", "cookielib", "httplib", "md5", "sets", "thread", "urllib2", "urlparse",
    "asynchat", "asyncore", "cgi", "cgitb", "crypt", "distutils", "imghdr", "imp", "pipes",
    "smtpd", "sndhdr", "telnetlib", "xdrlib",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Names:
    """The content of ``data/names.yaml``.

    ``imports`` lead from a package to its module, ``packages`` from a module to its package,
    ``aliases`` from a module to what scripts call it. ``own`` are, for each module, patterns of
    where its parts really live, with their public names.
    """

    imports: dict[str, str]
    packages: dict[str, str]
    aliases: dict[str, str]
    own: dict[str, tuple[tuple[re.Pattern[str], str], ...]]
    namespaces: tuple[str, ...]


@lru_cache(maxsize=1)
def _load() -> _Names:
    source = resources.files("tfcompat") / "data" / "names.yaml"
    content = yaml.safe_load(source.read_text(encoding="utf-8"))
    packages: dict[str, str] = {**content["modules"], **content["former"]}
    # Of several modules, a project is known by its shortest public one.
    known = sorted(packages, key=lambda name: (name[0] != "_", -len(name)))
    return _Names(
        imports={**{packages[module]: module for module in known}, **content["variants"]},
        packages=packages,
        aliases=content["aliases"],
        own={
            module: tuple((re.compile(pattern), public) for pattern, public in rows)
            for module, rows in content["own"].items()
        },
        namespaces=tuple(sorted(content["namespaces"], key=len, reverse=True)),
    )


def import_name(package: str) -> str:
    """Return the name by which a package of the index is imported, such as ``sklearn``."""
    name = canonicalize_name(package)
    known = _load().imports.get(name)
    if known:
        return known
    for namespace in _load().namespaces:
        inside = name.removeprefix(namespace.replace(".", "-") + "-")
        if inside != name:
            return f"{namespace}.{inside.replace('-', '_')}"
    return name.removeprefix("python-").replace("-", "_")


def package_name(module: str) -> str:
    """Return the package of the index that a module, or a part of one, belongs to.

    The standard library belongs to ``python``. A module that is not known is taken to have the
    name of its package.
    """
    return "python" if is_standard(module) else projects_for(module)[-1]


def is_standard(module: str) -> bool:
    """Tell whether a module comes with some Python: 2.7, or any of 3."""
    top = module.partition(".")[0]
    return top in sys.stdlib_module_names or top in _FORMER


def known_project(module: str) -> str | None:
    """Return the project that is known to be meant by a module, or by what the module is in."""
    parts = module.split(".")
    prefixes = (".".join(parts[:length]) for length in range(len(parts), 0, -1))
    return next((_load().packages[name] for name in prefixes if name in _load().packages), None)


def projects_for(module: str) -> tuple[str, ...]:
    """Return which projects may bring a module that is not the standard library's, likeliest first.

    It is the one that is known for it, alone. Otherwise names are tried as projects that share a
    namespace are called: ``google.cloud.storage`` comes with ``google-cloud-storage``, else with
    ``google-cloud``, else with ``google``. A guess has to be checked against what the project
    brings.
    """
    known = known_project(module)
    if known:
        return (known,)
    parts = module.split(".")
    names = (canonicalize_name("-".join(parts[:length])) for length in range(len(parts), 0, -1))
    return tuple(dict.fromkeys(names))


def public_name(module: str, dependency: str) -> str:
    """Return what users call a part of a library, given where its own messages say it lives.

    So ``tensorflow._api.v2.nn`` is ``tensorflow.nn``; any other name is returned as it is.
    """
    for pattern, public in _load().own.get(import_name(dependency), ()):
        match = pattern.fullmatch(module)
        if match:
            return match.expand(public).rstrip(".")
    return module


def is_own(name: str, dependency: str) -> bool:
    """Return whether a dotted name is the library's or of one of its parts."""
    root = import_name(dependency)
    return name == root or name.startswith(f"{root}.")


def to_alias(name: str) -> str:
    """Return a dotted name with the alias that scripts use: ``tf.nn`` for ``tensorflow.nn``."""
    for module, alias in _load().aliases.items():
        if name == module or name.startswith(f"{module}."):
            return alias + name[len(module) :]
    return name


def from_alias(name: str) -> str:
    """Return a dotted name with its alias written out: ``tensorflow.nn`` for ``tf.nn``."""
    for module, alias in _load().aliases.items():
        if name == alias or name.startswith(f"{alias}."):
            return module + name[len(alias) :]
    return name
