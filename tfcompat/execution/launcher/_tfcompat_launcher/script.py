"""A script that runs in this very process, as ``python script args...`` would run it."""

import os
import signal
import sys

TYPE_CHECKING = False  # Python 2.7 has no typing module; mypy takes this name for true
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Callable, Optional

    from .figures import Figures


class BecomeScript(BaseException):
    """Unwinds the whole stack of a fork that is to run a script, which must not see it.

    ``run`` is what runs it.
    """

    def __init__(self, run):
        # type: (Callable[[], None]) -> None
        super(BecomeScript, self).__init__()
        self.run = run


def put_first(folder):
    # type: (str) -> None
    """Put a folder in front of those from which to import, and those of PYTHONPATH after it."""
    others = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    sys.path[:0] = [folder] + [other for other in others if other]


def run_script(end=None, figures=None, is_module=False):
    # type: (Optional[Callable[[int], None]], Optional[Figures], bool) -> None
    """Be the script that sys.argv names, or the module, and end the process.

    It ends by ``end``, else by SystemExit. ``figures`` takes what is drawn, where that is wanted.
    """
    code = 1
    try:
        if figures is not None:
            figures.install()
        if is_module:
            _execute_module()
        else:
            # Since 3.9 a script knows its absolute path.
            absolute = sys.version_info >= (3, 9)
            _execute(os.path.abspath(sys.argv[0]) if absolute else sys.argv[0])
        code = 0
    except SystemExit as ended:
        code = exit_code(ended.code)
    except BaseException:
        _report_exception()
    if figures is not None and code == 0:
        figures.take_open()
    if end is not None:
        end(code)
    # Python ends with no frame on its stack, to which it would attribute what it reports.
    raise SystemExit(code)


def _execute_module():
    # type: () -> None
    """Do what ``python -m`` does, by the function that it calls itself."""
    import runpy

    name, sys.argv[0] = sys.argv[0], "-m"
    sys.modules["__main__"] = _main_module(name)
    runpy._run_module_as_main(name)  # type: ignore[attr-defined]  # noqa: SLF001


def _execute(path):
    # type: (str) -> None
    main = _main_module(path)
    sys.modules["__main__"] = main
    with open(path, "rb") as source:
        text = source.read()
    exec(compile(text, path, "exec", 0, True), main.__dict__)


def _main_module(path):
    # type: (str) -> ModuleType
    """Return the module in which Python would run the script."""
    main = type(sys)("__main__")
    main.__dict__.update(__file__=path, __builtins__=sys.modules[len.__module__])
    if sys.version_info[0] > 2:
        from importlib.machinery import SourceFileLoader

        main.__dict__.update(__cached__=None, __annotations__={})
        main.__loader__ = SourceFileLoader("__main__", path)
    else:
        main.__package__ = None
    return main


def _report_exception():
    # type: () -> None
    """Print the exception that ended the script, as Python does, without frames of this module."""
    kind, error, trace = sys.exc_info()
    # None is left of a script that cannot be compiled.
    while trace is not None and trace.tb_frame.f_globals.get("__name__") == __name__:
        trace = trace.tb_next
    if hasattr(error, "with_traceback"):
        error = error.with_traceback(trace)  # type: ignore[union-attr]
    sys.excepthook(kind, error, trace)  # type: ignore[arg-type]
    if kind is KeyboardInterrupt and sys.version_info >= (3, 8):
        sys.stdout.flush()
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGINT)


def exit_code(code):
    # type: (object) -> int
    """Return what a shell sees of ``sys.exit(code)``."""
    if code is None:
        return 0
    if isinstance(code, int):
        return code & 0xFF
    sys.stdout.flush()
    sys.stderr.write("%s\n" % (code,))
    return 1
