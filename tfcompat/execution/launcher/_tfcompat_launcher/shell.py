"""What cells of a notebook find as ``get_ipython()``: displays, magics and shell commands.

``docs/notebooks.md`` lists what is done with each magic. Those that a program cannot notice were
taken out before.
"""

import os
import re
import sys

from .displays import CLASSES

TYPE_CHECKING = False  # Python 2.7 has no typing module; mypy takes this name for true
if TYPE_CHECKING:
    from typing import Any, Dict, List, Optional

    from .figures import Figures


class UsageError(Exception):
    """A magic that is not known, or that is used wrongly; as IPython has it."""

    __module__ = "builtins"  # so that its name is shown alone


class _Stream(object):
    """Standard output that knows whether a line has begun."""

    def __init__(self, stream):
        # type: (Any) -> None
        self._stream = stream
        self.at_line_start = True

    def write(self, text):
        # type: (Any) -> Any
        if text:
            self.at_line_start = text[-1] == "\n"
        return self._stream.write(text)

    def writelines(self, lines):
        # type: (Any) -> None
        for line in lines:
            self.write(line)

    def __getattr__(self, name):
        # type: (str) -> Any
        return getattr(self._stream, name)


class _Events(object):
    """Takes what asks to be called before or after cells, and calls it after them."""

    def __init__(self):
        # type: () -> None
        self.registered = []  # type: List[Any]

    def register(self, event, function):
        # type: (str, Any) -> None
        """Note a function; those for the time before a cell are never called."""

    unregister = register


