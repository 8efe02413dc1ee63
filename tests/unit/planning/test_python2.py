"""Which scripts are for Python 2."""

from __future__ import annotations

import pytest

from tfcompat.planning.python2 import is_python2

OF_PYTHON_2 = {
    "print a string": "print 'a'\n",
    "print a name": "x = 1\nprint x\n",
    "print several": "print 'a', 1,\n",
    "print behind a head": "if True: print 'a'\n",
    "print behind another": "x = 1; print x\n",
    "print over lines": "print 'a %d %d' % (\n    1,\n    2)\n",
    "print a dictionary": "print {1: 2}\n",
    "print without a space": 'print"a"\n',
    "exec": "exec 'x = 1' in {}\n",
    "backticks": "x = `1`\n",
    "except": "try:\n    x = 1\nexcept ValueError, error:\n    pass\n",
    "except several": "try:\n    x = 1\nexcept (ValueError, OSError), e:\n    pass\n",
    "except dotted": "try:\n    x = 1\nexcept socket.error, e: pass\n",
    "unequal": "if 1 <> 2:\n    pass\n",
    "raw unicode": "x = ur'\\d'\n",
    "octal": "import os\nos.chmod('x', 0755)\n",
    "long": "x = 10L\n",
    "long and hexadecimal": "x = 0xFFL\n",
    "raise": "raise ValueError, 'no'\n",
    "argument": "def add((a, b)):\n    return a\n",
    "later argument": "def add(a, (b, c)=(1, 2)):\n    return a\n",
    "lambda": "x = sorted({}.items(), key=lambda (a, b): b)\n",
    "tabs": "if True:\n        x = 1\n\ty = 2\n",
    "another encoding": "# -*- coding: latin-1 -*-\nprint 'a'\n",
    "lines of Windows": "x = 1\r\nprint x\r\n",
    "comments": "# it's old\nprint 'it\\'s' # print\n",
}
OTHERS = {
    "empty": "",
    "call": "print('a')\nprint ('a', 1)\n",
    "name": "print = 1\nexec = print\n",
    "in a string": "x = '''\nprint 'a'\n'''\ny = \"raise a, b <> 0777 `x`\"\n",
    "old Python 3": "async = 1\nawait = async\n",
    "old Python 3 that prints": "def f(async=None):\n    print('a', 0o777)\n    raise OSError\n",
    "several classes": "try:\n    x = 1\nexcept ValueError, TypeError:\n    pass\n",
    "unfinished": "print('a', (\n",
    "unfinished string": "x = 'a\nprint('b')\n",
    "unfinished, with a docstring": "'''print 'a'\n0777'''\nx = (\n",
    "wrong": "x = 1 2\nprint(x)\n",
    "arguments with defaults": "def f(a=(1, 2), *, b: (3) = 4):\n    async = 1\n",
    "odd escape": "x = '\\d'\n",
    "zeros": "x = 00 + 0.5 + 0e1\nasync = 0\n",
    "no text": "\0",
}


@pytest.mark.parametrize("source", OF_PYTHON_2.values(), ids=OF_PYTHON_2)
def test_what_python_2_alone_had(source: str) -> None:
    assert is_python2(source.encode("latin-1"))


@pytest.mark.parametrize("source", OTHERS.values(), ids=OTHERS)
def test_everything_else(source: str) -> None:
    assert not is_python2(source.encode())


def test_a_script_that_both_can_compile_is_of_python_3() -> None:
    assert not is_python2(b"import time\nprint('a', time.clock())\nprint >>None, 1\n")
