"""What a run draws with matplotlib: a picture of each figure that it shows, saves or leaves open.

Only where that is asked for. What the run prints, and how it ends, stays as it is.
"""

import io
import os
import sys
from contextlib import contextmanager

TYPE_CHECKING = False  # Python 2.7 has no typing module; mypy takes this name for true
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any, Callable, Dict, Iterator, Set

MOST = 50  # of one run


def use_backend():
    # type: () -> None
    """Have a matplotlib that is imported already draw as MPLBACKEND says, which it read then."""
    matplotlib = sys.modules.get("matplotlib")
    if matplotlib is not None:
        pyplot = sys.modules.get("matplotlib.pyplot")
        (pyplot.switch_backend if pyplot else matplotlib.use)(os.environ["MPLBACKEND"])


class Figures(object):
    """Saves the figures of this process into a folder, numbered in the order in which they came.

    ``000.png`` is the first; ``000.txt`` says why it could not be drawn. A figure that is shown
    again, and looks as it did before, is saved once. After ``MOST`` no more are.
    """

    def __init__(self, folder):
        # type: (str) -> None
        self.folder = folder
        self.process = os.getpid()
        self.count = 0
        self.is_drawing = False

    def install(self):
        # type: () -> None
        """Look out for all that shows or saves a figure from now on."""
        patches = {
            "matplotlib.pyplot": self._watch_show,
            "matplotlib.backend_bases": self._watch_saving,
        }  # type: Dict[str, Callable[[Any], None]]
        use_backend()
        for name, patch in patches.items():
            if name in sys.modules:
                patch(sys.modules[name])
        sys.meta_path.insert(0, _AfterImport(patches))

    def take_open(self):
        # type: () -> None
        """Save the figures that pyplot has open."""
        helpers = sys.modules.get("matplotlib._pylab_helpers")
        for manager in helpers.Gcf.get_all_fig_managers() if helpers else ():
            self.take(manager.canvas.figure)

    def take(self, figure):
        # type: (Any) -> None
        """Save one figure, unless it looks as when it was saved last."""
        # A fork of the script has the same figures, which are its parent's to save.
        if self.is_drawing or self.count >= MOST or os.getpid() != self.process:
            return
        self.is_drawing = True
        name, content = ".png", b""
        try:
            with _silence():
                content = _picture(figure)
        except BaseException as error:  # of what the script has drawn, by code of the script's
            name = ".txt"
            content = ("%s: %s" % (type(error).__name__, error)).encode("utf-8", "replace")
        self.is_drawing = False
        looks = (name, hash(content), len(content))
        if getattr(figure, "_tfcompat_looks", None) == looks:
            return
        figure._tfcompat_looks = looks  # noqa: SLF001 - its own mark
        with io.open(os.path.join(self.folder, "%03d%s" % (self.count, name)), "wb") as file:
            file.write(content)
        self.count += 1

    def _watch_show(self, pyplot):
        # type: (Any) -> None
        from functools import wraps

        original = pyplot.show

        @wraps(original)
        def show(*arguments, **options):
            # type: (*Any, **Any) -> Any
            self.take_open()
            return original(*arguments, **options)

        pyplot.show = show

    def _watch_saving(self, backend_bases):
        # type: (Any) -> None
        """Watch what all ways to save a figure come to."""
        from functools import wraps

        canvas_class = backend_bases.FigureCanvasBase
        original = canvas_class.__dict__["print_figure"]

        @wraps(original)
        def print_figure(canvas, *arguments, **options):
            # type: (Any, *Any, **Any) -> Any
            result = original(canvas, *arguments, **options)
            self.take(canvas.figure)
            return result

        canvas_class.print_figure = print_figure


def _picture(figure):
    # type: (Any) -> bytes
    """Return a PNG of a figure in its own size, whatever draws it on the screen."""
    from matplotlib.backends import backend_agg

    canvas_class = backend_agg.FigureCanvasAgg  # type: Any
    buffer = io.BytesIO()
    canvas = figure.canvas
    if isinstance(canvas, canvas_class):
        canvas.print_png(buffer)
    else:
        try:
            canvas_class(figure).print_png(buffer)
        finally:
            figure.set_canvas(canvas)
    return buffer.getvalue()


class _Nowhere(object):
    """A stream that drops what is written to it."""

    encoding = "utf-8"

    def write(self, text):
        # type: (Any) -> int
        return len(text)

    def flush(self):
        # type: () -> None
        """Do nothing."""

    def isatty(self):
        # type: () -> bool
        return False


@contextmanager
def _silence():
    # type: () -> Iterator[None]
    """Drop what drawing prints and warns of: without being asked for, nothing would be drawn."""
    import warnings

    streams = sys.stdout, sys.stderr
    sys.stdout = sys.stderr = _Nowhere()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        sys.stdout, sys.stderr = streams


class _AfterImport(object):
    """Calls functions on modules as soon as these are imported; ``patches`` has them by name."""

    def __init__(self, patches):
        # type: (Dict[str, Callable[[Any], None]]) -> None
        self.patches = patches
        self.importing = set()  # type: Set[str]

    def find_spec(self, name, path=None, target=None):
        # type: (str, Any, Any) -> Any
        if name not in self.patches:
            return None
        finders = (finder for finder in sys.meta_path if finder is not self)
        found = (finder.find_spec(name, path, target) for finder in finders)
        spec = next((one for one in found if one is not None), None)
        if spec is not None and spec.loader is not None:
            self._patch_after(spec.loader, self.patches[name])
        return spec

    def _patch_after(self, loader, patch):
        # type: (Any, Callable[[Any], None]) -> None
        execute = loader.exec_module

        def exec_module(module):
            # type: (ModuleType) -> None
            execute(module)
            patch(module)

        loader.exec_module = exec_module

    def find_module(self, name, path=None):
        # type: (str, Any) -> Any
        """Do the same for Python 2.7, which asks here."""
        return self if name in self.patches and name not in self.importing else None

    def load_module(self, name):
        # type: (str) -> ModuleType
        self.importing.add(name)
        try:
            __import__(name)
        finally:
            self.importing.remove(name)
        self.patches[name](sys.modules[name])
        return sys.modules[name]
