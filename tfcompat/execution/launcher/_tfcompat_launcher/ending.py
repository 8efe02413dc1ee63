"""The end of a warm run: as Python ends, without finalising what only the launcher imported.

Before it forks, the launcher hides what it has imported from the garbage collector. What the
collector shows at the end of a run is what the run has made. Where none of that can notice that the
interpreter is not finalised, the process ends at once; otherwise Python ends it.

What a run could notice all the same: the end of objects that the collector does not track (those of
C extensions, mostly) or that the import made, functions that C libraries register with atexit(3),
hooks of ``sys.addaudithook`` and private ones of ``threading``. And ``gc.get_objects()`` does not
list what was imported.
"""

# ruff: noqa: SLF001 - only private functions know what is registered, and which threads there are
import atexit
import gc
import io
import os
import sys
import types
import weakref

from .system import LIBC

try:
    import ctypes
except ImportError:  # then nothing starts warm
    pass

TYPE_CHECKING = False  # Python 2.7 has no typing module; mypy takes this name for true
if TYPE_CHECKING:
    from typing import Any, Dict, List, Optional

_PYTHON_2 = sys.version_info[0] == 2
# A weak reference with a callback from here clears an entry of a collection, and no more.
_HARMLESS = ("weakref", "_weakrefset")
_COLLECTED = 1 << 14  # Py_TPFLAGS_HAVE_GC
_PLAIN = frozenset([dict, list, tuple, set, frozenset])


_finalised = {}  # type: Dict[type, bool]  # whether the end of such objects does something


class Ending(object):
    """What a process has imported, and how a fork of it ends."""

    def __init__(self):
        # type: () -> None
        """Hide from the garbage collector what there is."""
        gc.collect()
        # These are flushed in the end, as the collector does not show them any more.
        self.files = [thing for thing in gc.get_objects() if _is_written(thing)]
        self.exit_functions = _exit_functions()
        self.callbacks = list(getattr(gc, "callbacks", ()))
        self.hidden = _Hidden()

    def end(self, code):
        # type: (int) -> None
        """End this process with an exit code, or return where Python itself has to end it."""
        try:
            if not self._is_watched() and not any(map(_is_finalised, gc.get_objects())):
                atexit._run_exitfuncs()
                self._flush()
                os._exit(code)
        except BaseException:  # noqa: S110 - Python will come across it again, and report it
            pass
        self.hidden.show()

    def _is_watched(self):
        # type: () -> bool
        """Tell whether other threads still run, or something watches the interpreter's end."""
        threading = sys.modules.get("threading")
        monitoring = getattr(sys, "monitoring", None)
        return bool(
            (threading is not None and len(threading._active) + len(threading._limbo) > 1)
            or (monitoring is not None and any(map(monitoring.get_tool, range(6))))
            or sys.gettrace()
            or sys.getprofile()
            or gc.get_debug()
            or list(getattr(gc, "callbacks", ())) != self.callbacks
            or _exit_functions() != self.exit_functions
            or not self.hidden.is_complete()
        )

    def _flush(self):
        # type: () -> None
        for stream in [sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__] + self.files:
            if stream is not None and not stream.closed:
                stream.flush()
        if LIBC is not None:
            LIBC.fflush(None)


def _exit_functions():
    # type: () -> int
    """Return how many functions are registered for the exit."""
    if hasattr(atexit, "_ncallbacks"):
        return int(atexit._ncallbacks())
    return len(atexit._exithandlers)  # type: ignore[attr-defined]


def _is_written(thing):
    # type: (Any) -> bool
    """Tell whether this is an open file of Python's own kinds that can be written to."""
    if type(thing).__module__ not in ("_io", "io") or not issubclass(type(thing), io.IOBase):
        return False
    try:
        return bool(not thing.closed and thing.writable())
    except ValueError:  # it lies above a file that was detached or closed
        return False


