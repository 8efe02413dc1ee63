"""The part of Jupyter that programs may look for, where it is not installed.

That is ``display`` and ``get_ipython``, the modules of IPython that have them, and the backend of
matplotlib that shows figures below their cell.
"""

import os
import sys

from . import displays
from .figures import use_backend
from .shell import Shell

TYPE_CHECKING = False  # Python 2.7 has no typing module; mypy takes this name for true
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any, Dict, List, Optional

BACKEND = "_tfcompat_inline"
_MODULES = (
    "IPython",
    "IPython.core",
    "IPython.core.display",
    "IPython.core.display_functions",
    "IPython.core.getipython",
    "IPython.core.interactiveshell",
    "IPython.core.magic",
    "IPython.core.pylabtools",
    "IPython.display",
    "IPython.lib",
    "IPython.lib.display",
    "IPython.utils",
    "IPython.utils.io",
    "matplotlib_inline",
    "matplotlib_inline.backend_inline",
)
_PACKAGES = {name.rpartition(".")[0] for name in _MODULES if "." in name}


def install(shell):
    # type: (Shell) -> None
    """Make a shell known to all that runs in this process."""
    builtins = __import__("builtins" if sys.version_info[0] > 2 else "__builtin__")
    builtins.get_ipython = lambda: shell  # type: ignore[attr-defined]
    builtins.display = shell.display  # type: ignore[attr-defined]
    sys.meta_path.append(_Finder(shell))
    os.environ["MPLBACKEND"] = "module://" + BACKEND
    use_backend()  # in a fork of a process that has imported matplotlib


class _Finder(object):
    """Finds modules of IPython where there is no IPython, and the backend of matplotlib."""

    def __init__(self, shell):
        # type: (Shell) -> None
        self.shell = shell

    def find_spec(self, name, path=None, target=None):
        # type: (str, Any, Any) -> Any
        if not self._has(name) or self._is_real(name):
            return None
        from importlib.machinery import ModuleSpec

        return ModuleSpec(name, self, is_package=name in _PACKAGES)  # type: ignore[arg-type]

    def find_module(self, name, path=None):
        # type: (str, Any) -> Any
        """Do the same for Python 2.7, which asks here first."""
        if not self._has(name) or self._is_real(name):
            return None
        if name != BACKEND and "." not in name:
            import imp

            try:
                imp.find_module(name)
                return None
            except ImportError:
                pass
        return self

    def _has(self, name):
        # type: (str) -> bool
        return name == BACKEND or name in _MODULES

    def _is_real(self, name):
        # type: (str) -> bool
        """Tell whether a module lies in a package that is installed."""
        top = sys.modules.get(name.split(".")[0])
        return top is not None and not getattr(top, "_tfcompat", False)

    def create_module(self, spec):
        # type: (Any) -> None
        return None

    def exec_module(self, module):
        # type: (ModuleType) -> None
        """Fill a module."""
        module.__dict__["_tfcompat"] = True
        if module.__name__ == BACKEND:
            _fill_backend(module, self.shell)
        else:
            _fill_ipython(module, self.shell)

    def load_module(self, name):
        # type: (str) -> ModuleType
        if name in sys.modules:
            return sys.modules[name]
        module = sys.modules[name] = type(sys)(str(name))
        module.__dict__.update(__loader__=self, __package__=name, __path__=[])
        self.exec_module(module)
        return module


def _fill_ipython(module, shell):
    # type: (ModuleType, Shell) -> None
    names = module.__dict__
    names.update(get_ipython=lambda: shell, InteractiveShell=Shell)
    if module.__name__ in _PACKAGES:
        # Their `display` is a module, which `import IPython` imports as well.
        names.update(version_info=(7, 0, 0, ""), __version__="7.0.0")
        for name in _MODULES:
            if name.rpartition(".")[0] == module.__name__:
                __import__(name)
        return
    names.update(displays.CLASSES)
    names.update(
        display=shell.display,
        clear_output=_nothing,
        publish_display_data=_nothing,
        set_matplotlib_formats=_nothing,
        set_matplotlib_close=_nothing,
        backend2gui={},
    )
    for form in ("html", "png", "svg", "markdown", "latex"):
        names["display_" + form] = shell.display


def _nothing(*arguments, **options):
    # type: (*Any, **Any) -> None
    """Do nothing: what a screen shows for a moment is not compared."""


def _fill_backend(module, shell):
    # type: (ModuleType, Shell) -> None
    """Make a module the backend that displays figures in place of opening windows."""
    from matplotlib.backends import backend_agg

    names = module.__dict__
    names.update((n, v) for n, v in vars(backend_agg).items() if not n.startswith("__"))
    names.pop("_Backend", None)

    def show(*arguments, **options):
        # type: (*Any, **Any) -> None
        shell.show_figures()

    names.update(
        show=show,
        draw_if_interactive=_nothing,
        FigureCanvas=backend_agg.FigureCanvasAgg,
        FigureManager=_manager_class(backend_agg),
    )


def _manager_class(backend_agg):
    # type: (Any) -> Any
    from matplotlib import backend_bases

    return getattr(backend_agg, "FigureManager", backend_bases.FigureManagerBase)
