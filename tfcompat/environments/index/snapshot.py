"""The index as it was at a cut-off, for installers that have no option for one.

A small server on the loopback interface answers in the form of PEP 503. It leaves out newer files
and links every other one to where it really is.
"""

from __future__ import annotations

import html
import logging
import sys
import threading
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING

from tfcompat.errors import IndexUnavailableError, SelectionError

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Iterator

    from tfcompat.environments.index.client import Distribution, PackageIndex, Release


def files_at(releases: tuple[Release, ...], cut_off: dt.datetime | None) -> Iterator[Distribution]:
    """Yield the files that were on the index at the cut-off; without a cut-off, all of them.

    A file without an upload time is left out: nothing shows that it was there.
    """
    for release in releases:
        for file in release.files:
            if cut_off is None or (file.upload_time and file.upload_time <= cut_off):
                yield file


def page(files: Iterator[Distribution]) -> str:
    """Return the index page of a project in the form of PEP 503."""
    lines = ["<!DOCTYPE html><html><body>"]
    for file in files:
        address = file.url + (f"#sha256={file.sha256}" if file.sha256 else "")
        requires = ""
        if file.requires_python:
            requires = f' data-requires-python="{html.escape(file.requires_python)}"'
        yanked = ' data-yanked=""' if file.yanked else ""
        name = html.escape(file.filename)
        lines.append(f'<a href="{html.escape(address)}"{requires}{yanked}>{name}</a><br>')
    return "\n".join([*lines, "</body></html>"])


logger = logging.getLogger(__name__)


class _Server(HTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """Log an error: on the terminal it would only repeat what the installer reports."""
        del request, client_address
        logger.info("a page of the snapshot was not served: %r", sys.exc_info()[1])


@contextmanager
def serve(
    index: PackageIndex, cut_off: dt.datetime | None, exempt: Collection[str] = ()
) -> Iterator[str]:
    """Serve the index as of the cut-off (None: as of today), and yield the server's address.

    ``exempt`` projects are shown as they are today. The server ends with the block.
    """

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            project = self.path.strip("/").rpartition("/")[2]
            until = None if project in exempt else cut_off
            try:
                body = page(files_at(index.releases(project), until)).encode()
                self.send_response(HTTPStatus.OK)
            except SelectionError:
                body = b""
                self.send_response(HTTPStatus.NOT_FOUND)
            except IndexUnavailableError:
                body = b""
                self.send_response(HTTPStatus.SERVICE_UNAVAILABLE)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Log nothing: the installer reports what it receives."""

    server = _Server(("127.0.0.1", 0), Handler)
    # The default poll would make every build wait half a second for the server's end.
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/simple"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