class ZMQInteractiveShell(object):
    """The shell of a notebook, under the name by which libraries know that they are in one."""

    def __init__(self, namespace, figures=None):
        # type: (Dict[str, Any], Optional[Figures]) -> None
        self._figures = figures  # gets those that are shown, where they are wanted
        self.user_ns = self.user_global_ns = namespace
        self.execution_count = 0
        self.config = {"IPKernelApp": {}}  # type: Dict[str, Any]
        self.events = _Events()
        self.display_formatter = None
        self.kernel = None
        self.stdout = _Stream(sys.stdout)  # type: Any
        sys.stdout = self.stdout
        self._float_format = None  # type: Optional[str]
        self._loop = None  # type: Any
        namespace.update(In=[""], Out={}, _="", __="", ___="")

    # What the program that runs cells needs.

    def begin_cell(self, number, source):
        # type: (int, str) -> None
        """Note the cell that begins."""
        self.execution_count = number
        inputs = self.user_ns.get("In")
        if isinstance(inputs, list):
            inputs.extend([""] * (number - len(inputs)) + [source])

    def write_line(self, text):
        # type: (str) -> None
        """Print a line of its own to standard output."""
        if sys.stdout is not self.stdout:
            sys.stdout.flush()
        if not self.stdout.at_line_start:
            self.stdout.write("\n")
        self.stdout.write(text + "\n")
        self.stdout.flush()

    def show_result(self, value):
        # type: (Any) -> None
        """Display what a cell ends with, and remember it as ``_``; None is nothing to display."""
        if value is None:
            return
        self.display(value)
        names = self.user_ns
        if isinstance(names.get("Out"), dict):
            names["Out"][self.execution_count] = value
        names["___"], names["__"], names["_"] = names.get("__"), names.get("_"), value
        names["_%d" % self.execution_count] = value

    def display(self, *values, **options):
        # type: (*Any, **Any) -> None
        """Print values as a notebook shows them that can show text alone."""
        for value in values:
            own = getattr(type(value), "_ipython_display_", None)
            if own is not None and not isinstance(value, type):
                own(value)
                continue
            self._write_text(self._text_of(value))

    def _write_text(self, text):
        # type: (str) -> None
        stream = sys.stdout
        if stream is self.stdout and not getattr(stream, "at_line_start", True):
            stream.write("\n")
        stream.write(text + "\n")
        stream.flush()

    def _text_of(self, value):
        # type: (Any) -> str
        kind = type(value)
        if self._float_format is not None and kind is float:
            return str(self._float_format % value)
        if getattr(kind, "__repr__", None) is object.__repr__:
            return "<%s.%s at 0x%x>" % (kind.__module__, kind.__name__, id(value))
        if isinstance(value, type):
            module = str(getattr(value, "__module__", ""))
            name = str(getattr(value, "__qualname__", value.__name__))
            builtin = module in ("builtins", "__builtin__", "exceptions")
            return name if builtin else module + "." + name
        return str(repr(value))

    def show_figures(self):
        # type: () -> None
        """Display and close each open figure, as after a cell and in ``plt.show()``."""
        helpers = sys.modules.get("matplotlib._pylab_helpers")
        if helpers is None:
            return
        for manager in helpers.Gcf.get_all_fig_managers():
            figure = manager.canvas.figure
            # Drawn as in a notebook: what fails only then has to fail here.
            manager.canvas.draw()
            if self._figures is not None:
                self._figures.take(figure)
            self._write_text(self._text_of(figure))
        helpers.Gcf.destroy_all()

    def event_loop(self):
        # type: () -> Any
        """Return the loop in which cells wait."""
        if self._loop is None:
            import asyncio

            self._loop = asyncio.new_event_loop()
            asyncio.set_event_loop(self._loop)
        return self._loop

    # What cells and libraries call.

    def run_line_magic(self, name, line, _stack_depth=1):
        # type: (str, str, int) -> Any
        """Do what ``%name line`` does."""
        do = getattr(self, "_magic_" + name, None)
        if do is not None:
            return do(self._expanded(line) if name != "timeit" else line)
        if name in _SHELL_COMMANDS:
            return self.system("%s %s" % (_SHELL_COMMANDS[name], line))
        raise UsageError("Line magic function `%%%s` not found." % name)

    def magic(self, text):
        # type: (str) -> Any
        """Do what ``%text`` does: the way of old notebooks."""
        name, _, line = text.lstrip("%").partition(" ")
        quiet = name in ("matplotlib", "config", "load_ext", "autoreload", "reload_ext")
        return None if quiet else self.run_line_magic(name, line.strip())

    def run_cell_magic(self, name, line, cell):
        # type: (str, str, str) -> Any
        """Do what ``%%name line`` does with the rest of its cell."""
        if name in ("bash", "sh"):
            return self._run_shell(cell, name, must_succeed=True)
        if name in ("writefile", "file"):
            return self._write_file(line.split(), cell)
        if name in _SHOWN:
            return self.display(CLASSES[_SHOWN[name]](cell))
        raise UsageError("Cell magic `%%%%%s` not found." % name)

    def system(self, command):
        # type: (str) -> None
        """Run a shell command, and print what it prints."""
        self._run_shell(self._expanded(command), "sh")

    system_piped = system_raw = system

    def getoutput(self, command, split=True, depth=0):
        # type: (str, bool, int) -> Any
        """Run a shell command; return the lines that it prints."""
        output, _ = _shell_output(self._expanded(command), "sh")
        return output.splitlines() if split else output

    def _run_shell(self, command, shell, must_succeed=False):
        # type: (str, str, bool) -> None
        sys.stdout.flush()
        output, code = _shell_output(command, shell)
        sys.stdout.write(output)
        self.user_ns["_exit_code"] = code
        if must_succeed and code:
            import subprocess

            raise subprocess.CalledProcessError(code, shell)

    def _expanded(self, text):
        # type: (str) -> str
        """Return a line with ``{expression}`` and ``$name`` replaced, where they can be."""

        def value(match):
            # type: (Any) -> str
            try:
                return str(eval(match.group(1) or match.group(2), self.user_ns))
            except Exception:
                return str(match.group(0))

        return re.sub(r"\{([^{}]+)\}|\$([A-Za-z_]\w*)", value, text)

    def _write_file(self, words, cell):
        # type: (List[str], str) -> None
        import io

        append = words[:1] in (["-a"], ["--append"])
        name = os.path.expanduser(words[-1])
        does = "Overwriting" if os.path.exists(name) else "Writing"
        print("%s %s" % ("Appending to" if append else does, name))
        text = cell if cell.endswith("\n") else cell + "\n"  # type: Any
        with io.open(name, "ab" if append else "wb") as file:
            file.write(text.encode("utf-8") if sys.version_info[0] > 2 else text)

    # Line magics.

    def _magic_timeit(self, line):
        # type: (str) -> None
        """Run a statement once, in a copy of the namespace: how long it takes is not compared."""
        statement = re.sub(r"^(?:-(?:[nrp]\s*\d+|[tcqov]+)\s+)+", "", line)
        exec(compile(statement, "<timeit>", "exec", 0, True), dict(self.user_ns))

    def _magic_pylab(self, line):
        # type: (str) -> None
        print("Populating the interactive namespace from numpy and matplotlib")
        names = (
            "import numpy\nimport matplotlib\nfrom matplotlib import pylab, mlab, pyplot\n"
            "np = numpy\nplt = pyplot\nfrom pylab import *\nfrom numpy import *\n"
        )
        exec(names, self.user_ns)

    def _magic_cd(self, line):
        # type: (str) -> None
        os.chdir(os.path.expanduser(line.replace("-q", "").strip() or "~"))
        if "-q" not in line:
            print(os.getcwd())

    def _magic_pwd(self, line):
        # type: (str) -> str
        return os.getcwd()

    def _magic_env(self, line):
        # type: (str) -> Any
        name, mark, value = (part.strip() for part in line.partition("=" if "=" in line else " "))
        if not name:
            return dict(os.environ)
        if not mark:
            return os.environ.get(name)
        os.environ[str(name)] = str(value)
        print("env: %s=%s" % (name, value))
        return None

    _magic_set_env = _magic_env

    def _magic_precision(self, line):
        # type: (str) -> None
        numpy = sys.modules.get("numpy")
        self._float_format = None if not line else line if "%" in line else "%%.%sf" % line
        if numpy is not None and (line.isdigit() or not line):
            numpy.set_printoptions(precision=int(line or 8))

    def _magic_run(self, line):
        # type: (str) -> None
        """Run a script, and take its names over."""
        import shlex

        words = [word for word in shlex.split(line) if word != "-i"]
        path = words[0] if words[0].endswith(".py") else words[0] + ".py"
        names = {"__name__": "__main__", "__file__": path}
        arguments, sys.argv = sys.argv, [path] + words[1:]
        try:
            with open(path, "rb") as source:
                exec(compile(source.read(), path, "exec", 0, True), names)
        finally:
            sys.argv = arguments
        self.user_ns.update((n, v) for n, v in names.items() if not n.startswith("__"))

    def _magic_reset(self, line):
        # type: (str) -> None
        for name in [n for n in self.user_ns if not n.startswith("__")]:
            del self.user_ns[name]
        self.user_ns.update(In=[""] * (self.execution_count + 1), Out={}, _="", __="", ___="")

    def enable_gui(self, gui=None):
        # type: (Any) -> None
        """Do nothing: there is no screen."""

    enable_matplotlib = enable_pylab = register_magics = enable_gui
    register_magic_function = set_custom_exc = showtraceback = register_post_execute = enable_gui

    def push(self, variables, interactive=True):
        # type: (Dict[str, Any], bool) -> None
        """Add variables to those of the notebook."""
        self.user_ns.update(variables)

    def ev(self, expression):
        # type: (str) -> Any
        """Return the value of an expression."""
        return eval(expression, self.user_ns)


Shell = ZMQInteractiveShell

_SHELL_COMMANDS = {"ll": "ls -l", "lf": "ls", "system": "", "sx": "", "sc": ""}
_SHELL_COMMANDS.update(
    (name, name)
    for name in ("cat", "cp", "head", "ls", "mkdir", "mv", "rm", "rmdir", "tail", "touch")
)
_SHOWN = {"html": "HTML", "HTML": "HTML", "javascript": "Javascript", "js": "Javascript"}
_SHOWN.update(latex="Latex", markdown="Markdown", svg="SVG", SVG="SVG")


def _shell_output(command, shell):
    # type: (str, str) -> Any
    """Return what a command prints, to both streams, and its exit code."""
    import subprocess

    sys.stderr.flush()
    started = subprocess.Popen(
        [shell, "-c", command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    output = started.communicate()[0]
    text = output.decode("utf-8", "replace") if sys.version_info[0] > 2 else output
    return text, started.returncode
