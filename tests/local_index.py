"""A package index on this machine: releases of a tiny real package, and what goes wrong with one.

Pages have the form of PEP 691, wheels that of the binary distribution format. A fault is a function
that replies to a request in place of the index, or lets it pass.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import io
import json
import re
import socket
import struct
import threading
import time
import zipfile
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, TypeAlias

from support import python_here

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from support import Project

NAME = "brick"
JSON = "application/vnd.pypi.simple.v1+json"
_FIRST = dt.datetime(2020, 1, 1, tzinfo=dt.timezone.utc)

Fault: TypeAlias = "Callable[[Handler, bytes], bool]"
"""Replies to a request itself and returns whether it did; is given the normal reply."""


def wheel(
    version: str,
    source: str = "",
    *,
    name: str = NAME,
    requires: Sequence[str] = (),
    zeros: int = 0,
) -> bytes:
    """Return the wheel of a release: one module that knows its version, and ``source`` besides.

    ``requires`` are the requirements in its metadata. It holds a file of so many ``zeros``.
    """
    info = f"{name}-{version}.dist-info"
    headers = "".join(f"Requires-Dist: {one}\n" for one in requires)
    files = {
        f"{name}/__init__.py": f"__version__ = {version!r}\n{source}",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{headers}",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: hand\nRoot-Is-Purelib: true\n"
        "Tag: py2-none-any\nTag: py3-none-any\n",
    }
    record = f"{info}/RECORD"
    files[record] = "".join(f"{n},sha256={_hash(t)},{len(t)}\n" for n, t in files.items())
    files[record] += f"{record},,\n"
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for path, text in files.items():
            # One date for all: a wheel made twice is the same wheel.
            archive.writestr(zipfile.ZipInfo(path, (2020, 1, 1, 0, 0, 0)), text)
        if zeros:
            archive.writestr(f"{name}/zeros", bytes(zeros), zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


@dataclass
class LocalIndex:
    """What is on the index: a wheel for each release, a day apart. ``asked`` are the paths of all
    requests, ``moments`` when they came (monotonic seconds). ``others`` are files of further
    projects, by project and name, with the day on which they came. With ``ranges``, parts of files
    can be requested."""

    releases: Sequence[str]
    source: Callable[[str], str] = lambda _: ""
    upload_times: bool = True
    fault: Fault | None = None
    requires: Sequence[str] = ()
    others: Mapping[str, Mapping[str, tuple[int, bytes]]] = field(default_factory=dict)
    ranges: bool = False
    asked: list[str] = field(default_factory=list)
    moments: list[float] = field(default_factory=list)
    address: str = ""

    @cached_property
    def _own(self) -> dict[str, tuple[int, bytes]]:
        return {
            f"{NAME}-{v}-py2.py3-none-any.whl": (
                day,
                wheel(v, self.source(v), requires=self.requires),
            )
            for day, v in enumerate(self.releases)
        }

    @cached_property
    def files(self) -> dict[str, bytes]:
        """All files, by name."""
        everything = (self._own, *self.others.values())
        return {name: content for files in everything for name, (_, content) in files.items()}

    def _listed(self, project: str) -> list[dict[str, object]]:
        files = self.others.get(project, self._own if project == NAME else {})
        return [
            {
                "filename": name,
                "url": f"{self.address}/files/{name}",
                "hashes": {"sha256": hashlib.sha256(content).hexdigest()},
                "size": len(content),
                "upload-time": (_FIRST + dt.timedelta(days=day)).isoformat().replace("+00:00", "Z"),
            }
            for name, (day, content) in files.items()
        ]

    def page(self, project: str) -> bytes:
        """Return a project's page; those that are not on the index have no files."""
        files = self._listed(project)
        if not self.upload_times:
            files = [{k: v for k, v in file.items() if k != "upload-time"} for file in files]
        content = {"meta": {"api-version": "1.1"}, "name": project, "files": files}
        return json.dumps(content).encode()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    index: LocalIndex

    def do_GET(self) -> None:
        self.index.asked.append(self.path)
        self.index.moments.append(time.monotonic())
        _, kind, name, *_ = [*self.path.split("/"), "", ""]
        content = self.index.page(name) if kind == "simple" else self.index.files.get(name)
        if content is None:
            self.answer(404, b"")
        elif self.index.fault is None or not self.index.fault(self, content):
            self.answer_part(content)

    def do_HEAD(self) -> None:
        content = self.index.files.get(self.path.rpartition("/")[2])
        self.send_response(200 if content else 404)
        self.send_header("Content-Length", str(len(content or b"")))
        self.end_headers()

    def answer_part(self, content: bytes) -> None:
        """Answer with the range that is requested, where the index knows ranges, else with all."""
        asked = re.fullmatch(r"bytes=(\d*)-(\d*)", self.headers.get("Range", ""))
        if asked is None or not self.index.ranges:
            self.answer(200, content)
            return
        first, last = asked.groups()
        begin = int(first) if first else max(0, len(content) - int(last))
        end = min(len(content), int(last) + 1) if first and last else len(content)
        self.answer(206, content[begin:end], span=f"bytes {begin}-{end - 1}/{len(content)}")

    @property
    def asks_for_a_wheel(self) -> bool:
        return self.path.endswith(".whl")

    def answer(
        self,
        status: int,
        content: bytes,
        *,
        length: int = -1,
        retry_after: str = "",
        span: str = "",
    ) -> None:
        """Reply with what is given, however wrong; ``length`` is what is claimed."""
        self.send_response(status)
        self.send_header("Content-Type", "application/zip" if self.asks_for_a_wheel else JSON)
        self.send_header("Content-Length", str(length if length >= 0 else len(content)))
        if retry_after:
            self.send_header("Retry-After", retry_after)
        if span:
            self.send_header("Content-Range", span)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Never reply."""


@contextmanager
def serving(index: LocalIndex) -> Iterator[LocalIndex]:
    """Serve an index while the block lasts."""
    handler = type("Handler", (Handler,), {"index": index})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        index.address = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield index
        finally:
            server.shutdown()
            thread.join()


def status(number: int, retry_after: str = "") -> Fault:
    """Reply to everything with a status."""

    def fault(handler: Handler, _: bytes) -> bool:
        handler.answer(number, b"", retry_after=retry_after)
        return True

    return fault


def reset(handler: Handler, _: bytes) -> bool:
    """End the connection as a crashed server does."""
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.close_connection = True
    handler.connection.close()
    return True


def drip(handler: Handler, content: bytes) -> bool:
    """Send so slowly that it never ends, yet never pause for long."""
    handler.answer(200, content[:1], length=len(content))
    with suppress(OSError):
        for byte in content[1:]:
            time.sleep(0.5)
            handler.wfile.write(bytes([byte]))
    return True


def truncated(handler: Handler, content: bytes) -> bool:
    """Send half of what is claimed, then end."""
    handler.answer(200, content[: len(content) // 2], length=len(content))
    handler.close_connection = True
    return True


def altered(handler: Handler, content: bytes) -> bool:
    """Send another wheel than the one that was hashed: it works, and is not the one."""
    del content
    handler.answer(200, wheel(handler.path.split("-")[1], "print('altered')\n"))
    return True


def stale(handler: Handler, _: bytes) -> bool:
    """Have no file at the address that the page names."""
    handler.answer(404, b"")
    return True


def wheels_only(fault: Fault) -> Fault:
    """Let pages pass."""
    return lambda handler, content: handler.asks_for_a_wheel and fault(handler, content)


def first(count: int, fault: Fault) -> Fault:
    """Go wrong for the first few requests alone."""
    seen = iter(range(count))
    return lambda handler, content: next(seen, None) is not None and fault(handler, content)


def use(project: Project, index: LocalIndex, scripts: Mapping[str, str], more: str = "") -> None:
    """Make a project's study one of the package on the index, with a cache of its own."""
    (project.folder / "tests").mkdir(exist_ok=True)
    for name, text in scripts.items():
        (project.folder / "tests" / name).write_text(text, encoding="utf-8")
    python = f"  python_versions: [{python_here()}]\n"
    project.write(f"analysis:\n  dependency: {NAME}\n  tests: [tests/*.py]\n{python}{more}")
    project.environment["UV_DEFAULT_INDEX"] = f"{index.address}/simple"
    project.environment["TFCOMPAT_CACHE"] = str(project.folder / "cache")


def cell_of(version: str) -> str:
    """Return the identifier of a release's cell."""
    return f"pypi-{NAME}-{version}-python-cp{python_here().replace('.', '')}"
