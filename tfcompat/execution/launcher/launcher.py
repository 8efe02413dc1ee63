"""Starts scripts inside a cell's environment, watches over them, and reports what became of them.

One file, nothing but the standard library, the same source on Python 2.7 and 3.6 to the newest.
The orchestrator starts it as ``PYTHON launcher.py``; its stdin is a pipe of requests, its stdout
a pipe of events (each one JSON object per line, UTF-8), its stderr a log.  When the request pipe
ends, or on SIGTERM, SIGINT or SIGHUP, every run is killed and the launcher exits.

Requests (every key is required):

    {"op": "run", "id": "7", "isolation": "fresh", "python": "/env/bin/python",
     "script": "examples/a/x.py", "args": [], "cwd": "/scratch/7/copy", "environ": {...},
     "stdout": "/scratch/7/stdout", "stderr": "/scratch/7/stderr", "timeout": 600.0,
     "grace": 1.0, "output_limit": 1000000, "memory_limit": 4000000000 or null,
     "cpus": [0] or null}
    {"op": "import", "id": "8", "module": "tensorflow", "stdout": "/scratch/import.out",
     "stderr": "/scratch/import.err", "timeout": 600.0, "cpus": [0] or null}
                                    import a module here, once; then runs may ask to be "warm"
    {"op": "stop", "id": "7"}       kill that run; nothing happens if it has ended
    {"op": "exit"}                  finish when nothing runs any more

Events:

    {"event": "ready", "python": [3, 8, 18], "protocol": 2, "pid": 123}
    {"event": "started", "id": "7", "pid": 456}     the process exists; its exec may still fail
    {"event": "finished", "id": "7",
     "retval": 0,               exit code; -N after signal N; 127 if it could not be started
     "signal": null,            or "SIGSEGV"
     "ended_by": "exit",        exit | signal | timeout | memory | stopped
     "timed_out": false, "truncated": false,
     "seconds": 1.5,            wall time, from the fork to the end of the main process
                               (in hundredths on Python 2.7)
     "cpu_seconds": 1.4,        user + system of the main process and the children it waited for
     "peak_memory": 50000000,   bytes: the larger of the polled sum and the main process's maximum
     "isolation": "fresh",      or "warm", if that was asked for and could be
     "error": null}             or why it could not be started, watched or its output be stored
    {"event": "imported", "id": "8",
     "why": null,               or why there will be no warm runs
     "seconds": 4.1, "cpu_seconds": 3.9}
    {"event": "refused", "id": "7" or null, "error": "..."}     the request made no sense

``ended_by`` says ``memory`` when the run exceeded memory_limit or had over 1000 processes at once.
Of each stream at most output_limit bytes are kept: its first half and its last half, between them
``[... N bytes left out ...]`` on a line of its own if anything was dropped.

How runs are kept apart: each run has a *keeper*, a fork of the launcher that watches this run
alone.  The keeper is a child subreaper, so whatever the script starts stays the keeper's
descendant, also what daemonises or clears its environment; the run is over when the kernel says
that the keeper has no child left.  A keeper whose launcher is gone, even by ``kill -9``, reads the
end of its control pipe and kills its run; a launcher whose keeper is gone kills what that left.

Warm runs: the launcher imports the module of the study, and a warm run is a fork of the keeper, and
so of the launcher, in which everything is set to what it is in a process that has just started and
imported that module: see ``Warm``.  What the import printed goes in front of what the run prints.
A script beside which lies a module that the import would have found first gets a process of its
own.  What a warm run could tell: /proc/self/cmdline, the frames below its own, modules of the
launcher in sys.modules.

What can slip through: work handed to a process outside (systemd, cron, a container daemon);
processes of another user; a chain of processes that changes its process group at every fork,
faster than /proc can be read (given up after PATIENCE seconds); all that daemonised, if launcher
and keeper are both killed or if there is no prctl (macOS, a Python without ctypes).  Memory may
overshoot its limit for POLL seconds.  On Python 2.7 request texts must be valid Unicode.
"""

import os
import sys

if __name__ == "__main__":
    # Before any other import: neither this folder nor PYTHONPATH may shadow the standard library.
    _unwanted = [os.path.dirname(__file__)]
    if os.environ.get("PYTHONPATH"):
        _unwanted += os.environ["PYTHONPATH"].split(os.pathsep)
    _unwanted = [os.path.realpath(folder) for folder in _unwanted]  # "" is the current folder
    sys.path[:] = [folder for folder in sys.path if os.path.realpath(folder) not in _unwanted]

import collections
import errno
import fcntl
import json
import resource
import select
import signal
import time
import traceback

try:
    import ctypes

    LIBC = ctypes.CDLL(None, use_errno=True)  # type: Optional[ctypes.CDLL]
except (ImportError, OSError):
    LIBC = None