def _is_finalised(thing):
    # type: (Any) -> bool
    """Tell whether the end of an object, or of an instance of a class, may do something."""
    kind = type(thing)
    if kind in _PLAIN:
        return False
    if kind is types.FunctionType:  # of a script, for a class of the library
        main = sys.modules.get("__main__")
        return thing.__name__ == "__del__" and thing.__globals__ is getattr(main, "__dict__", None)
    if issubclass(kind, weakref.ref):
        return _is_called_back(thing)
    if kind is types.GeneratorType:
        return _is_suspended(thing)
    if issubclass(kind, type):  # its instances are not to be seen if it is none of the collector's
        return not thing.__flags__ & _COLLECTED and _has_finaliser(thing)
    if _PYTHON_2 and kind is types.InstanceType:  # type: ignore[attr-defined]
        kind = thing.__class__
    return _has_finaliser(kind) and not _is_closed(thing)


def _has_finaliser(kind):
    # type: (type) -> bool
    if kind not in _finalised:
        if hasattr(kind, "__mro__"):  # without asking a metaclass
            _finalised[kind] = any("__del__" in base.__dict__ for base in kind.__mro__)
        else:  # a class of Python 2's old sort
            _finalised[kind] = hasattr(kind, "__del__")
    return _finalised[kind]


def _is_closed(thing):
    # type: (Any) -> bool
    return type(thing).__module__ in ("_io", "io") and thing.closed


def _is_called_back(reference):
    # type: (Any) -> bool
    """Tell whether what clears a weak reference may do more than clear an entry."""
    if type(reference()).__module__ == "_thread":
        return False
    for called in gc.get_referents(reference):  # it refers to its callback alone
        module = getattr(called, "__module__", None)
        # Those of abstract base classes are C functions bound to a weak reference.
        if module not in _HARMLESS and not isinstance(
            getattr(called, "__self__", None), weakref.ref
        ):
            return True
    return False


def _is_suspended(generator):
    # type: (Any) -> bool
    """Tell whether a generator has begun and not ended: its ``finally`` may be still to come."""
    if hasattr(generator, "gi_suspended"):
        return bool(generator.gi_suspended)
    return generator.gi_frame is not None and generator.gi_frame.f_lasti >= 0


class _Hidden(object):
    """The objects that the garbage collector does not see until they are shown again."""

    def __init__(self):
        # type: () -> None
        """Hide all objects that there are."""
        self.count = 0
        self.oldest = None  # type: Optional[int]
        if hasattr(gc, "freeze"):
            gc.freeze()
            self.count = gc.get_freeze_count()
            return
        self.oldest = _oldest_generation()
        self.apart = ctypes.create_string_buffer(64)  # has room for the head of a list
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(self.apart))  # it outlives its objects
        if self.oldest is not None:
            place = ctypes.addressof(self.apart)
            head, apart = _links(self.oldest), _links(place)
            apart[0], apart[1] = head[0], head[1]
            _links(apart[0])[1] = _links(apart[1])[0] = place
            head[0] = head[1] = self.oldest

    def is_complete(self):
        # type: () -> bool
        """Tell whether the collector shows all that came later: a script may hide objects, too."""
        if hasattr(gc, "freeze"):
            return 0 < gc.get_freeze_count() <= self.count
        return self.oldest is not None

    def show(self):
        # type: () -> None
        """Have the collector see everything: what is in a cycle with a hidden object never ends."""
        if hasattr(gc, "freeze"):
            gc.unfreeze()
        elif self.oldest is not None:
            head, apart = _links(self.oldest), _links(ctypes.addressof(self.apart))
            _links(apart[1])[0], _links(head[0])[1] = head[0], apart[1]
            head[0], _links(apart[0])[1] = apart[0], self.oldest
            self.oldest = None


def _links(address):
    # type: (Optional[int]) -> Any
    """Return the next and the previous object in a list of the garbage collector."""
    return (ctypes.c_void_p * 2).from_address(address or 0)


def _oldest_generation():
    # type: () -> Optional[int]
    """Return where a Python before 3.7 lists the objects that have outlived a full collection.

    A generation is the head of its list, a threshold and a count; they lie one after the other.
    https://github.com/python/cpython/blob/3.6/Modules/gcmodule.c
    """
    first = ctypes.c_void_p.in_dll(ctypes.pythonapi, "_PyGC_generation0").value or 0
    for size, stride in ((24, 32), (32, 40), (32, 48)):  # as the compiler aligned them
        places = [first + stride * number for number in range(3)]
        found = [ctypes.c_int.from_address(place + size).value for place in places]
        if tuple(found) == gc.get_threshold():
            return places[2]
    return None
