"""How much a run has written to disk: looked at where much was, and now and then."""

import os
import time

TYPE_CHECKING = False  # Python 2.7 has no typing module; mypy takes this name for true
if TYPE_CHECKING:
    from typing import Optional

EVERY = 5.0  # seconds between two looks at all files, which take milliseconds for hundreds
BLOCK = 512  # bytes that ``st_blocks`` counts in, whatever the file system's own are


class DiskWatch(object):
    """Watches what is written below a folder from now on; ``limit`` is in bytes, None for none."""

    def __init__(self, folder, limit, now):
        # type: (str, Optional[int], float) -> None
        """Begin to watch at an instant ``now`` of a clock that never goes back."""
        self.folder = folder
        self.limit = limit
        self.began = time.time()  # that of files: the run's own copy of the study is older
        self.free = free_space(folder)
        self.look_at = now + EVERY

    def is_over(self, now):
        # type: (float) -> bool
        """Tell whether more was written than may be; ``now`` is of the same clock.

        All files are looked at where the disk has become fuller by half of the limit, by whomever,
        or some seconds after the last time.
        """
        if self.limit is None:
            return False
        free = free_space(self.folder)
        if self.free - free < self.limit // 2 and now < self.look_at:
            return False
        self.free = free
        self.look_at = now + EVERY
        return written(self.folder, self.began) > self.limit


def free_space(folder):
    # type: (str) -> int
    """Return the bytes that are free where a folder is; 0 where that cannot be told."""
    try:
        found = os.statvfs(folder)
    except OSError:
        return 0
    return found.f_bavail * found.f_frsize


def written(folder, since):
    # type: (str, float) -> int
    """Return the bytes on disk of the files below a folder that changed since an instant."""
    total = 0
    for path, _, names in os.walk(folder):
        for name in names:
            try:
                found = os.lstat(os.path.join(path, name))
            except OSError:  # it is gone again
                continue
            if found.st_ctime >= since:
                total += found.st_blocks * BLOCK
    return total