TYPE_CHECKING = False  # Python 2.7 has no typing module; mypy takes this name for true
if TYPE_CHECKING:
    from typing import Any, Callable, Collection, Dict, List, Optional, Tuple

    Json = Dict[str, Any]

PROTOCOL = 2
CHUNK = 65536
POLL = 0.25  # seconds between two looks at a run's processes
DRAIN = 0.5  # seconds to read what is left in the pipes of a finished run
PATIENCE = 5.0  # seconds to get rid of processes
PROCESSES = 1000  # that a run may have at once; RLIMIT_NPROC would not stop root's fork bombs
CROWD = 16  # processes, beyond which they are held still to be measured
ENDING = [signal.SIGTERM, signal.SIGINT, signal.SIGHUP]
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
HAS_PROC = os.path.exists("/proc/self/stat")

# Python 2.7 has no monotonic clock, but times(2) counts from boot (in hundredths of a second).
monotonic = getattr(time, "monotonic", None) or (lambda: os.times()[4])  # type: Callable[[], float]


class Ready(BaseException):
    """A fork is to become a warm run: unwinds the whole stack, which the script must not see."""

    def __init__(self, become):
        # type: (Callable[[], None]) -> None
        BaseException.__init__(self)
        self.become = become


class CannotStart(Exception):
    """A step on the way to the script failed; the message is for the user."""


def attempt(what, call, *arguments):
    # type: (str, Callable[..., Any], *object) -> Any
    try:
        return call(*arguments)
    except (OSError, ValueError, TypeError, IndexError, OverflowError) as error:
        raise CannotStart("%s: %s" % (what, getattr(error, "strerror", None) or error))


def encode(text):
    # type: (str) -> bytes
    """Bytes for the system, whatever the locale."""
    return text.encode("utf-8", "strict" if sys.version_info[0] == 2 else "surrogateescape")


# --- Processes -----------------------------------------------------------------------------------

Process = collections.namedtuple("Process", "pid state parent group started memory")


def read_process(pid):
    # type: (int) -> Optional[Process]
    try:
        with open("/proc/%d/stat" % pid, "rb") as stat:
            # The command's name, in parentheses, may contain anything, also a parenthesis.
            fields = stat.read().rpartition(b")")[2].split()
        memory = int(fields[21]) * resource.getpagesize()
        return Process(pid, fields[0], int(fields[1]), int(fields[2]), int(fields[19]), memory)
    except (IOError, OSError, IndexError):  # it is gone
        return None


def descendants(spare=()):
    # type: (Collection[int]) -> List[Process]
    """All processes below this one, except those in ``spare`` and below them."""
    children = {}  # type: Dict[int, List[Process]]
    for name in os.listdir("/proc") if HAS_PROC else ():
        process = read_process(int(name)) if name.isdigit() else None
        if process is not None:
            children.setdefault(process.parent, []).append(process)
    found = []  # type: List[Process]
    pending = [os.getpid()]
    while pending:
        below = [child for child in children.get(pending.pop(), ()) if child.pid not in spare]
        found += below
        pending += [child.pid for child in below]
    return found


def send(number, processes, sent=()):
    # type: (int, List[Process], Collection[int]) -> None
    """Signal the process groups of these processes, except those in ``sent``.

    A group never reaches beyond the session of its run, and the kernel signals it as a whole:
    nothing can fork out of it meanwhile.
    """
    done = set(sent)
    for process in processes:
        now = read_process(process.pid)
        if process.group in done or now is None:
            continue
        if (now.started, now.group) != (process.started, process.group):
            continue  # another process by now, or moved: the next look will see it
        try:
            if (
                process.group == os.getpgrp()
            ):  # it has just been forked, its setsid is still to come
                os.kill(process.pid, number)
            else:
                os.killpg(process.group, number)
                done.add(process.group)
        except OSError:  # gone, or not ours to signal
            pass


def proportional_memory(process):
    # type: (Process) -> int
    """What the process uses, a page shared by N processes counted as 1/N of a page."""
    try:
        with open("/proc/%d/smaps_rollup" % process.pid, "rb") as rollup:
            for line in rollup:
                if line.startswith(b"Pss:"):
                    return int(line.split()[1]) * 1024
    except (IOError, OSError):  # gone, or Linux before 4.14
        pass
    return int(process.memory)


def prctl(option, argument):
    # type: (int, int) -> None
    if LIBC is not None and hasattr(LIBC, "prctl"):
        LIBC.prctl(option, *[ctypes.c_ulong(value) for value in (argument, 0, 0, 0)])


