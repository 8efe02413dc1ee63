"""What a run prints, stored in a file up to a limit."""

import os

from .protocol import CHUNK
from .system import attempt, encode

TYPE_CHECKING = False  # Python 2.7 has no typing module; mypy takes this name for true
if TYPE_CHECKING:
    from typing import Optional


class Capture(object):
    """Stores the beginning and the end of a stream in a file.

    Kept are the first half and the last half of the limit, in bytes. If anything was dropped,
    ``[... N bytes left out ...]`` stands between them, on a line of its own.
    """

    def __init__(self, path, limit):
        # type: (str, int) -> None
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        self.fd = attempt("cannot write %s" % path, os.open, encode(path), flags, 0o666)  # type: int
        self.head_room = limit // 2
        self.tail_room = limit - self.head_room
        self.tail = bytearray()
        self.dropped = 0
        self.ends_line = True  # so far the head is empty or ends with a newline
        self.error = None  # type: Optional[str]

    def feed(self, data):
        # type: (bytes) -> None
        """Take the next bytes of the stream."""
        head, rest = data[: self.head_room], data[self.head_room :]
        if head:
            self.head_room -= len(head)
            self.ends_line = head.endswith(b"\n")
            self._write(head)
        self.tail += rest
        if len(self.tail) > 2 * self.tail_room + CHUNK:  # not at every chunk, for speed
            self._cut()

    def close(self):
        # type: () -> None
        """Write what is left to be written, and close the file."""
        self._cut()
        if self.dropped:
            before = "" if self.ends_line else "\n"
            note = "%s[... %d bytes left out ...]\n" % (before, self.dropped)
            self._write(note.encode("ascii"))
        self._write(bytes(self.tail))
        os.close(self.fd)

    def _cut(self):
        # type: () -> None
        excess = max(0, len(self.tail) - self.tail_room)
        self.dropped += excess
        del self.tail[:excess]

    def _write(self, data):
        # type: (bytes) -> None
        try:
            while data and self.error is None:
                data = data[os.write(self.fd, data) :]
        except OSError as error:  # the disk is full, say: the run goes on, its reading must
            self.error = "cannot store its output: %s" % error.strerror
