"""The keeper: the process that watches over one run, bounds it, and reports how it ended."""

import os
import signal
import sys

from .capture import Capture
from .child import become_script
from .disk import DiskWatch
from .processes import descendants, proportional_memory, signal_groups
from .protocol import CHUNK, finished_event, write_event
from .system import (
    HAS_PROC,
    PATIENCE,
    PR_SET_CHILD_SUBREAPER,
    CannotStart,
    attempt,
    monotonic,
    prctl,
    private_pipe,
    wait_readable,
    wake_on,
)

TYPE_CHECKING = False  # Python 2.7 has no typing module; mypy takes this name for true
if TYPE_CHECKING:
    from typing import Callable, Dict, List, Optional

    from .processes import Process
    from .protocol import FinishedEvent, RunRequest
    from .warm import WarmImport

POLL = 0.25  # seconds between two looks at a run's processes
DRAIN = 0.5  # seconds to read what is left in the pipes of a finished run
PROCESSES = 1000  # that a run may have at once; RLIMIT_NPROC would not stop root's fork bombs
CROWD = 16  # processes, beyond which they are held still to be measured

SIGNALS = {  # in reverse, so that SIGABRT wins over SIGIOT and SIGCHLD over SIGCLD
    int(getattr(signal, name)): name
    for name in sorted(dir(signal), reverse=True)
    if name.startswith("SIG") and not name.startswith("SIG_")
}