def pin(cpus):
    # type: (List[int]) -> None
    """Let this process run on these CPUs only (where the platform knows such a thing)."""
    set_affinity = getattr(os, "sched_setaffinity", None)
    if set_affinity is not None:
        set_affinity(0, cpus)
    elif LIBC is not None and hasattr(LIBC, "sched_setaffinity"):  # Python 2.7
        mask = (ctypes.c_ubyte * 128)()
        for cpu in cpus:
            mask[cpu // 8] |= 1 << cpu % 8
        if LIBC.sched_setaffinity(0, ctypes.sizeof(mask), mask) != 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


# --- Pipes and signals ---------------------------------------------------------------------------


def private(fd):
    # type: (int) -> int
    """A close-on-exec duplicate, out of the way of the low numbers that scripts see."""
    high = fcntl.fcntl(fd, fcntl.F_DUPFD, 200)
    fcntl.fcntl(high, fcntl.F_SETFD, fcntl.FD_CLOEXEC)
    return high


def pipe():
    # type: () -> Tuple[int, int]
    low = os.pipe()
    ends = private(low[0]), private(low[1])
    os.close(low[0])
    os.close(low[1])
    return ends


def wake_on(signals, handler):
    # type: (Collection[int], Callable[[int, Any], None]) -> int
    """Return a descriptor that becomes readable when one of these signals has come."""
    reading, writing = pipe()
    for fd in (reading, writing):
        fcntl.fcntl(fd, fcntl.F_SETFL, fcntl.fcntl(fd, fcntl.F_GETFL) | os.O_NONBLOCK)
    signal.set_wakeup_fd(writing)
    for number in signals:
        signal.signal(number, handler)
        signal.siginterrupt(number, False)  # spares Python 2.7 an EINTR in every call but select
    return reading


def wait_readable(fds, timeout=None):
    # type: (List[int], Optional[float]) -> List[int]
    try:
        return select.select(fds, [], [], timeout if timeout is None else max(0.0, timeout))[0]
    except select.error as error:  # Python 2.7, when a signal came
        if error.args[0] != errno.EINTR:
            raise
        return []


def emit(fd, event):
    # type: (int, Json) -> None
    data = (json.dumps(event, sort_keys=True) + "\n").encode("ascii")
    while data:
        data = data[os.write(fd, data) :]


class Lines(object):
    """Reads a pipe line by line without ever waiting for the rest of a line."""

    def __init__(self, fd):
        # type: (int) -> None
        self.fd = fd
        self.rest = b""

    def read(self):
        # type: () -> Optional[List[bytes]]
        """The lines that one read completes; None at the end of the pipe."""
        data = os.read(self.fd, CHUNK)
        lines = (self.rest + data).split(b"\n")
        self.rest = lines.pop()
        return lines if data else None


class Capture(object):
    """Stores the beginning and the end of a stream in a file."""

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
        head, rest = data[: self.head_room], data[self.head_room :]
        if head:
            self.head_room -= len(head)
            self.ends_line = head.endswith(b"\n")
            self.write(head)
        self.tail += rest
        if len(self.tail) > 2 * self.tail_room + CHUNK:  # not at every chunk, for speed
            self.cut()

    def cut(self):
        # type: () -> None
        excess = max(0, len(self.tail) - self.tail_room)
        self.dropped += excess
        del self.tail[:excess]

    def close(self):
        # type: () -> None
        self.cut()
        if self.dropped:
            before = "" if self.ends_line else "\n"
            self.write(("%s[... %d bytes left out ...]\n" % (before, self.dropped)).encode("ascii"))
        self.write(bytes(self.tail))
        os.close(self.fd)

    def write(self, data):
        # type: (bytes) -> None
        try:
            while data and self.error is None:
                data = data[os.write(self.fd, data) :]
        except OSError as error:  # the disk is full, say: the run goes on, its reading must
            self.error = "cannot store its output: %s" % error.strerror


# --- The child that becomes the script -----------------------------------------------------------


def enter_child(request, stdout, stderr, keeper):
    # type: (Json, int, int, int) -> None
    """Make this fork of the keeper what a process is that a shell has just started."""
    os.setsid()
    prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != keeper:
        os._exit(127)  # the keeper died before the line above could take effect
    os.dup2(stdout, 1)
    os.dup2(stderr, 2)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if request["cpus"] is not None:
        attempt("cannot use the CPUs %s" % request["cpus"], pin, request["cpus"])
    attempt("cannot enter %s" % request["cwd"], os.chdir, encode(request["cwd"]))
    signal.set_wakeup_fd(-1)
    for number in range(1, signal.NSIG):
        try:
            signal.signal(number, signal.SIG_DFL)
        except (OSError, RuntimeError, ValueError):  # SIGKILL, SIGSTOP and those of the C library
            pass
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_SETMASK, [])


def open_descriptors():
    # type: () -> List[int]
    return [int(name) for name in os.listdir("/proc/self/fd" if HAS_PROC else "/dev/fd")]


def close_descriptors(spare):
    # type: (Collection[int]) -> None
    for fd in open_descriptors():
        if fd > 2 and fd not in spare:
            try:
                os.close(fd)
            except OSError:  # the descriptor of this very listing
                pass


