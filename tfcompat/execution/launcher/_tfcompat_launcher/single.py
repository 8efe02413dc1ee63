"""One program that runs in this very process, where the interpreter alone could not run it so.

That is a notebook, or a script or module of which the figures are wanted. ``launcher.py`` is then
started as ``PYTHON launcher.py KIND FIGURES NAME args...``: KIND is ``notebook``, ``module`` or
``script``, FIGURES the folder for pictures or empty, NAME the file (of a notebook: its cells), or
the module's name.
"""

import os
import sys
from functools import partial

from .script import put_first, run_script

TYPE_CHECKING = False  # Python 2.7 has no typing module; mypy takes this name for true
if TYPE_CHECKING:
    from typing import Callable, Optional

    from .figures import Figures


def load():
    # type: () -> Callable[[], None]
    """Return what runs the program that sys.argv names, and make sys.argv what it expects."""
    kind, folder = sys.argv[1:3]
    run = program(kind, folder)
    del sys.argv[:3]
    if hasattr(sys, "orig_argv"):
        sys.orig_argv = sys.orig_argv[:1] + (["-m"] if kind == "module" else []) + sys.argv
    if kind == "script":
        put_first(os.path.dirname(os.path.abspath(sys.argv[0])))
    elif kind == "module":
        put_first(os.getcwd() if sys.version_info[0] > 2 else "")
    return run


def program(kind, folder):
    # type: (str, Optional[str]) -> Callable[..., None]
    """Return what runs a program of a kind, and saves its figures to a folder, if one is given."""
    figures = None  # type: Optional[Figures]
    if folder:
        from .figures import Figures as FiguresOfRun

        figures = FiguresOfRun(folder)
    if kind == "notebook":
        from .notebook import run_notebook

        return partial(run_notebook, figures=figures)
    return partial(run_script, figures=figures, is_module=kind == "module")