class SupervisedRun(object):
    """One run, as its keeper sees it."""

    def __init__(self, request, warm, control, report):
        # type: (RunRequest, Optional[WarmImport], int, int) -> None
        """Take a request, what it starts from (None: a process of its own), and two pipes.

        ``control`` ends when the launcher is gone; ``report`` takes events.
        """
        self.request = request
        self.warm = warm
        self.control = control
        self.report = report
        self.leader = 0  # the script's process, leader of its session
        self.status = None  # type: Optional[int]
        self.cpu_seconds = 0.0
        self.peak_memory = 0
        self.ended_by = None  # type: Optional[str]
        self.began = self.ended = self.look_at = monotonic()
        self.deadline = self.began + request["timeout"]
        self.disk = DiskWatch(request["folder"], request["disk_limit"], self.began)
        self.captures = []  # type: List[Capture]
        self.streams = {}  # type: Dict[int, Callable[[bytes], None]]
        self.failure = bytearray()  # what the child wrote because it could not become the script

    def supervise(self):
        # type: () -> bool
        """Start the run, watch it to its end, report; tell whether nothing of it is left."""
        prctl(PR_SET_CHILD_SUBREAPER, 1)
        self.wakeup = wake_on([signal.SIGCHLD], lambda number, frame: None)
        try:
            self._start()
        except CannotStart as error:
            write_event(self.report, finished_event(self.request, error=error.args[0]))
            return True
        try:
            started = {"event": "started", "id": self.request["id"], "pid": self.leader}
            write_event(self.report, started)
            while self.status is None:
                self._watch()
        finally:
            clean = self._kill()  # whatever the script has left behind
        self._drain()
        write_event(self.report, self._outcome(self.status))
        return clean

    def _start(self):
        # type: () -> None
        limit = self.request["output_limit"]
        names = (self.request["stdout"], self.request["stderr"])
        self.captures = [Capture(name, limit) for name in names]
        for capture, printed in zip(self.captures, self.warm.printed if self.warm else ()):
            capture.feed(printed)
        sinks = [capture.feed for capture in self.captures] + [self.failure.extend]
        ends = [private_pipe() for _ in sinks]
        keeper = os.getpid()
        self.began = monotonic()
        self.deadline = self.began + self.request["timeout"]
        self.leader = attempt("cannot fork", os.fork)
        if self.leader == 0:
            become_script(self.request, self.warm, ends[0][1], ends[1][1], ends[2][1], keeper)
        for (reading, writing), sink in zip(ends, sinks):
            os.close(writing)
            self.streams[reading] = sink

    def _watch(self):
        # type: () -> None
        """Wait for the next thing to happen, and deal with it."""
        now = monotonic()
        if now >= self.look_at:
            self._measure()
            self.look_at = monotonic() + POLL
        if now >= self.deadline:
            self._pass_deadline()
        timeout = min(self.look_at, self.deadline) - monotonic()
        ready = wait_readable([self.wakeup, self.control] + list(self.streams), timeout)
        if self.control in ready:  # its end: the launcher is gone, and nobody reads a report
            self._kill()
            os._exit(0)
        if self.wakeup in ready:
            os.read(self.wakeup, CHUNK)
            self._reap()
        self._read(ready)

    def _pass_deadline(self):
        # type: () -> None
        """Ask the run to end, and kill it if it has been asked before."""
        if self.ended_by is None:
            self.ended_by = "timeout"
            self._signal(signal.SIGTERM)
            self.deadline = monotonic() + self.request["grace"]
        else:
            self._kill()

    def _measure(self):
        # type: () -> None
        """Measure memory and disk; end a run that takes too much, or has too many processes."""
        if self.disk.is_over(monotonic()):
            self._end_for("disk")
            return
        processes = descendants()
        if len(processes) > PROCESSES:
            self._end_for("memory")
            return
        memory = sum(process.memory for process in processes)
        limit = self.request["memory_limit"]
        if limit is not None and memory > limit:
            memory = self._measure_exactly(processes, limit)
        self.peak_memory = max(self.peak_memory, memory)
        if limit is not None and memory > limit:
            self._end_for("memory")

    def _measure_exactly(self, processes, limit):
        # type: (List[Process], int) -> int
        """Return what the run uses, where pages shared after a fork are counted once.

        A crowd is held still meanwhile: what forks holds a lock that reading this waits for, and
        processes that fork without end would grow in number faster than they are read.
        """
        crowd = len(processes) > CROWD
        if crowd:
            self._signal(signal.SIGSTOP)
            processes = descendants()
        memory = sum(proportional_memory(process) for process in processes)
        if crowd and memory <= limit:
            self._signal(signal.SIGCONT)
        return memory

    def _end_for(self, what):
        # type: (str) -> None
        """End a run that takes too much of something."""
        self._reap()
        if self.status is None:  # else it has just ended by itself
            self.ended_by = self.ended_by or what
        self._kill()

    def _read(self, ready):
        # type: (List[int]) -> None
        for fd in ready:
            if fd in self.streams:
                data = os.read(fd, CHUNK)
                if data:
                    self.streams[fd](data)
                else:
                    del self.streams[fd]
                    os.close(fd)

    def _drain(self):
        # type: () -> None
        """Read what is left in the pipes, and store it."""
        until = monotonic() + DRAIN
        while self.streams and monotonic() < until:
            self._read(wait_readable(list(self.streams), until - monotonic()))
        for capture in self.captures:
            capture.close()

    def _reap(self):
        # type: () -> bool
        """Take note of children that have ended; tell whether there are others."""
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

    def _signal(self, number):
        # type: (int) -> None
        """Signal every process of the run."""
        sent = []  # type: List[int]
        if self.status is None or not HAS_PROC:  # its number is taken as long as it is not reaped
            try:
                os.killpg(self.leader, number)
                sent.append(self.leader)
            except OSError:  # no such group yet, or (as one of another user) not ours
                pass
        signal_groups(number, descendants(), sent)

    def _kill(self):
        # type: () -> bool
        """Kill every process of the run; tell whether, in the kernel's eyes, none is left."""
        until = monotonic() + PATIENCE
        while self._reap():
            if monotonic() > until:
                return False
            self._signal(signal.SIGKILL)
            if wait_readable([self.wakeup], 0.01):
                os.read(self.wakeup, CHUNK)
        return True

    def _outcome(self, status):
        # type: (int) -> FinishedEvent
        number = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
        errors = [bytes(self.failure).decode("utf-8", "replace")]
        errors += [capture.error or "" for capture in self.captures]
        return finished_event(
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