def exec_script(request, failure):
    # type: (Json, int) -> None
    """Become a plain ``python script args...``; the failure pipe closes as this succeeds."""
    close_descriptors([failure])
    command = [encode(word) for word in [request["python"], request["script"]] + request["args"]]
    environ = dict((encode(name), encode(value)) for name, value in request["environ"].items())
    attempt("cannot start %s" % request["python"], os.execve, command[0], command, environ)


def become_script(request, warm, stdout, stderr, failure, keeper):
    # type: (Json, Optional[Warm], int, int, int, int) -> None
    """Never returns; for a warm run it raises Ready."""
    try:
        enter_child(request, stdout, stderr, keeper)
        if warm is not None:
            warm.prepare(request, failure)
            raise Ready(lambda: warm.run(request))
        exec_script(request, failure)
    except Ready:
        raise
    except BaseException as error:
        message = error.args[0] if isinstance(error, CannotStart) else repr(error)
        os.write(failure, message.encode("utf-8", "replace")[:2000])
        os._exit(127)


# --- Warm runs -----------------------------------------------------------------------------------


class Warm(object):
    """A module that this process has imported, and how a fork of it becomes a script."""

    def __init__(self, request, orchestrator):
        # type: (Json, int) -> None
        """Import the module; ``why`` tells, if not None, why no run can start from here."""
        self.request = request
        self.why = None  # type: Optional[str]
        self.printed = (b"", b"")
        before = set(open_descriptors())
        usage = resource.getrusage(resource.RUSAGE_SELF)
        began = monotonic()
        try:
            self.load(orchestrator)
        except CannotStart as error:
            self.why = error.args[0]
        except BaseException as error:
            text = str(error).strip().split("\n")[0]
            self.why = "it fails to import: %s: %s" % (type(error).__name__, text[:200])
        self.seconds = monotonic() - began
        spent = resource.getrusage(resource.RUSAGE_SELF)
        self.cpu_seconds = spent.ru_utime + spent.ru_stime - usage.ru_utime - usage.ru_stime
        self.opened = set(open_descriptors()) - before
        self.modules = set(name.split(".")[0] for name in sys.modules)
        if self.why is None:
            self.why = self.doubt()

    def load(self, orchestrator):
        # type: (int) -> None
        """Import, with what it prints in files; gone with the orchestrator, or if it takes too long."""
        if LIBC is None:
            raise CannotStart("this Python has no ctypes, by which a warm run ends")
        until = monotonic() + self.request["timeout"]

        def watch(number, frame):
            # type: (int, Any) -> None
            hung_up = select.poll()
            hung_up.register(orchestrator, 0)
            if hung_up.poll(0) or monotonic() > until:
                os._exit(1)

        if self.request.get("cpus") is not None:
            attempt("cannot use these CPUs", pin, self.request["cpus"])
        sys.stdout.flush()
        sys.stderr.flush()
        names = (self.request["stdout"], self.request["stderr"])
        flags = os.O_RDWR | os.O_CREAT | os.O_TRUNC
        files = [attempt("cannot write %s" % n, os.open, encode(n), flags, 0o666) for n in names]
        kept = [private(fd) for fd in (1, 2)]
        arguments, sys.argv = sys.argv, [""]
        signal.signal(signal.SIGALRM, watch)
        signal.siginterrupt(signal.SIGALRM, False)
        signal.setitimer(signal.ITIMER_REAL, 0.5, 0.5)
        for number, fd in enumerate(files, 1):
            os.dup2(fd, number)
        try:
            __import__(self.request["module"])
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            sys.argv = arguments
            sys.stdout.flush()
            sys.stderr.flush()
            for number, fd in enumerate(kept, 1):
                os.dup2(fd, number)
            self.printed = (self.take(files[0]), self.take(files[1]))
            for fd in files + kept:
                os.close(fd)

    @staticmethod
    def take(fd):
        # type: (int) -> bytes
        os.lseek(fd, 0, os.SEEK_SET)
        return os.read(fd, 1 << 24)

    def doubt(self):
        # type: () -> Optional[str]
        """Why a fork would not be what a fresh process is, or None."""
        if HAS_PROC and len(os.listdir("/proc/self/task")) > 1:
            return "its import starts threads, which a fork does not have"
        if self.printed[0]:
            return "its import prints, which may come after what a script prints"
        return None

    def event(self):
        # type: () -> Json
        event = {"event": "imported", "id": self.request["id"], "why": self.why}  # type: Json
        event.update(seconds=round(self.seconds, 6), cpu_seconds=round(self.cpu_seconds, 6))
        return event

    def unfit(self, request):
        # type: (Json) -> bool
        """Whether there is no such script, or a module beside it comes before one imported here."""
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
        # type: (Json, int) -> None
        """Set what a process has from its start: descriptors, variables, arguments, signals."""
        close_descriptors(list(self.opened) + [failure])
        os.environ.clear()
        for name, value in request["environ"].items():
            os.environ[str(name)] = str(value)
        self.settle()
        script = str(request["script"])
        sys.argv = [script] + [str(word) for word in request["args"]]
        if hasattr(sys, "orig_argv"):
            sys.orig_argv = [str(request["python"])] + sys.argv
        sys.path.insert(0, os.path.dirname(os.path.abspath(script)))
        os.close(failure)

    def run(self, request):
        # type: (Json) -> None
        """Be the script, and never return."""
        code = 1
        try:
            # Since 3.9 a script knows its absolute path.
            absolute = sys.version_info >= (3, 9)
            self.execute(os.path.abspath(sys.argv[0]) if absolute else sys.argv[0])
            code = 0
        except SystemExit as ended:
            code = self.exit_code(ended.code)
        except BaseException:
            kind, error, trace = sys.exc_info()
            # Past the frames of this file; none is left of a script that cannot be compiled.
            while trace is not None and trace.tb_frame.f_globals is globals():
                trace = trace.tb_next
            if hasattr(error, "with_traceback"):
                error = error.with_traceback(trace)  # type: ignore[union-attr]
            sys.excepthook(kind, error, trace)  # type: ignore[arg-type]
            if kind is KeyboardInterrupt and sys.version_info >= (3, 8):
                sys.stdout.flush()
                signal.signal(signal.SIGINT, signal.SIG_DFL)
                os.kill(os.getpid(), signal.SIGINT)
            del error, trace
        # Joins threads, runs what is registered for the exit, flushes, and ends as Python ends.
        ctypes.pythonapi.Py_Exit(ctypes.c_int(code))

    def settle(self):
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
            setattr(sys.modules["tempfile"], "tempdir", None)

    @staticmethod
    def execute(path):
        # type: (str) -> None
        main = type(sys)("__main__")
        main.__dict__.update(__file__=path, __builtins__=sys.modules[len.__module__])
        if sys.version_info[0] > 2:
            from importlib.machinery import SourceFileLoader

            main.__dict__.update(__cached__=None, __annotations__={})
            main.__loader__ = SourceFileLoader("__main__", path)
        else:
            main.__package__ = None
        sys.modules["__main__"] = main
        with open(path, "rb") as source:
            text = source.read()
        exec(compile(text, path, "exec", 0, True), main.__dict__)

    @staticmethod
    def exit_code(code):
        # type: (object) -> int
        """What a shell sees of ``sys.exit(code)``."""
        if code is None:
            return 0
        if isinstance(code, int):
            return code & 0xFF
        sys.stdout.flush()
        sys.stderr.write("%s\n" % (code,))
        return 1


