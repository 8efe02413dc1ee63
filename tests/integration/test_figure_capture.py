"""Figures that runs draw, as the launcher saves them: in every Python, by a made-up matplotlib."""

from __future__ import annotations

from typing import TYPE_CHECKING

from launcher_session import everywhere, on_linux

if TYPE_CHECKING:
    from launcher_session import Session

pytestmark = on_linux

# The parts of matplotlib that the launcher knows of: real ones are too large for every Python.
PLOTTING = {
    "__init__.py": "import os\nbackend = os.environ.get('MPLBACKEND')\n",
    "_pylab_helpers.py": """
class Gcf(object):
    figs = []
    @classmethod
    def get_all_fig_managers(cls):
        return list(cls.figs)
""",
    "backend_bases.py": """
class FigureCanvasBase(object):
    def __init__(self, figure):
        self.figure = figure
        figure.canvas = self
    def print_figure(self, name):
        return name.upper()
""",
    "backends/__init__.py": "",
    "backends/backend_agg.py": """
import sys
from ..backend_bases import FigureCanvasBase
class FigureCanvasAgg(FigureCanvasBase):
    def print_png(self, file):
        print('drawing')
        sys.stderr.write('drawing')
        if self.figure.lines == ['bad']:
            raise ValueError('no such line')
        file.write(','.join(self.figure.lines).encode('ascii'))
""",
    "pyplot.py": """
from ._pylab_helpers import Gcf
from .backend_bases import FigureCanvasBase
from .backends.backend_agg import FigureCanvasAgg
class Figure(object):
    def __init__(self, canvas):
        self.lines = []
        self.manager = self
        Gcf.figs.append(self)
        canvas(self)
    figure = property(lambda self: self)
    def set_canvas(self, canvas):
        self.canvas = canvas
    def savefig(self, name):
        return self.canvas.print_figure(name)
def figure(canvas=FigureCanvasAgg):
    return Figure(canvas)
def show(*arguments):
    return arguments
def close():
    del Gcf.figs[:]
def switch_backend(name):
    import matplotlib
    matplotlib.backend = name
""",
}


def plotting(session: Session) -> dict[str, object]:
    """Put the package beside scripts; return the changes of a request by which figures are kept."""
    for name, text in PLOTTING.items():
        path = session.folder / "matplotlib" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (session.folder / "figures").mkdir()
    environ = {"LC_ALL": "C.UTF-8", "MPLBACKEND": "Agg"}
    return {"figures": str(session.folder / "figures"), "environ": environ}


def drawn(session: Session) -> dict[str, str]:
    paths = sorted((session.folder / "figures").iterdir())
    return {path.name: path.read_text(encoding="utf-8") for path in paths}


PLOT = """
from __future__ import print_function
import decimal, sys, matplotlib, matplotlib.pyplot as plt
from matplotlib.pyplot import show
one = plt.figure()
one.lines.append('a')
print(show(1), plt.show.__name__, matplotlib.backend)
plt.show()
one.lines.append('b')
print(one.savefig('x.png'))
plt.close()
bad = plt.figure()
bad.lines.append('bad')
plt.show()
plt.close()
vector = plt.figure(plt.FigureCanvasBase)
vector.lines.append('open')
canvas = vector.canvas
print(sys.argv[1:], __name__, vector.canvas is canvas)
"""


@everywhere
def test_figures_that_are_shown_saved_or_left_open_are_kept(session: Session) -> None:
    changes = plotting(session)
    end = "sys.exit(0 if vector.canvas is canvas else 3)"
    assert session.result(PLOT + end, args=["x"], **changes)["retval"] == 0
    printed = session.output().decode().splitlines()
    assert printed == ["(1,) show Agg", "X.PNG", "['x'] __main__ True"]
    assert session.output("stderr") == b""
    assert drawn(session) == {
        "000.png": "a",
        "001.png": "a,b",
        "002.txt": "ValueError: no such line",
        "003.png": "open",
    }


@everywhere
def test_a_module_has_its_figures_kept(session: Session) -> None:
    changes = plotting(session)
    (session.folder / "plots.py").write_text(PLOT, encoding="utf-8")
    assert session.result("", module="plots", args=["x"], **changes)["retval"] == 0
    assert b"['x'] __main__ True" in session.output()
    assert len(drawn(session)) == 4


def test_figures_of_a_warm_run_are_kept(session: Session) -> None:
    session.load("decimal")
    changes = plotting(session)
    session.result(PLOT, isolation="warm", **changes)
    assert session.output().decode().splitlines()[0] == "(1,) show Agg"
    assert len(drawn(session)) == 4


def test_a_run_that_fails_or_forks_leaves_no_more_figures(session: Session) -> None:
    changes = plotting(session)
    code = "import os, matplotlib.pyplot as plt\nplt.figure()\nos.fork()\n"
    assert session.result(code, **changes)["retval"] == 0
    assert drawn(session) == {"000.png": ""}
    (session.folder / "figures" / "000.png").unlink()
    failed = session.result(code.replace("os.fork()", "1 / 0"), **changes)
    assert failed["retval"] == 1
    assert session.output("stderr").decode().splitlines()[1].endswith("line 4, in <module>")
    assert drawn(session) == {}


def test_no_more_figures_are_kept_than_so_many(session: Session) -> None:
    changes = plotting(session)
    session.result("import matplotlib.pyplot as p\nfor _ in range(60): p.figure()", **changes)
    assert len(drawn(session)) == 50


def test_without_being_asked_for_figures_nothing_is_there(session: Session) -> None:
    plotting(session)
    code = "import matplotlib.pyplot as plt, sys\nplt.figure()\nprint(plt.show.__module__)"
    session.result(code + "\nprint([n for n in sys.modules if 'tfcompat' in n])")
    assert session.output() == b"matplotlib.pyplot\n[]\n"
    assert drawn(session) == {}
