"""A script that notes what it reads: on the same lines, in the same order, to the same end."""

from __future__ import annotations

import ast
import contextlib
import io
import sys
import types
from pathlib import Path

import pytest

from tfcompat.breaks.watched import RECORDER, Site, watched

EXAMPLES = sorted((Path(__file__).parents[3] / "examples").rglob("*.py"))
CORPUS = sorted((Path(__file__).parents[2] / "corpus" / "scripts").rglob("*.py"))
GET = f'__import__("{RECORDER}").get('


def shown(source: str) -> str:
    return watched(source.encode()).source.decode().replace(GET, "GET(")


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("a.b\n", 'GET(a,"b",0)\n'),
        ("a.b.c(x.y)\n", 'GET(GET(a,"b",1),"c",0)(GET(x,"y",2))\n'),
        ("(a + b).c\n", 'GET((a + b),"c",0)\n'),
        ("a \\\n  . b\n", 'GET(a \\\n  , "b",0)\n'),
        ("(a\n .b()\n .c())\n", '(GET(GET(a\n ,"b",1)()\n ,"c",0)())\n'),
        ("é.ü; a.b\n", 'GET(é,"ü",0); GET(a,"b",1)\n'),
        ("f(x=a.b, *c.d)\n", 'f(x=GET(a,"b",1), *GET(c,"d",0))\n'),
        ("a.b = c.d\ndel a.e\na.f += 1\n", 'a.b = GET(c,"d",0)\ndel a.e\na.f += 1\n'),
        # What others read as text, or that cannot be told apart, stays.
        ("x = f'{a.b}'\n", "x = f'{a.b}'\n"),
        ("@a.b\ndef f(): return c.d\n", "@a.b\ndef f(): return c.d\n"),
        ("def f(x: a.b = c.d) -> e.g: pass\n", 'def f(x: a.b = GET(c,"d",0)) -> e.g: pass\n'),
        ("x: a.b = c.d\n", 'x: a.b = GET(c,"d",0)\n'),
        ("class A:\n  def f(s): return s.__x\n", "class A:\n  def f(s): return s.__x\n"),
        ("(a  # why.not\n .b)\n", "(a  # why.not\n .b)\n"),
        ("match a:\n  case b.c: d.e\n", 'match a:\n  case b.c: GET(d,"e",0)\n'),
        ("class A(b.C): x = d.e\n", 'class A(GET(b,"C",0)): x = GET(d,"e",1)\n'),
    ],
)
def test_attributes_become_calls(source: str, expected: str) -> None:
    assert shown(source) == expected


def test_sites_say_where_and_how_they_are_called() -> None:
    first, second, third = watched(b"a.b(\n  c.d(1, k=2), *x)\nif e.f: pass\n").sites
    assert (first.line, first.name, first.call and first.call.is_open) == (1, "b", True)
    assert (second.name, second.call and second.call.positional) == ("d", 1)
    assert second.call is not None
    assert second.call.keywords == ("k",)
    assert third == Site(line=3, name="f")


@pytest.mark.parametrize("file", [*EXAMPLES, *CORPUS], ids=lambda file: file.name)
def test_real_scripts_keep_their_lines(file: Path) -> None:
    source = file.read_bytes()
    try:
        before = ast.parse(source)
    except SyntaxError:
        with pytest.raises(SyntaxError):
            watched(source)
        return
    after = ast.parse(watched(source).source)
    assert [node.lineno for node in after.body] == [node.lineno for node in before.body]
    assert shown(source.decode()).count("\n") == source.decode().count("\n")


BEHAVIOUR = """
import contextlib
class P:
    def __init__(self): self.log = []
    @property
    def now(self): self.log.append("now"); return self
    def __getattr__(self, name):
        if name.startswith("no"): raise AttributeError(name)
        return lambda *a, **k: (name, a, k)
class Q(P):
    def __init__(self): super().__init__(); self.__own = 1
    def own(self): return self.__own, super().now.any(2), (lambda: self.log.copy())()
q = Q()
print(q.now.now.hello(q.log[:], k=q.own()), [x.real for x in (1, 2)], 1 .real, 1.5.hex())
print(hasattr(q, "nope"), {"a": q.log}["a"].count("now"), (yield_ := q.now).log)
try:
    q.nothing
except AttributeError as error:
    print("caught", error)
def g():
    got = yield q.now
    yield got.upper()
it = g(); it.send(None); print(it.send("x"))
print("%s %s" % (q.first(), "a.b".split(".")))
"""


def test_it_does_what_the_script_does(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    def get(value: object, name: str, site: int) -> object:
        found = getattr(value, name)
        seen.append((site, name))
        return found

    monkeypatch.setitem(sys.modules, RECORDER, types.SimpleNamespace(get=get))
    outputs = []
    for source in (BEHAVIOUR.encode(), watched(BEHAVIOUR.encode()).source):
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(source, "script", "exec"), {"__name__": "__main__"})  # noqa: S102
        outputs.append(printed.getvalue())
    assert outputs[0] == outputs[1] != ""
    sites = watched(BEHAVIOUR.encode()).sites
    assert all(sites[number].name == name for number, name in seen)
    assert len({number for number, _ in seen}) > 15