# --- The keeper ----------------------------------------------------------------------------------

SIGNALS = dict(  # in reverse, so that SIGABRT wins over SIGIOT and SIGCHLD over SIGCLD
    (int(getattr(signal, name)), name)
    for name in sorted(dir(signal), reverse=True)
    if name.startswith("SIG") and not name.startswith("SIG_")
)


def finished(request, **facts):
    # type: (Json, **object) -> Json
    event = {"event": "finished", "id": request["id"], "isolation": request["isolation"]}  # type: Json
    event.update(retval=127, signal=None, ended_by="exit", timed_out=False, truncated=False)
    event.update(seconds=0.0, cpu_seconds=0.0, peak_memory=0, error=None)
    event.update(facts)
    return event


class Run(object):
    """One run, as its keeper sees it."""

    def __init__(self, request, warm, control, report):
        # type: (Json, Optional[Warm], int, int) -> None
        self.request = request
        self.warm = warm  # None for a process of its own
        self.control = control  # a byte: stop; its end: the launcher is gone
        self.report = report
        self.leader = 0  # the script's process, leader of its session
        self.status = None  # type: Optional[int]
        self.cpu_seconds = 0.0
        self.peak_memory = 0
        self.ended_by = None  # type: Optional[str]
        self.began = self.ended = self.look_at = monotonic()
        self.deadline = self.began + request["timeout"]
        self.captures = []  # type: List[Capture]
        self.streams = {}  # type: Dict[int, Callable[[bytes], None]]
        self.failure = bytearray()  # what the child wrote because it could not become the script

    def keep(self):
        # type: () -> bool
        """Start the run, watch it to its end, report; says whether nothing of it is left."""
        prctl(PR_SET_CHILD_SUBREAPER, 1)
        self.wakeup = wake_on([signal.SIGCHLD], lambda number, frame: None)
        try:
            self.start()
        except CannotStart as error:
            emit(self.report, finished(self.request, error=error.args[0]))
            return True
        try:
            emit(self.report, {"event": "started", "id": self.request["id"], "pid": self.leader})
            while self.status is None:
                self.watch()
        finally:
            clean = self.kill()  # whatever the script has left behind
        until = monotonic() + DRAIN
        while self.streams and monotonic() < until:
            self.read(wait_readable(list(self.streams), until - monotonic()))
        for capture in self.captures:
            capture.close()
        emit(self.report, self.outcome(self.status))
        return clean

    def start(self):
        # type: () -> None
        limit = self.request["output_limit"]
        self.captures = [Capture(self.request[name], limit) for name in ("stdout", "stderr")]
        for capture, printed in zip(self.captures, self.warm.printed if self.warm else ()):
            capture.feed(printed)
        sinks = [capture.feed for capture in self.captures] + [self.failure.extend]
        ends = [pipe() for _ in sinks]
        keeper = os.getpid()
        self.began = monotonic()
        self.deadline = self.began + self.request["timeout"]
        self.leader = attempt("cannot fork", os.fork)
        if self.leader == 0:
            become_script(self.request, self.warm, ends[0][1], ends[1][1], ends[2][1], keeper)
        for (reading, writing), sink in zip(ends, sinks):
            os.close(writing)
            self.streams[reading] = sink

    def watch(self):
        # type: () -> None
        """Wait for the next thing to happen, and deal with it."""
        now = monotonic()
        if now >= self.look_at:
            self.look()
            self.look_at = monotonic() + POLL
        if now >= self.deadline:
            if self.ended_by is None:
                self.ended_by = "timeout"
                self.signal(signal.SIGTERM)
                self.deadline = monotonic() + self.request["grace"]
            else:
                self.kill()
        timeout = min(self.look_at, self.deadline) - monotonic()
        ready = wait_readable([self.wakeup, self.control] + list(self.streams), timeout)
        if self.control in ready:
            stop = os.read(self.control, CHUNK)
            self.end("stopped")
            if not stop:  # the launcher is gone, nobody reads a report
                os._exit(0)
        if self.wakeup in ready:
            os.read(self.wakeup, CHUNK)
            self.reap()
        self.read(ready)

    def look(self):
        # type: () -> None
        """Measure memory; end a run that takes too much."""
        processes = descendants()
        if len(processes) > PROCESSES:
            self.end("memory")
            return
        memory = sum(process.memory for process in processes)
        limit = self.request["memory_limit"]
        if limit is not None and memory > limit:
            # A page shared after a fork was counted in each process: that alone kills nobody.
            # A crowd is held still meanwhile: what forks holds a lock that reading this waits for,
            # and processes that fork without end would grow in number faster than they are read.
            crowd = len(processes) > CROWD
            if crowd:
                self.signal(signal.SIGSTOP)
                processes = descendants()
            memory = sum(proportional_memory(process) for process in processes)
            if crowd and memory <= limit:
                self.signal(signal.SIGCONT)
        self.peak_memory = max(self.peak_memory, memory)
        if limit is not None and memory > limit:
            self.end("memory")

    def read(self, ready):
        # type: (List[int]) -> None
        for fd in ready:
            if fd in self.streams:
                data = os.read(fd, CHUNK)
                if data:
                    self.streams[fd](data)
                else:
                    del self.streams[fd]
                    os.close(fd)

    def reap(self):
        # type: () -> bool
        """Take note of children that have ended; says whether there are others."""
        while True:
            try:
                pid, status, usage = os.wait4(-1, os.WNOHANG)
            except OSError:  # no child is left
                return False
            if pid == 0:
                return True
            if pid == self.leader:
                self.status = status
                self.ended = monotonic()
                self.cpu_seconds = usage.ru_utime + usage.ru_stime
                unit = 1 if sys.platform == "darwin" else 1024
                self.peak_memory = max(self.peak_memory, usage.ru_maxrss * unit)

    def signal(self, number):
        # type: (int) -> None
        sent = []  # type: List[int]
        if self.status is None or not HAS_PROC:  # its number is taken as long as it is not reaped
            try:
                os.killpg(self.leader, number)
                sent.append(self.leader)
            except OSError:  # no such group yet, or (as one of another user) not ours
                pass
        send(number, descendants(), sent)

    def kill(self):
        # type: () -> bool
        """Kill every process of the run; says whether, in the kernel's eyes, none is left."""
        until = monotonic() + PATIENCE
        while self.reap():
            if monotonic() > until:
                return False
            self.signal(signal.SIGKILL)
            if wait_readable([self.wakeup], 0.01):
                os.read(self.wakeup, CHUNK)
        return True

    def end(self, reason):
        # type: (str) -> None
        self.reap()
        if self.status is None:  # else it has just ended by itself
            self.ended_by = self.ended_by or reason
        self.kill()

    def outcome(self, status):
        # type: (int) -> Json
        number = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
        errors = [bytes(self.failure).decode("utf-8", "replace")]
        errors += [capture.error or "" for capture in self.captures]
        return finished(
            self.request,
            retval=-number if number else os.WEXITSTATUS(status),
            signal=SIGNALS.get(number, "SIG%d" % number) if number else None,
            ended_by=self.ended_by or ("signal" if number else "exit"),
            timed_out=self.ended_by == "timeout",
            truncated=any(capture.dropped for capture in self.captures),
            seconds=round(self.ended - self.began, 6),
            cpu_seconds=round(self.cpu_seconds, 6),
            peak_memory=self.peak_memory,
            error=next((error for error in errors if error), None),
        )


