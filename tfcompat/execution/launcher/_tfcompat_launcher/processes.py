"""The processes below this one, as /proc shows them: what there is, what it uses, and its end."""

import collections
import os
import resource
import signal
import time

from .system import HAS_PROC, PATIENCE, monotonic

TYPE_CHECKING = False  # Python 2.7 has no typing module; mypy takes this name for true
if TYPE_CHECKING:
    from typing import Collection, Dict, List, Optional

# https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
Process = collections.namedtuple("Process", "pid state parent group started memory")


def read_process(pid):
    # type: (int) -> Optional[Process]
    """Return a process, its memory in bytes; None if it is gone."""
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
    """Return all processes below this one, except those in ``spare`` and below them."""
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


def signal_groups(number, processes, sent=()):
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
            if process.group == os.getpgrp():  # just forked, its setsid is still to come
                os.kill(process.pid, number)
            else:
                os.killpg(process.group, number)
                done.add(process.group)
        except OSError:  # gone, or not ours to signal
            pass


def kill_descendants(spare):
    # type: (Collection[int]) -> None
    """Kill and reap all descendants except those in ``spare`` and below them, with patience."""
    until = monotonic() + PATIENCE
    strays = descendants(spare)
    while strays and monotonic() < until:
        signal_groups(signal.SIGKILL, strays)
        time.sleep(0.005)
        for stray in strays:
            try:
                os.waitpid(stray.pid, os.WNOHANG)
            except OSError:  # not (yet) a child of this process
                pass
        strays = descendants(spare)


def proportional_memory(process):
    # type: (Process) -> int
    """Return the bytes that a process uses, a page shared by N of them counted as 1/N of a page."""
    try:
        with open("/proc/%d/smaps_rollup" % process.pid, "rb") as rollup:
            for line in rollup:
                if line.startswith(b"Pss:"):
                    return int(line.split()[1]) * 1024
    except (IOError, OSError):  # gone, or Linux before 4.14
        pass
    return int(process.memory)
