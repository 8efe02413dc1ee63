"""What the launcher asks of the operating system: clock, descriptors, pipes, signals, CPUs."""

import errno
import fcntl
import os
import select
import signal
import sys
import time

try:
    import ctypes

    LIBC = ctypes.CDLL(None, use_errno=True)  # type: Optional[ctypes.CDLL]
except (ImportError, OSError):
    LIBC = None

TYPE_CHECKING = False  # Python 2.7 has no typing module; mypy takes this name for true
if TYPE_CHECKING:
    from typing import Any, Callable, Collection, List, Optional, Tuple

PATIENCE = 5.0  # seconds to get rid of processes
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36  # from <sys/prctl.h>
HAS_PROC = os.path.exists("/proc/self/stat")
_FIRST_PRIVATE = 200  # the lowest descriptor of the launcher's own

# Python 2.7 has no monotonic clock, but times(2) counts from boot (in hundredths of a second).
monotonic = getattr(time, "monotonic", None) or (lambda: os.times()[4])  # type: Callable[[], float]


class CannotStart(Exception):
    """A step on the way to the script failed; the message is for the user."""


def attempt(what, call, *arguments):
    # type: (str, Callable[..., Any], *object) -> Any
    """Return what a call returns; CannotStart, with ``what`` and the reason, where it fails."""
    try:
        return call(*arguments)
    except (OSError, ValueError, TypeError, IndexError, OverflowError) as error:
        raise CannotStart("%s: %s" % (what, getattr(error, "strerror", None) or error))


def encode(text):
    # type: (str) -> bytes
    """Return a text as bytes for the system, whatever the locale."""
    return text.encode("utf-8", "strict" if sys.version_info[0] == 2 else "surrogateescape")


def prctl(option, argument):
    # type: (int, int) -> None
    """Set an attribute of this process, where there is such a call."""
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


def private_descriptor(fd):
    # type: (int) -> int
    """Return a close-on-exec duplicate, out of the way of the low numbers that scripts see."""
    high = fcntl.fcntl(fd, fcntl.F_DUPFD, _FIRST_PRIVATE)
    fcntl.fcntl(high, fcntl.F_SETFD, fcntl.FD_CLOEXEC)
    return high


def private_pipe():
    # type: () -> Tuple[int, int]
    """Return the ends of a pipe, for reading and for writing, as private descriptors."""
    low = os.pipe()
    ends = private_descriptor(low[0]), private_descriptor(low[1])
    os.close(low[0])
    os.close(low[1])
    return ends


def open_descriptors():
    # type: () -> List[int]
    """Return the descriptors of this process, with that of this very listing."""
    return [int(name) for name in os.listdir("/proc/self/fd" if HAS_PROC else "/dev/fd")]


def close_descriptors(spare):
    # type: (Collection[int]) -> None
    """Close all descriptors but the standard streams and those to spare."""
    for fd in open_descriptors():
        if fd > 2 and fd not in spare:
            try:
                os.close(fd)
            except OSError:  # the descriptor of this very listing
                pass


def wake_on(signals, handler):
    # type: (Collection[int], Callable[[int, Any], None]) -> int
    """Return a descriptor that becomes readable when one of these signals has come."""
    reading, writing = private_pipe()
    for fd in (reading, writing):
        fcntl.fcntl(fd, fcntl.F_SETFL, fcntl.fcntl(fd, fcntl.F_GETFL) | os.O_NONBLOCK)
    signal.set_wakeup_fd(writing)
    for number in signals:
        signal.signal(number, handler)
        signal.siginterrupt(number, False)  # spares Python 2.7 an EINTR in every call but select
    return reading


def wait_readable(fds, timeout=None):
    # type: (List[int], Optional[float]) -> List[int]
    """Return which descriptors can be read, after ``timeout`` seconds at the latest."""
    try:
        return select.select(fds, [], [], timeout if timeout is None else max(0.0, timeout))[0]
    except select.error as error:  # Python 2.7, when a signal came
        if error.args[0] != errno.EINTR:
            raise
        return []