# --- The launcher --------------------------------------------------------------------------------

TEXT = (type(""), type(b"".decode("ascii")))  # str, and on Python 2.7 unicode


def is_text(value):
    # type: (object) -> bool
    return isinstance(value, TEXT)


def is_number(value, kind=(int, float)):
    # type: (Any, Any) -> bool
    return isinstance(value, kind) and not isinstance(value, bool) and value >= 0


def are(check, values):
    # type: (Callable[[Any], bool], Any) -> bool
    return isinstance(values, list) and all(check(value) for value in values)


def check(request):
    # type: (Json) -> None
    """Raise a ValueError unless a request to run has all that it needs, of the right kind."""

    def need(name, kind, valid):
        # type: (str, str, Callable[[Any], bool]) -> None
        if name not in request:
            raise ValueError("'%s' is missing" % name)
        if not valid(request[name]):
            raise ValueError("'%s' must be %s" % (name, kind))

    for name in ("id", "isolation", "python", "script", "cwd", "stdout", "stderr"):
        need(name, "a text", is_text)
    for name in ("timeout", "grace"):
        need(name, "a number of seconds", is_number)
    need("args", "a list of texts", lambda v: are(is_text, v))
    need(
        "environ", "texts by name", lambda v: isinstance(v, dict) and all(map(is_text, v.values()))
    )
    need("output_limit", "a number of bytes", lambda v: is_number(v, (int,)))
    need("memory_limit", "a number of bytes or null", lambda v: v is None or is_number(v, (int,)))
    need("cpus", "a list of CPU numbers or null", lambda v: v is None or are(is_number, v))
    need("isolation", "'fresh' or 'warm'", lambda v: v in ("fresh", "warm"))


