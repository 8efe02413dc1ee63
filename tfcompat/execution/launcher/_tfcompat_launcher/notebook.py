"""A notebook that runs in this very process: its cells in order, as Jupyter would run them.

What runs comes as data: the cells as Python, made of a notebook outside of here.
"""

import __future__

import ast
import io
import json
import linecache
import os
import sys
import tokenize

from .capturing import captured
from .jupyter import install
from .reporting import exception_text
from .script import exit_code, put_first
from .shell import Shell, UsageError

TYPE_CHECKING = False  # Python 2.7 has no typing module; mypy takes this name for true
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any, Callable, Dict, List, Optional

    from .figures import Figures

_MARK = "# %%%% cell %d"  # begins the output of each cell; see planning/notebooks.py


def run_notebook(end=None, figures=None):
    # type: (Optional[Callable[[int], None]], Optional[Figures]) -> None
    """Be the notebook whose data lie in the file that sys.argv begins with.

    The process ends by ``end``, else by SystemExit.
    """
    with open(sys.argv[0], "rb") as file:
        data = json.loads(file.read().decode("utf-8"))
    path = os.path.abspath(data["path"])
    sys.argv[0] = path
    put_first(os.path.dirname(path))
    code = _NotebookRun(path, figures).run(data["cells"])
    if end is not None:
        end(code)
    sys.exit(code)


class _NotebookRun(object):
    """One notebook, and the state that its cells share."""

    def __init__(self, path, figures):
        # type: (str, Optional[Figures]) -> None
        self.path = path
        self.figures = figures
        self.kept = sys.modules["__main__"]  # Python 2.7 would clear it
        self.main = _main_module()
        sys.modules["__main__"] = self.main
        self.shell = Shell(self.main.__dict__, figures)
        self.flags = 0  # of the features from __future__, which later cells have too

    def run(self, cells):
        # type: (List[Dict[str, Any]]) -> int
        """Run cells until one fails; return the exit code."""
        install(self.shell)
        if self.figures is not None:
            self.figures.install()
        for cell in cells:
            self.shell.write_line(_MARK % cell["number"])
            try:
                self._run_cell(cell)
            except SystemExit as ended:
                return exit_code(ended.code)
            except BaseException as error:
                self._report(error)
                if not cell["may_fail"] or not isinstance(error, Exception):
                    return 1
                self.shell.write_line(_last_line(error))
            self.shell.show_figures()
        return 0

    def _run_cell(self, cell):
        # type: (Dict[str, Any]) -> None
        number = cell["number"]
        name = "%s, cell %d" % (self.path, number)
        _remember_source(name, cell["source"])
        self.shell.begin_cell(number, cell["source"])
        if cell["captures"] is None:
            self._execute(cell["source"], name, cell["shows"])
            return
        with captured(self.shell) as printed:
            self._execute(cell["source"], name, cell["shows"])
        if cell["captures"]:
            self.main.__dict__[str(cell["captures"])] = printed

    def _execute(self, source, name, shows):
        # type: (str, str, bool) -> None
        """Run a cell; display the value of the expression that it ends with, if any."""
        tree = self._compile(_source(source), name, ast.PyCF_ONLY_AST)
        last = tree.body[-1] if tree.body else None
        if not isinstance(last, ast.Expr) or _ends_quietly(source):
            self._evaluate(self._compile(tree, name, 0))
            return
        tree.body.pop()
        self._evaluate(self._compile(tree, name, 0))
        value = self._evaluate(self._compile(ast.Expression(last.value), name, 0, "eval"))
        if shows:
            self.shell.show_result(value)

    def _compile(self, source, name, flags, mode="exec"):
        # type: (Any, str, int, str) -> Any
        awaits = getattr(ast, "PyCF_ALLOW_TOP_LEVEL_AWAIT", 0)
        code = compile(source, name, mode, flags | self.flags | awaits, True)
        for feature in __future__.all_feature_names:
            self.flags |= getattr(code, "co_flags", 0) & getattr(__future__, feature).compiler_flag
        return code

    def _evaluate(self, code):
        # type: (Any) -> Any
        value = eval(code, self.main.__dict__)
        if code.co_flags & 0x80:  # inspect.CO_COROUTINE: it awaits at its top level
            return self.shell.event_loop().run_until_complete(value)
        return value

    def _report(self, error):
        # type: (BaseException) -> None
        """Print an exception that ended a cell, without frames of this program."""
        sys.stdout.flush()
        folder = os.path.dirname(os.path.abspath(__file__))
        sys.stderr.write(exception_text(error, folder, alone=isinstance(error, UsageError)))
        sys.stderr.flush()


def _main_module():
    # type: () -> ModuleType
    """Return the module in which cells run; it has no file."""
    main = type(sys)("__main__")
    main.__dict__["__builtins__"] = sys.modules[len.__module__]
    return main


def _source(text):
    # type: (str) -> Any
    """Return a source as compile takes it."""
    if sys.version_info[0] > 2:
        source = text  # type: Any
    else:  # as text it may not say its encoding; as bytes it is not UTF-8 unless it says so
        source = b"\xef\xbb\xbf" + text.encode("utf-8")
    return source


def _remember_source(name, source):
    # type: (str, str) -> None
    """Let tracebacks, and all that read sources at run time, find a cell's."""
    text = source  # type: Any
    if sys.version_info[0] == 2:
        text = source.encode("utf-8")
    lines = [line + "\n" for line in text.split("\n")]
    linecache.cache[name] = (len(text), None, lines, name)


def _ends_quietly(source):
    # type: (str) -> bool
    """Tell whether a cell ends with a semicolon: then what it ends with is not displayed."""
    blank = (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.ENDMARKER)
    last = ""
    try:
        for token in tokenize.generate_tokens(io.StringIO("%s" % source).readline):
            if token[0] not in blank + (tokenize.INDENT, tokenize.DEDENT):
                last = token[1]
    except (tokenize.TokenError, IndentationError, SyntaxError):
        pass
    return last == ";"


def _last_line(error):
    # type: (BaseException) -> str
    text = str(error)
    return "%s: %s" % (type(error).__name__, text) if text else type(error).__name__
