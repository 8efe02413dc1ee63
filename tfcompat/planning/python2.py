"""Which scripts are for Python 2: what is written in them compiles on no Python 3. Pure.

``ast`` alone cannot tell: it also refuses what was right in older versions of Python 3 (``async``
as a name), what only newer ones allow, and what is simply wrong. So a script has to show what was
right in Python 2 alone.
"""

from __future__ import annotations

import ast
import re
import sys
import warnings
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# Python 3.14 reads `except X, e:`, in another meaning: https://peps.python.org/pep-0758/
_NEWEST_GRAMMAR = (3, 13)

# https://docs.python.org/2.7/reference/lexical_analysis.html
_TOKEN = re.compile(
    r"""
    (?P<comment>\#[^\n]*|\\\r?\n)
    | (?P<string>(?P<prefix>[A-Za-z]{0,2})
        (?:'{3}(?:\\.|[^\\])*?'{3}|"{3}(?:\\.|[^\\])*?"{3}
        |'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"))
    | (?P<name>[^\W\d]\w*)
    | (?P<number>(?:\d|\.\d)(?:[eE][+-]\d|[\w.])*)
    | (?P<newline>\n)
    | (?P<operator><>|>>|[^\s])
    """,
    re.VERBOSE | re.DOTALL,
)
_OCTAL = re.compile(r"0[0-7]*[1-7][0-7]*[lL]?")
_LONG = re.compile(r"(?:\d+|0[xX][0-9a-fA-F]+|0[oO][0-7]+|0[bB][01]+)[lL]")
_UNICODE_RAW = "ur"
# What stands behind `print` or `exec` where that is a name as any other.
_WORD_OPERATORS = frozenset(("and", "or", "in", "is", "if", "else", "for", "not", "as"))
# Operators that stand behind `print` or `exec` where that is a statement.
_BEGIN_OPERAND = frozenset(("{", "`", "~", ">>"))
# The name that `except X, e:` binds; classes are written otherwise.
_BOUND_NAME = re.compile(r"[a-z_]\w*|[A-Z]")
_OPENING, _CLOSING = "([{", ")]}"


def is_python2(source: bytes) -> bool:
    """Tell whether a script compiles on no Python 3, and shows why: by what Python 2 alone had."""
    try:
        with warnings.catch_warnings():
            # It warns of odd escapes in strings.
            warnings.simplefilter("ignore")
            ast.parse(source, feature_version=min(sys.version_info[:2], _NEWEST_GRAMMAR))
    except TabError:
        # Python 2 took a tab for eight spaces.
        return True
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return any(map(_is_of_python2, _statements(source.decode("utf-8", "replace"))))
    return False


@dataclass(frozen=True, slots=True)
class _Token:
    """A piece of a script, and how many brackets are open around it. ``kind`` is as in _TOKEN."""

    kind: str
    text: str
    prefix: str
    depth: int


def _statements(text: str) -> Iterator[list[_Token]]:
    """Yield the tokens of each statement, and of each head of a block, without what ends it."""
    statement: list[_Token] = []
    for token in _tokens(text):
        if token.depth == 0 and token.text in ("\n", ";", ":"):
            if statement:
                yield statement
            statement = []
        elif token.kind != "newline":
            statement.append(token)
    if statement:
        yield statement


def _tokens(text: str) -> Iterator[_Token]:
    depth = 0
    for match in _TOKEN.finditer(text):
        kind, found = match.lastgroup or "", match[0]
        if kind == "comment":
            continue
        if found in _CLOSING:
            depth = max(0, depth - 1)
        yield _Token(kind, found, match["prefix"] or "", depth)
        if found in _OPENING:
            depth += 1


def _is_of_python2(statement: Sequence[_Token]) -> bool:
    """Tell whether a statement shows what was right in Python 2 alone."""
    if any(map(_is_token_of_python2, statement)) or _unpacks_arguments(statement):
        return True
    first, *rest = statement
    if first.text in ("print", "exec"):
        return bool(rest) and _begins_operand(rest[0])
    commas = [number for number, token in enumerate(rest) if (token.text, token.depth) == (",", 0)]
    if first.text == "raise":
        return bool(commas)
    if first.text == "except" and commas == [len(rest) - 2]:
        return _BOUND_NAME.fullmatch(rest[-1].text) is not None
    return False


def _is_token_of_python2(token: _Token) -> bool:
    if token.kind == "number":
        return bool(_OCTAL.fullmatch(token.text) or _LONG.fullmatch(token.text))
    if token.kind == "string":
        return token.prefix.lower() == _UNICODE_RAW
    return token.text in ("`", "<>")


def _begins_operand(token: _Token) -> bool:
    if token.kind == "name":
        return token.text not in _WORD_OPERATORS
    return token.kind in ("string", "number") or token.text in _BEGIN_OPERAND


def _unpacks_arguments(statement: Sequence[_Token]) -> bool:
    """Tell whether a function takes a tuple apart, as ``def f((a, b))`` and ``lambda (a, b)``."""
    is_def = statement[0].text == "def"
    return any(
        token.text == "("
        and (before.text == "lambda" or (is_def and token.depth == 1 and before.text in ("(", ",")))
        for before, token in pairwise(statement)
    )
