"""What a cell prints, kept in place of being printed: ``%%capture``."""

import io
import sys
from contextlib import contextmanager

TYPE_CHECKING = False  # Python 2.7 has no typing module; mypy takes this name for true
if TYPE_CHECKING:
    from typing import Any, Iterator

    from .shell import Shell


class Captured(object):
    """What a cell printed; ``show`` prints it after all."""

    def __init__(self):
        # type: () -> None
        self.stdout = self.stderr = ""
        self.outputs = []  # type: ignore[var-annotated]

    def __str__(self):
        # type: () -> str
        return self.stdout

    def show(self):
        # type: () -> None
        """Print it."""
        sys.stdout.write(self.stdout)
        sys.stderr.write(self.stderr)

    __call__ = show


class _Buffer(io.StringIO):
    """A buffer that takes both kinds of text of Python 2."""

    def write(self, text):
        # type: (Any) -> int
        if isinstance(text, bytes):
            text = text.decode("utf-8", "replace")
        return super(_Buffer, self).write(text)


@contextmanager
def captured(shell):
    # type: (Shell) -> Iterator[Captured]
    """Yield what gets all that is printed and displayed meanwhile."""
    found = Captured()
    streams, own = (sys.stdout, sys.stderr), shell.stdout
    out, err = _Buffer(), _Buffer()
    sys.stdout, sys.stderr, shell.stdout = out, err, out
    try:
        yield found
        shell.show_figures()
    finally:
        sys.stdout, sys.stderr = streams
        shell.stdout = own
        found.stdout, found.stderr = str(out.getvalue()), str(err.getvalue())
