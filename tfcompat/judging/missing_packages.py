"""Which package a failed run wants that is not installed. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

from tfcompat.judging.failed_run import written_module
from tfcompat.util import package_names

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tfcompat.judging.failed_run import FailedRun

# What stands where messages have the name of a package, and is none.
_NO_PACKAGES = frozenset({
    "a", "an", "and", "any", "both", "dependencies", "dependency", "either", "following", "it",
    "library", "module", "one", "optional", "or", "package", "packages", "pip", "python", "some",
    "that", "the", "them", "this", "version", "which", "you",
})  # fmt: skip


def find(failed: FailedRun, groups: Mapping[str, str]) -> str | None:
    """Return the project that is missing: neither the one under study nor the standard library's.

    ``groups`` name it: ``submodule`` is the module that could not be found (``quote``: as Python 3
    reports it), ``package`` what a message calls it. None where nothing of the kind is missing, as
    where a part of a package is gone that is installed.
    """
    if "submodule" in groups:
        return _of_module(failed, groups["submodule"], is_python_3="quote" in groups)
    if "package" in groups and groups["package"].lower() not in _NO_PACKAGES:
        return _unless_there(failed, groups["package"])
    return None


def _of_module(failed: FailedRun, module: str, *, is_python_3: bool) -> str | None:
    if not is_python_3:
        # Python 2 reports the whole name only where its first part is missing already.
        if written_module(failed.using_code, module) != module:
            return None
        return _unless_there(failed, module.partition(".")[0])
    if "." not in module:
        return _unless_there(failed, module)
    # Its first part is there. Several projects may share that: then the known one is missing.
    projects = package_names.projects_for(module)
    shared = failed.installed is not None and len(projects) == 1
    return _unless_there(failed, module) if shared else None


def _unless_there(failed: FailedRun, name: str) -> str | None:
    """Return the project of a module, or of a name that a message gives, if it is not there."""
    public = package_names.public_name(name, failed.dependency)
    if failed.is_own(public) or package_names.is_standard(name):
        return None
    project = package_names.package_name(name)
    if project == canonicalize_name(failed.dependency) or project in (failed.installed or ()):
        return None
    # A part in C of the package that imports it.
    is_private = name.startswith("_") and project == canonicalize_name(name)
    return None if is_private else project
