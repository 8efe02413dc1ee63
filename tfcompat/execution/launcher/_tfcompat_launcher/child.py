"""The fork of a keeper that becomes the script."""

import functools
import os
import resource
import signal
import sys

from .script import BecomeScript, run_script
from .system import (
    PR_SET_PDEATHSIG,
    CannotStart,
    attempt,
    close_descriptors,
    encode,
    pin,
    prctl,
)

TYPE_CHECKING = False  # Python 2.7 has no typing module; mypy takes this name for true
if TYPE_CHECKING:
    from typing import Callable, Optional

    from .protocol import RunRequest
    from .warm import WarmImport

_NOT_STARTED = 127  # the exit code, as a shell has it
_LAUNCHER = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "launcher.py")
_LONGEST_MESSAGE = 2000  # bytes, which a pipe takes at once


def become_script(request, warm, stdout, stderr, failure, keeper):
    # type: (RunRequest, Optional[WarmImport], int, int, int, int) -> None
    """Never return; raise BecomeScript for a warm run.

    ``stdout``, ``stderr`` and ``failure`` are pipes to the keeper, whose process number is
    ``keeper``. The last of them gets why there is no script, or just closes.
    """
    try:
        _enter_child(request, stdout, stderr, keeper)
        if warm is not None:
            warm.prepare(request, failure)
            raise BecomeScript(functools.partial(_load_program(request), warm.ending.end))
        _exec_script(request, failure)
    except BecomeScript:
        raise
    except BaseException as error:
        message = error.args[0] if isinstance(error, CannotStart) else repr(error)
        os.write(failure, message.encode("utf-8", "replace")[:_LONGEST_MESSAGE])
        os._exit(_NOT_STARTED)


def _enter_child(request, stdout, stderr, keeper):
    # type: (RunRequest, int, int, int) -> None
    """Make this fork of the keeper what a process is that a shell has just started."""
    os.setsid()
    prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != keeper:
        os._exit(_NOT_STARTED)  # the keeper died before the line above could take effect
    os.dup2(stdout, 1)
    os.dup2(stderr, 2)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if request["cpus"] is not None:
        attempt("cannot use the CPUs %s" % request["cpus"], pin, request["cpus"])
    attempt("cannot enter %s" % request["cwd"], os.chdir, encode(request["cwd"]))
    if request["stdin"] is not None:
        read = attempt(
            "cannot read %s" % request["stdin"], os.open, encode(request["stdin"]), os.O_RDONLY
        )
        os.dup2(read, 0)
        os.close(read)
    _reset_signals()


def _reset_signals():
    # type: () -> None
    signal.set_wakeup_fd(-1)
    for number in range(1, signal.NSIG):
        try:
            signal.signal(number, signal.SIG_DFL)
        except (OSError, RuntimeError, ValueError):  # SIGKILL, SIGSTOP and those of the C library
            pass
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_SETMASK, [])


def _load_program(request):
    # type: (RunRequest) -> Callable[..., None]
    """Return what runs a script or a notebook; what only others need, none finds imported."""
    if _is_plain(request):
        return run_script
    kept, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        from .single import program

        return program(_kind(request), request["figures"])
    finally:
        sys.dont_write_bytecode = kept


def _is_plain(request):
    # type: (RunRequest) -> bool
    """Tell whether the interpreter alone can run it so."""
    return request["notebook"] is None and request["figures"] is None


def _kind(request):
    # type: (RunRequest) -> str
    """Return what is to run, in the words of ``single``."""
    if request["notebook"] is not None:
        return "notebook"
    return "script" if request["module"] is None else "module"


def _exec_script(request, failure):
    # type: (RunRequest, int) -> None
    """Become ``python script args...``, ``python -m module args...``, or what ``single`` runs.

    The failure pipe closes as this succeeds.
    """
    close_descriptors([failure])
    what = [request["script"]] if request["module"] is None else ["-m", request["module"]]
    if not _is_plain(request):
        name = request["notebook"] or what[-1]
        what = [_LAUNCHER, _kind(request), request["figures"] or "", name]
    command = [encode(word) for word in [request["python"]] + what + request["args"]]
    environ = {encode(name): encode(value) for name, value in request["environ"].items()}
    attempt("cannot start %s" % request["python"], os.execve, command[0], command, environ)
