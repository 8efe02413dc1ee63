"""A module that the launcher has imported, and how a fork is made as if it had just started."""

import os
import resource
import select
import signal
import sys

from .ending import Ending
from .system import (
    HAS_PROC,
    LIBC,
    CannotStart,
    attempt,
    close_descriptors,
    encode,
    monotonic,
    open_descriptors,
    pin,
    private_descriptor,
)

TYPE_CHECKING = False  # Python 2.7 has no typing module; mypy takes this name for true
if TYPE_CHECKING:
    from typing import Any, List, Optional, Tuple

    from .protocol import ImportedEvent, ImportRequest, RunRequest

_LOOK = 0.5  # seconds between two looks at whether an import may go on
_MOST_PRINTED = 1 << 24  # bytes


class WarmImport(object):
    """A module that this process has imported, for forks that become scripts.

    ``why`` says, if not None, why no run can start from here. ``printed`` is what the import wrote
    to stdout and to stderr.
    """

    def __init__(self, request, orchestrator):
        # type: (ImportRequest, int) -> None
        """Import the module; ``orchestrator`` is the pipe whose end means that nobody waits."""
        self.request = request
        self.why = None  # type: Optional[str]
        self.printed = (b"", b"")
        before = set(open_descriptors())
        usage = resource.getrusage(resource.RUSAGE_SELF)
        began = monotonic()
        try:
            self._load(orchestrator)
        except CannotStart as error:
            self.why = error.args[0]
        except BaseException as error:
            text = str(error).strip().split("\n")[0]
            self.why = "it fails to import: %s: %s" % (type(error).__name__, text[:200])
        self.seconds = monotonic() - began
        spent = resource.getrusage(resource.RUSAGE_SELF)
        self.cpu_seconds = spent.ru_utime + spent.ru_stime - usage.ru_utime - usage.ru_stime
        self.opened = set(open_descriptors()) - before
        self.modules = {name.split(".")[0] for name in sys.modules}
        if self.why is None:
            self.why = self._reason_not_forkable()
        if self.why is None:
            self.ending = Ending()  # there is one wherever a run can start from here

    def event(self):
        # type: () -> ImportedEvent
        """Return what became of the import."""
        return {
            "event": "imported",
            "id": self.request["id"],
            "why": self.why,
            "seconds": round(self.seconds, 6),
            "cpu_seconds": round(self.cpu_seconds, 6),
        }

    def is_unfit(self, request):
        # type: (RunRequest) -> bool
        """Tell whether a run cannot be a fork of this process.

        That is one of a module, of no script that exists, with variables of its own from which to
        import, or with a module beside the script that would hide one here.
        """
        if request["module"] is not None or "PYTHONPATH" in request["environ"]:
            return True
        script = os.path.join(request["cwd"], request["script"])
        if not os.path.isfile(script):
            return True
        folder = os.path.dirname(script)
        for name in os.listdir(folder):
            stem, ending = os.path.splitext(name)
            if ending == "" and not os.path.exists(os.path.join(folder, name, "__init__.py")):
                continue
            if ending in ("", ".py", ".pyc", ".so") and stem.split(".")[0] in self.modules:
                return True
        return False

    def prepare(self, request, failure):
        # type: (RunRequest, int) -> None
        """Set what a process has from its start; close the failure pipe when nothing can fail."""
        close_descriptors(list(self.opened) + [failure])
        os.environ.clear()
        for name, value in request["environ"].items():
            os.environ[str(name)] = str(value)
        _reset_startup_state()
        script = str(request["script"])
        sys.argv = [str(request["notebook"] or script)] + [str(word) for word in request["args"]]
        if hasattr(sys, "orig_argv"):
            sys.orig_argv = [str(request["python"])] + sys.argv
        if request["notebook"] is None:
            sys.path.insert(0, os.path.dirname(os.path.abspath(script)))
        os.close(failure)

    def _load(self, orchestrator):
        # type: (int) -> None
        """Import the module under a watch, with what it prints caught."""
        if LIBC is None:
            raise CannotStart("this Python has no ctypes, by which a warm run ends")
        until = monotonic() + self.request["timeout"]
        if self.request["cpus"] is not None:
            attempt("cannot use these CPUs", pin, self.request["cpus"])
        caught = _CaughtStreams([self.request["stdout"], self.request["stderr"]])
        arguments, sys.argv = sys.argv, [""]
        _start_watch(orchestrator, until)
        caught.begin()
        try:
            __import__(self.request["module"])
        finally:
            _end_watch()
            sys.argv = arguments
            self.printed = caught.end()

    def _reason_not_forkable(self):
        # type: () -> Optional[str]
        """Return why a fork would not be what a fresh process is, or None."""
        if HAS_PROC and len(os.listdir("/proc/self/task")) > 1:
            return "its import starts threads, which a fork does not have"
        if self.printed[0]:
            return "its import prints, which may come after what a script prints"
        return None


class _CaughtStreams(object):
    """The standard streams of this process, which go to files for a while."""

    def __init__(self, names):
        # type: (List[str]) -> None
        sys.stdout.flush()
        sys.stderr.flush()
        flags = os.O_RDWR | os.O_CREAT | os.O_TRUNC
        self.files = [
            attempt("cannot write %s" % name, os.open, encode(name), flags, 0o666) for name in names
        ]  # type: List[int]
        self.kept = [private_descriptor(fd) for fd in (1, 2)]

    def begin(self):
        # type: () -> None
        """Send them to the files."""
        for number, fd in enumerate(self.files, 1):
            os.dup2(fd, number)

    def end(self):
        # type: () -> Tuple[bytes, bytes]
        """Put the streams back; return what went to stdout, and what to stderr."""
        sys.stdout.flush()
        sys.stderr.flush()
        for number, fd in enumerate(self.kept, 1):
            os.dup2(fd, number)
        printed = _content(self.files[0]), _content(self.files[1])
        for fd in self.files + self.kept:
            os.close(fd)
        return printed


def _content(fd):
    # type: (int) -> bytes
    os.lseek(fd, 0, os.SEEK_SET)
    return os.read(fd, _MOST_PRINTED)


def _start_watch(orchestrator, until):
    # type: (int, float) -> None
    """End this process when the orchestrator is gone, or when the import takes too long."""

    def look(number, frame):
        # type: (int, Any) -> None
        hung_up = select.poll()
        hung_up.register(orchestrator, 0)
        if hung_up.poll(0) or monotonic() > until:
            os._exit(1)

    signal.signal(signal.SIGALRM, look)
    signal.siginterrupt(signal.SIGALRM, False)
    signal.setitimer(signal.ITIMER_REAL, _LOOK, _LOOK)


def _end_watch():
    # type: () -> None
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)


def _reset_startup_state():
    # type: () -> None
    """Set what Python sets as it starts, and draw anew what is drawn while it imports."""
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if "random" in sys.modules:
        sys.modules["random"].seed()
    if "numpy.random" in sys.modules:
        sys.modules["numpy.random"].seed()
    if "tempfile" in sys.modules:
        sys.modules["tempfile"].tempdir = None  # type: ignore[attr-defined]
