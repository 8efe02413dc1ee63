"""The launcher's main loop: reads requests, has a keeper for each run, passes reports on."""

import json
import os
import signal
import sys
import traceback

from .processes import kill_descendants
from .protocol import (
    CHUNK,
    PROTOCOL,
    Lines,
    check_import,
    check_run,
    finished_event,
    is_text,
    write_event,
)
from .script import BecomeScript
from .supervisor import SupervisedRun
from .system import (
    PATIENCE,
    PR_SET_CHILD_SUBREAPER,
    monotonic,
    prctl,
    private_descriptor,
    private_pipe,
    wait_readable,
    wake_on,
)
from .warm import WarmImport

TYPE_CHECKING = False  # Python 2.7 has no typing module; mypy takes this name for true
if TYPE_CHECKING:
    from typing import Any, Callable, Dict, Mapping, Optional, Tuple

    from .protocol import FinishedEvent, RunRequest

_ENDING = [signal.SIGTERM, signal.SIGINT, signal.SIGHUP]


def main():
    # type: () -> Callable[[], None]
    """Serve until there are no more requests, and end the process.

    In a fork that is to be a warm run, return what runs the script.
    """
    requests, events = private_descriptor(0), private_descriptor(1)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    os.dup2(2, 1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # ignored, it would reap unasked
    prctl(PR_SET_CHILD_SUBREAPER, 1)
    try:
        Server(requests, events).serve()
    except BecomeScript as become:
        return become.run
    # Nothing of what was imported here has to be finalised, which may take a second.
    os._exit(0)


class KeeperHandle(object):
    """A keeper, as the launcher sees it: its process, and a pipe to and from it."""

    def __init__(self, request, pid, control, report):
        # type: (RunRequest, int, int, int) -> None
        self.request = request
        self.pid = pid
        self.control = control
        self.report = Lines(report)
        self.began = monotonic()
        self.finished = None  # type: Optional[FinishedEvent]

    def close(self):
        # type: () -> None
        """Close the pipes."""
        os.close(self.control)
        os.close(self.report.fd)

    def outcome(self):
        # type: () -> FinishedEvent
        """Return how the run ended, also where the keeper could not say so."""
        return self.finished or finished_event(
            self.request,
            retval=-signal.SIGKILL,
            signal="SIGKILL",
            ended_by="signal",
            seconds=round(monotonic() - self.began, 6),
            error="the process that watched over it came to an untimely end",
        )


class Server(object):
    """Handles requests, one keeper for each run, and passes their reports on."""

    def __init__(self, requests, events):
        # type: (int, int) -> None
        self.requests = Lines(requests)
        self.events = events
        self.keepers = {}  # type: Dict[str, KeeperHandle]
        self.warm = None  # type: Optional[WarmImport]
        self.shutting_down = False  # the orchestrator is gone, or a signal came
        self.wakeup = wake_on(_ENDING, lambda number, frame: self.request_shutdown())

    def request_shutdown(self):
        # type: () -> None
        """Have the main loop end."""
        self.shutting_down = True

    def serve(self):
        # type: () -> None
        """Handle requests until there are no more, then end all runs."""
        version = list(sys.version_info[:3])
        self._send({"event": "ready", "python": version, "protocol": PROTOCOL, "pid": os.getpid()})
        while not self.shutting_down:
            reports = {keeper.report.fd: keeper for keeper in self.keepers.values()}
            for fd in wait_readable([self.wakeup, self.requests.fd] + list(reports)):
                if fd == self.wakeup:
                    os.read(self.wakeup, CHUNK)  # also written by signals that end nothing
                elif fd == self.requests.fd:
                    self.read_requests()
                elif fd in reports:
                    self.on_keeper_report(reports[fd])
        self._end_runs()

    def _end_runs(self):
        # type: () -> None
        for keeper in self.keepers.values():  # each kills its run as it reads the end of this pipe
            os.close(keeper.control)
        for keeper in self.keepers.values():
            while wait_readable([keeper.report.fd], PATIENCE + 1.0):
                if keeper.report.read() is None:
                    break
        kill_descendants(())

    def _send(self, event):
        # type: (Mapping[str, object]) -> None
        try:
            write_event(self.events, event)
        except OSError:  # nobody reads any more
            self.request_shutdown()

    def read_requests(self):
        # type: () -> None
        """Handle the requests that have come; refuse those that make no sense."""
        lines = self.requests.read()
        if lines is None:
            self.request_shutdown()
        for line in lines or ():
            request = None  # type: Any
            try:
                request = json.loads(line.decode("utf-8"))
                self.handle_request(request)
            except (ValueError, RuntimeError) as error:  # the latter: nested too deeply
                name = request.get("id") if isinstance(request, dict) else None
                name = name if is_text(name) else None
                self._send({"event": "refused", "id": name, "error": str(error)})

    def handle_request(self, request):
        # type: (Any) -> None
        """Do what a request asks; raise ValueError for one that makes no sense."""
        if not isinstance(request, dict):
            raise ValueError("a request must be an object")
        if request.get("op") == "run":
            check_run(request)
            if request["id"] in self.keepers:
                raise ValueError("a run of this id is active")
            if request["isolation"] == "warm" and (self.warm is None or self.warm.why):
                raise ValueError("there is nothing imported for a warm run")
            self._start(request)  # type: ignore[arg-type]
        elif request.get("op") == "import":
            check_import(request)
            if self.warm is not None or self.keepers:
                raise ValueError("an import comes first, and once")
            self.warm = WarmImport(request, self.requests.fd)  # type: ignore[arg-type]
            self._send(self.warm.event())
        else:
            raise ValueError("a request must be a run or an import")

    def _start(self, request):
        # type: (RunRequest) -> None
        control = report = ()  # type: Any
        try:
            control = private_pipe()
            report = private_pipe()
            pid = os.fork()
        except OSError as error:
            for fd in control + report:
                os.close(fd)
            self._send(finished_event(request, error="cannot start it: %s" % error.strerror))
            return
        if pid == 0:
            self._become_keeper(request, control, report)
        os.close(control[0])
        os.close(report[1])
        self.keepers[request["id"]] = KeeperHandle(request, pid, control[1], report[0])

    def _become_keeper(self, request, control, report):
        # type: (RunRequest, Tuple[int, int], Tuple[int, int]) -> None
        """Never return; raise BecomeScript in a fork that is to be a warm run."""
        status = 1
        try:
            os.setsid()  # what hits the launcher's group must not hit those who clean up after it
            for number in _ENDING:
                signal.signal(number, signal.SIG_DFL)
            # Copies held here would keep others from reading the ends of these pipes.
            for fd in [control[1], report[0], self.requests.fd, self.events, self.wakeup]:
                os.close(fd)
            for other in self.keepers.values():
                other.close()
            warm = self.warm if request["isolation"] == "warm" else None
            if warm is not None and warm.is_unfit(request):
                warm, request["isolation"] = None, "fresh"
            status = 0 if SupervisedRun(request, warm, control[0], report[1]).supervise() else 1
        except BecomeScript:
            raise
        except BaseException:
            traceback.print_exc()
        os._exit(status)

    def on_keeper_report(self, keeper):
        # type: (KeeperHandle) -> None
        """Pass a keeper's events on; its ``finished`` once it is gone, as the id is free then."""
        lines = keeper.report.read()
        for line in lines or ():
            event = json.loads(line.decode("utf-8"))
            if event["event"] == "finished":
                keeper.finished = event
            else:
                self._send(event)
        if lines is not None:
            return
        keeper.close()
        del self.keepers[keeper.request["id"]]
        if os.waitpid(keeper.pid, 0)[1] != 0:
            kill_descendants([other.pid for other in self.keepers.values()])
        self._send(keeper.outcome())