def check_import(request):
    # type: (Json) -> None
    """The same for a request to import."""
    for name in ("id", "module", "stdout", "stderr"):
        if not is_text(request.get(name)):
            raise ValueError("'%s' must be a text" % name)
    if not is_number(request.get("timeout")):
        raise ValueError("'timeout' must be a number of seconds")
    if request.get("cpus") is not None and not are(is_number, request["cpus"]):
        raise ValueError("'cpus' must be a list of CPU numbers or null")


class Keeper(object):
    """A keeper, as the launcher sees it."""

    def __init__(self, request, pid, control, report):
        # type: (Json, int, int, int) -> None
        self.request = request
        self.pid = pid
        self.control = control
        self.report = Lines(report)
        self.began = monotonic()
        self.finished = None  # type: Optional[Json]


class Launcher(object):
    """Obeys requests, one keeper for each run, and passes their reports on."""

    def __init__(self, requests, events):
        # type: (int, int) -> None
        self.requests = Lines(requests)
        self.events = events
        self.keepers = {}  # type: Dict[str, Keeper]
        self.warm = None  # type: Optional[Warm]
        self.exiting = False  # no further runs
        self.doomed = False  # the orchestrator is gone, or a signal came
        self.wakeup = wake_on(ENDING, lambda number, frame: self.doom())

    def doom(self):
        # type: () -> None
        self.doomed = True

    def serve(self):
        # type: () -> None
        version = list(sys.version_info[:3])
        self.emit({"event": "ready", "python": version, "protocol": PROTOCOL, "pid": os.getpid()})
        while not self.doomed and (self.keepers or not self.exiting):
            reports = dict((keeper.report.fd, keeper) for keeper in self.keepers.values())
            for fd in wait_readable([self.wakeup, self.requests.fd] + list(reports)):
                if fd == self.wakeup:
                    os.read(self.wakeup, CHUNK)  # also written by signals that end nothing
                elif fd == self.requests.fd:
                    self.listen()
                elif fd in reports:
                    self.hear(reports[fd])
        for keeper in self.keepers.values():  # each kills its run as it reads the end of this pipe
            os.close(keeper.control)
        for keeper in self.keepers.values():
            while wait_readable([keeper.report.fd], PATIENCE + 1.0):
                if keeper.report.read() is None:
                    break
        self.sweep(())

    def emit(self, event):
        # type: (Json) -> None
        try:
            emit(self.events, event)
        except OSError:  # nobody reads any more
            self.doom()

    def listen(self):
        # type: () -> None
        lines = self.requests.read()
        if lines is None:
            self.doom()
        for line in lines or ():
            request = None  # type: Any
            try:
                request = json.loads(line.decode("utf-8"))
                self.obey(request)
            except (ValueError, RuntimeError) as error:  # the latter: nested too deeply
                name = request.get("id") if isinstance(request, dict) else None
                name = name if is_text(name) else None
                self.emit({"event": "refused", "id": name, "error": str(error)})

    def obey(self, request):
        # type: (Any) -> None
        if not isinstance(request, dict):
            raise ValueError("a request must be an object")
        if request.get("op") == "run":
            check(request)
            if request["id"] in self.keepers:
                raise ValueError("a run of this id is active")
            if self.exiting:
                raise ValueError("the launcher has been told to exit")
            if request["isolation"] == "warm" and (self.warm is None or self.warm.why):
                raise ValueError("there is nothing imported for a warm run")
            self.start(request)
        elif request.get("op") == "import":
            check_import(request)
            if self.warm is not None or self.keepers:
                raise ValueError("an import comes first, and once")
            self.warm = Warm(request, self.requests.fd)
            self.emit(self.warm.event())
        elif request.get("op") == "stop" and is_text(request.get("id")):
            keeper = self.keepers.get(request["id"])
            if keeper is not None:
                try:
                    os.write(keeper.control, b"s")
                except OSError:  # it has just ended
                    pass
        elif request.get("op") == "exit":
            self.exiting = True
        else:
            raise ValueError("a request must be a run, an import, a stop with an id, or an exit")

    def start(self, request):
        # type: (Json) -> None
        control = report = ()  # type: Any
        try:
            control = pipe()
            report = pipe()
            pid = os.fork()
        except OSError as error:
            for fd in control + report:
                os.close(fd)
            self.emit(finished(request, error="cannot start it: %s" % error.strerror))
            return
        if pid == 0:
            self.become_keeper(request, control, report)
        os.close(control[0])
        os.close(report[1])
        self.keepers[request["id"]] = Keeper(request, pid, control[1], report[0])

    def become_keeper(self, request, control, report):
        # type: (Json, Tuple[int, int], Tuple[int, int]) -> None
        """Never returns."""
        status = 1
        try:
            os.setsid()  # what hits the launcher's group must not hit those who clean up after it
            for number in ENDING:
                signal.signal(number, signal.SIG_DFL)
            # Copies held here would keep others from reading the ends of these pipes.
            for fd in [control[1], report[0], self.requests.fd, self.events, self.wakeup]:
                os.close(fd)
            for other in self.keepers.values():
                os.close(other.control)
                os.close(other.report.fd)
            warm = self.warm if request["isolation"] == "warm" else None
            if warm is not None and warm.unfit(request):
                warm, request["isolation"] = None, "fresh"
            status = 0 if Run(request, warm, control[0], report[1]).keep() else 1
        except Ready:
            raise
        except BaseException:
            traceback.print_exc()
        os._exit(status)

    def hear(self, keeper):
        # type: (Keeper) -> None
        """Pass on what a keeper says; its ``finished`` once it is gone, as the id is free then."""
        lines = keeper.report.read()
        for line in lines or ():
            event = json.loads(line.decode("utf-8"))
            if event["event"] == "finished":
                keeper.finished = event
            else:
                self.emit(event)
        if lines is not None:
            return
        os.close(keeper.control)
        os.close(keeper.report.fd)
        del self.keepers[keeper.request["id"]]
        if os.waitpid(keeper.pid, 0)[1] != 0:
            self.sweep([other.pid for other in self.keepers.values()])
        if keeper.finished is None:
            keeper.finished = finished(
                keeper.request,
                retval=-signal.SIGKILL,
                signal="SIGKILL",
                ended_by="signal",
                seconds=round(monotonic() - keeper.began, 6),
                error="the process that watched over it came to an untimely end",
            )
        self.emit(keeper.finished)

    def sweep(self, spare):
        # type: (Collection[int]) -> None
        """Kill what a keeper left behind: all descendants but the other keepers and theirs."""
        until = monotonic() + PATIENCE
        strays = descendants(spare)
        while strays and monotonic() < until:
            send(signal.SIGKILL, strays)
            time.sleep(0.005)
            for stray in strays:
                try:
                    os.waitpid(stray.pid, os.WNOHANG)
                except OSError:  # not (yet) a child of this process
                    pass
            strays = descendants(spare)


def main():
    # type: () -> None
    requests, events = private(0), private(1)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    os.dup2(2, 1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # ignored, it would reap unasked
    prctl(PR_SET_CHILD_SUBREAPER, 1)
    Launcher(requests, events).serve()


if __name__ == "__main__":
    _script = None
    try:
        main()
    except Ready as _ready:
        _script = _ready.become
    if _script is not None:
        if sys.version_info[0] == 2:
            sys.exc_clear()  # type: ignore[attr-defined]
        _script()
