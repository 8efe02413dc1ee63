"""The package index: releases with their files, tags, upload times and hashes.

Pages have the form of PEP 503, 691 and 700
(https://packaging.python.org/en/latest/specifications/simple-repository-api/). Answers are kept on
disk: they are fresh for ten minutes, then requested again, and where that fails the old one serves.
"""

from __future__ import annotations

import datetime as dt
import json
import shutil
import threading
from concurrent import futures
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property, partial
from importlib import resources
from typing import TYPE_CHECKING, Any, cast

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import (
    InvalidWheelFilename,
    canonicalize_name,
    parse_wheel_filename,
)
from packaging.version import InvalidVersion, Version

from tfcompat.errors import IndexUnavailableError, SelectionError, UserError
from tfcompat.util import network
from tfcompat.util.files import write_text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import requests
    from packaging.tags import Tag
    from pypi_simple import DistributionPackage
    from requests import Response

FRESH_SECONDS = 600
# Seconds to connect, and between two bytes.
TIMEOUT = (10, 30)
# Seconds for one page in all, with retries, the waits that a server asks for, and slow bytes.
DEADLINE = 120.0


@dataclass(frozen=True, kw_only=True)
class Distribution:
    """One file of a release: a wheel, or a source distribution, which has no ``tags``.

    ``build`` is the wheel's build number, which decides between wheels of the same tags. ``size``
    is in bytes. Fields are None where the index does not give them.
    """

    filename: str
    url: str
    version: Version
    tags: frozenset[Tag]
    build: tuple[int, str] | tuple[()] = ()
    sha256: str | None
    size: int | None
    upload_time: dt.datetime | None
    requires_python: str | None
    yanked: bool

    def allows_python(self, python: Version) -> bool:
        """Tell whether ``requires_python`` allows a Python, given its full version."""
        if not self.requires_python:
            return True
        try:
            return SpecifierSet(self.requires_python).contains(python, prereleases=True)
        except InvalidSpecifier:
            # As pip does: metadata that cannot be read does not forbid.
            return True


@dataclass(frozen=True, kw_only=True)
class Release:
    """One version of a package on the index, with its files."""

    version: Version
    files: tuple[Distribution, ...]

    def __str__(self) -> str:
        """Return the version as text: the name of the release."""
        return str(self.version)

    @property
    def wheels(self) -> tuple[Distribution, ...]:
        """The release's wheels."""
        return tuple(file for file in self.files if file.tags)

    @property
    def sdists(self) -> tuple[Distribution, ...]:
        """The release's source distributions, one for each form of archive."""
        return tuple(file for file in self.files if not file.tags)

    @property
    def stable(self) -> bool:
        """Whether pip would choose this release by itself: it is final, and not yanked."""
        yanked = bool(self.files) and all(file.yanked for file in self.files)
        return not self.version.is_prerelease and not yanked

    @cached_property
    def upload_time(self) -> dt.datetime | None:
        """When the first of its files was uploaded, None where the index gives no times."""
        return min((f.upload_time for f in self.files if f.upload_time), default=None)

    def best_wheel(self, ranks: Mapping[Tag, int], python: Version) -> Distribution | None:
        """Return the wheel that installers prefer for a Python, if there is one.

        ``ranks`` are the tags that the Python accepts, the best one lowest; ``python`` is its
        full version.
        """
        ranked = [
            (min(ranks[tag] for tag in fitting), wheel)
            for wheel in self.wheels
            if (fitting := wheel.tags & ranks.keys()) and wheel.allows_python(python)
        ]
        if not ranked:
            return None
        best = min(rank for rank, _ in ranked)
        return max((wheel for rank, wheel in ranked if rank == best), key=lambda w: w.build)


def parse_page(response: Response, project: str) -> tuple[Release, ...]:
    """Return the releases of an index page (JSON or HTML), oldest first.

    Files whose names follow no known form are left out, as pip does.
    """
    # Imported where an index is read: listing sessions must be quick and does not need it.
    from pypi_simple import ProjectPage  # noqa: PLC0415

    files: dict[Version, list[Distribution]] = {}
    for package in ProjectPage.from_response(response, project).packages:
        file = _read_file(package)
        if file is not None:
            files.setdefault(file.version, []).append(file)
    return tuple(Release(version=v, files=tuple(f)) for v, f in sorted(files.items()))


