"""Tries what a script uses of an imported library. It runs in a cell, on Python 2.7 and all later.

It is given a JSON file: ``roots`` (the library's top modules), ``modules`` (what the script
imports), ``questions``, and ``answer``, the file for its answer. That has ``answers``, or
``error`` where the library cannot be imported. A question has a ``name``, ``is_member`` (its last
part is an attribute of an instance), ``is_import`` (an import statement names it), and ``call``:
null, or the number of ``positional`` arguments and the ``keywords`` that are passed; ``partial``:
others are passed as well. Its answer is ``[word, error]``, where the word is ``there`` or
``fails``, or ``unknown`` where only running the script would tell. Nothing is called: names are
looked up, and calls are bound.
"""

import importlib
import inspect
import io
import json
import sys
import warnings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List, Tuple

THERE, FAILS, UNKNOWN = "there", "fails", "unknown"
CONTAINERS = (tuple, list, dict, set, frozenset)


class NotToldError(Exception):
    """Only running the script would tell."""


def words_of(error):
    # type: (BaseException) -> str
    """Return an error as the last line of a traceback has it."""
    lines = str(error).splitlines() or [""]
    return "%s: %s" % (type(error).__name__, lines[0])


def look_up(name, is_import):
    # type: (str, bool) -> Any
    """Return what a dotted name stands for; raise as the script would."""
    parts = name.split(".")
    found = importlib.import_module(parts[0])
    for number, part in enumerate(parts[1:], start=2):
        try:
            found = getattr(found, part)
        except AttributeError:
            if not is_import:
                raise
            found = importlib.import_module(".".join(parts[:number]))
    return found


def look_up_member(name):
    # type: (str) -> Any
    """Return a method of a class by the class; raise where its instances cannot have it either."""
    owner, _, last = name.rpartition(".")
    made = look_up(owner, False)
    if not inspect.isclass(made):
        raise NotToldError("%s is no class" % owner)
    if not hasattr(made, last) and hasattr(made, "__getattr__"):
        raise NotToldError("%s makes its attributes" % owner)
    return getattr(made, last)


def takes_self(name):
    # type: (str) -> bool
    """Tell whether a member of a class is a function that is given the instance first."""
    owner, _, last = name.rpartition(".")
    for base in inspect.getmro(look_up(owner, False)):
        if last in vars(base):
            return inspect.isfunction(vars(base)[last])
    return False


def signature_of(thing):
    # type: (Any) -> Any
    """Return what arguments can be bound to; raise NotToldError where that is not known."""
    try:
        return inspect.signature(thing)
    except (TypeError, ValueError):
        raise NotToldError("no signature is known")


def translated_by(thing, keyword):
    # type: (Any, str) -> bool
    """Tell whether a decorator of a function may take an argument that the function does not."""
    while hasattr(thing, "__wrapped__"):
        code = getattr(thing, "__code__", None)
        cells = getattr(thing, "__closure__", None) or ()
        parts = list(code.co_consts) if code is not None else []
        for cell in cells:
            try:
                parts.append(cell.cell_contents)
            except ValueError:  # it is still empty
                continue
        for part in parts:
            if keyword == part or (isinstance(part, CONTAINERS) and keyword in part):
                return True
        thing = thing.__wrapped__
    return False


def bind(thing, call, skips):
    # type: (Any, Dict[str, Any], int) -> None
    """Bind what is passed, after some arguments that are passed by themselves; raise TypeError."""
    positional = [None] * (call["positional"] + skips)
    keywords = dict.fromkeys(call["keywords"])
    if any(translated_by(thing, keyword) for keyword in keywords):
        raise NotToldError("a decorator may take it")
    if sys.version_info[0] == 2:
        bind_old(thing, positional, keywords, call["partial"])
        return
    signature = signature_of(thing)
    if call["partial"]:
        signature.bind_partial(*positional, **keywords)
    else:
        signature.bind(*positional, **keywords)


def bind_old(thing, positional, keywords, partial):
    # type: (Any, List[None], Dict[str, None], bool) -> None
    """Bind what is passed as Python 2 can: to functions, methods and classes of Python alone."""
    if inspect.isclass(thing):
        thing, positional = getattr(thing, "__init__", None), [None] + positional
    function = getattr(thing, "__func__", thing)
    if not inspect.isfunction(function):
        raise NotToldError("no signature is known")
    if getattr(thing, "__self__", None) is not None:
        positional = [None] + positional
    if not partial:
        inspect.getcallargs(function, *positional, **keywords)
        return
    spec = inspect.getargspec(function)
    strange = [one for one in keywords if one not in spec.args]
    if strange and not spec.keywords:
        name = function.__name__
        raise TypeError("%s() got an unexpected keyword argument '%s'" % (name, strange[0]))


def answer_to(question):
    # type: (Dict[str, Any]) -> Tuple[str, str]
    """Return the answer to one question."""
    try:
        if question["is_member"]:
            thing = look_up_member(question["name"])
        else:
            thing = look_up(question["name"], question["is_import"])
        if question["call"] is not None:
            skips = int(question["is_member"] and takes_self(question["name"]))
            bind(thing, question["call"], skips)
    except NotToldError as error:
        return UNKNOWN, str(error)
    except Exception as error:
        return FAILS, words_of(error)
    return THERE, ""


def main(path):
    # type: (str) -> None
    """Answer the questions of a file."""
    with io.open(path, encoding="utf-8") as file:
        asked = json.load(file)
    sys.path[:] = [one for one in sys.path[1:] if one]
    warnings.simplefilter("ignore")
    answer = {}  # type: Dict[str, Any]
    try:
        for root in asked["roots"]:
            importlib.import_module(root)
    except Exception as error:
        answer["error"] = words_of(error)
    else:
        for name in asked["modules"]:
            try:
                importlib.import_module(name)
            except Exception:
                # That is the answer to a question of its own.
                continue
        answer["answers"] = [answer_to(question) for question in asked["questions"]]
    with io.open(asked["answer"], "wb") as file:
        file.write(json.dumps(answer).encode("utf-8"))


if __name__ == "__main__":
    main(sys.argv[1])