def _read_file(package: DistributionPackage) -> Distribution | None:
    """Return a file of an index page; None where its name follows no known form."""
    tags: frozenset[Tag] = frozenset()
    build: tuple[int, str] | tuple[()] = ()
    try:
        if package.package_type == "wheel":
            _, version, build, tags = parse_wheel_filename(package.filename)
        elif package.package_type == "sdist" and package.version:
            # Not packaging's parse_sdist_filename: functools32-3.2.3-2.tar.gz is older than the
            # rule that it follows.
            version = Version(package.version)
        else:
            return None
    except (InvalidWheelFilename, InvalidVersion):
        return None
    return Distribution(
        filename=package.filename,
        url=package.url,
        version=version,
        tags=tags,
        build=build,
        sha256=package.digests.get("sha256"),
        size=package.size,
        upload_time=package.upload_time,
        requires_python=package.requires_python,
        yanked=package.is_yanked,
    )


class PackageIndex:
    """The user's package index, with its answers kept below the folder ``cache``.

    ``url`` is its address, by default the user's. With ``offline`` no request is made at all.
    ``deadline`` and ``fresh`` are the seconds that a page may take and that it stays fresh.
    ``notes`` collects a line for every answer that is old because the index could not be reached.
    """

    def __init__(
        self,
        cache: Path,
        *,
        url: str | None = None,
        offline: bool = False,
        deadline: float = DEADLINE,
        fresh: float = FRESH_SECONDS,
    ) -> None:
        self._fresh = fresh
        self._deadline = deadline
        self.url = (url or network.index_url()).rstrip("/")
        self.offline = offline
        self.notes: dict[str, None] = {}
        self.cache = cache
        self._known: dict[str, tuple[Release, ...]] = {}

    @cached_property
    def files(self) -> requests.Session:
        """A session for the files that the index names; nothing of them is kept."""
        import requests  # noqa: PLC0415

        session = requests.Session()
        self._prepare(session)
        return session

    @cached_property
    def _session(self) -> Any:  # noqa: ANN401 - requests-cache is imported late
        from requests_cache import CachedSession  # noqa: PLC0415
        from requests_cache.backends.filesystem import FileCache  # noqa: PLC0415

        session = CachedSession(
            backend=FileCache(self._answers, use_cache_dir=False),
            expire_after=self._fresh,
            stale_if_error=True,
            match_headers=["Accept"],
        )
        self._prepare(session)
        return session

    @staticmethod
    def _prepare(session: requests.Session) -> None:
        """Let a session try again, and trust what pip trusts."""
        from requests.adapters import HTTPAdapter  # noqa: PLC0415
        from urllib3 import Retry  # noqa: PLC0415

        retry = Retry(total=4, backoff_factor=0.5, status_forcelist=(429, 500, 502, 503, 504))
        for scheme in ("https://", "http://"):
            session.mount(scheme, HTTPAdapter(max_retries=retry))
        certificate = network.network_environment().get("REQUESTS_CA_BUNDLE")
        if certificate:
            session.verify = certificate

    def releases(self, project: str) -> tuple[Release, ...]:
        """Return all releases of a project, pre-releases and yanked ones included, oldest first.

        Raises IndexUnavailableError where the index cannot be asked and nothing is kept,
        SelectionError where it does not have the project, and UserError where the cache cannot be
        written.
        """
        name = canonicalize_name(project)
        if name not in self._known:
            self._known[name] = self._read(name)
            self._write_digest(name)
        return self._known[name]

    def _read(self, name: str) -> tuple[Release, ...]:
        """Request the page of a project, and parse it."""
        from pypi_simple import (  # noqa: PLC0415
            UnsupportedContentTypeError,
            UnsupportedRepoVersionError,
        )

        response = self._get(name)
        no_page = (UnsupportedContentTypeError, UnsupportedRepoVersionError, ValueError, KeyError)
        try:
            return parse_page(response, name)
        except no_page as error:
            if getattr(response, "from_cache", False) and not self.offline:
                # The index may have said something else: the file may be damaged.
                self._forget_answers()
                return self._read(name)
            msg = f"the package index answers on {name} with something that is no index page"
            raise IndexUnavailableError(msg) from error

    def _forget_answers(self) -> None:
        """Remove all answers that are kept, and begin anew."""
        shutil.rmtree(self._answers, ignore_errors=True)
        self.__dict__.pop("_session", None)

    @property
    def _answers(self) -> Path:
        return self.cache / "http"

    def _get(self, name: str) -> Response:
        """Return a good answer; raise what ``releases`` raises for any other."""
        from requests import RequestException  # noqa: PLC0415

        try:
            response = self._ask_or_rebuild(name)
        except RequestException as error:
            msg = (
                f"the package index cannot be asked for {name} and nothing it said before is kept "
                f"({type(error).__name__}); check the network and try again"
            )
            raise IndexUnavailableError(msg) from error
        except OSError as error:
            msg = f"cannot write the cache folder {self.cache} ({error.strerror}); "
            raise UserError(msg + "set TFCOMPAT_CACHE to another") from error
        if response.status_code == 404:
            msg = f"the package index has no project named {name!r}"
            raise SelectionError(msg)
        if not response.ok:
            why = "offline, and not in the cache" if self.offline else f"{response.status_code}"
            msg = f"the package index cannot be asked for {name} ({why}); try again later"
            raise IndexUnavailableError(msg)
        self._note_age(name, response)
        return response

    def _ask_or_rebuild(self, name: str) -> Response:
        """Request a page; where what is kept is damaged, keep nothing and request it again."""
        from requests import RequestException  # noqa: PLC0415

        try:
            return self._ask(name)
        except (RequestException, OSError):
            raise
        except Exception:  # noqa: BLE001 - whatever a library makes of a damaged file
            self._forget_answers()
            return self._ask(name)

    def _ask(self, name: str) -> Response:
        """Request a page; return the kept one where there is no answer within the deadline."""
        from pypi_simple import ACCEPT_JSON_PREFERRED  # noqa: PLC0415

        ask = partial(
            self._session.get,
            f"{self.url}/{name}/",
            headers={"Accept": ACCEPT_JSON_PREFERRED},
            timeout=TIMEOUT,
        )
        if self.offline:
            return cast("Response", ask(only_if_cached=True))
        answer: futures.Future[Response] = futures.Future()

        def wait() -> None:
            try:
                answer.set_result(ask())
            except Exception as error:  # noqa: BLE001 - it is raised by answer.result()
                answer.set_exception(error)

        # A request that never ends is left behind: a daemon does not keep the command from ending.
        threading.Thread(target=wait, name=f"index {name}", daemon=True).start()
        try:
            return answer.result(self._deadline)
        except futures.TimeoutError:
            return cast("Response", ask(only_if_cached=True))

    def _note_age(self, name: str, response: Response) -> None:
        """Add a note on an answer that is not fresh any more."""
        if not getattr(response, "is_expired", False):
            return
        made = getattr(response, "created_at", None)
        if made is not None:
            now = dt.datetime.now(dt.timezone.utc)
            age = now - (made if made.tzinfo else made.replace(tzinfo=dt.timezone.utc))
            minutes = int(age.total_seconds() // 60)
            self.notes[f"the index's answer on {name} is {minutes} minutes old"] = None

    def _write_digest(self, name: str) -> None:
        """Write the stable releases and their days of upload, for ``known_offline``."""
        digest = {str(r): f"{r.upload_time:%Y-%m-%d}" if r.upload_time else None
                  for r in self._known[name] if r.stable}  # fmt: skip
        with suppress(OSError):
            # It only makes the next listing of sessions quick.
            write_text(self.cache / "releases" / f"{name}.json", json.dumps(digest))


def known_offline(project: str, cache: Path) -> tuple[Release, ...]:
    """Return the stable releases of a project without any request, oldest first, without files.

    They are those of the index's last answer, or, before there was one, of the list that ships with
    this package; none where neither knows the project.
    """
    name = canonicalize_name(project)
    kept = cache / "releases" / f"{name}.json"
    shipped = resources.files("tfcompat") / "data" / "releases" / f"{name}.json"
    for source in (kept, shipped):
        try:
            versions = json.loads(source.read_text(encoding="utf-8"))
            return tuple(Release(version=Version(text), files=()) for text in versions)
        except (OSError, ValueError):
            continue
    return ()
