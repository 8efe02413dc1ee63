"""What breaks for scripts, as text, Markdown and JSON, and a script with marks in its margin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfcompat.util.package_names import to_alias
from tfcompat.util.text import plural, visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tfcompat.breaks.findings import Break, ChangedDefault, Prediction, ScriptForecast

SCHEMA = 1

# So many breaks of a release are named in its line of a table.
_NAMED = 3


def as_json(dependency: str, forecasts: Iterable[ScriptForecast]) -> dict[str, object]:
    """Return what breaks, in the form of ``docs/breaks.schema.json``."""
    return {
        "schema": SCHEMA,
        "dependency": dependency,
        "scripts": [
            {
                "script": one.script,
                "releases": [_release_as_json(prediction) for prediction in one.predictions],
            }
            for one in forecasts
        ],
    }


def _release_as_json(prediction: Prediction) -> dict[str, object]:
    return {
        "release": prediction.offer.release,
        "python": prediction.offer.python,
        "surface": origin_of(prediction),
        "breaks": [
            {
                "name": one.name,
                "kind": one.kind,
                "argument": one.argument,
                "lines": list(one.lines),
                "direction": one.direction,
                "edge": list(one.edge),
                "exact": one.is_exact,
                "replacement": one.replacement,
                "certain": one.is_certain,
                **_witness_as_json(one),
            }
            for one in prediction.breaks
        ],
        "defaults": [
            {
                "name": one.name,
                "argument": one.argument,
                "old": one.old,
                "new": one.new,
                "lines": list(one.lines),
            }
            for one in prediction.defaults
        ],
        **_shim_as_json(prediction),
    }


def _shim_as_json(prediction: Prediction) -> dict[str, object]:
    shimmed = prediction.shimmed
    if shimmed is None:
        return {}
    given = [
        {"name": one.name, "argument": one.argument, "replacement": one.replacement}
        for one in shimmed.given
    ]
    return {"shim": {"given": given, "ended": shimmed.ended, "why": shimmed.why or None}}


def _witness_as_json(one: Break) -> dict[str, object]:
    if one.witness is None:
        return {}
    return {"witness": {"answer": one.witness.answer, "words": one.witness.words or None}}


def origin_of(prediction: Prediction) -> str:
    """Return where a prediction comes from: ``asked``, ``read``, or ``none``."""
    surface = prediction.offer.surface
    return surface.origin if surface else "none"


def text(dependency: str, forecasts: Sequence[ScriptForecast]) -> str:
    """Return a table for each script, a line for each run of releases that are alike.

    For one release alone it is the script with marks in its margin.
    """
    parts = []
    for one in forecasts:
        if len(one.predictions) == 1:
            parts.append("\n".join(_margin(dependency, one)))
        else:
            parts.append("\n".join(_table(dependency, one)))
    return "\n\n".join(parts)


def _table(dependency: str, forecast: ScriptForecast) -> Iterator[str]:
    yield f"{forecast.script}: predicted from what it uses of {dependency}; no verdicts"
    rows = list(_alike(forecast.predictions))
    labels = [_label(run) for run in rows]
    width = max(map(len, labels), default=0)
    for label, run in zip(labels, rows, strict=True):
        yield f"  {label:<{width}}  {_line(run[0])}"
    yield from _details(forecast)
    for prediction in forecast.predictions:
        if prediction.shimmed is not None:
            yield f"  {prediction.offer.release}: {_of_shim(prediction)}"


def _alike(predictions: Sequence[Prediction]) -> Iterator[list[Prediction]]:
    """Yield releases next to each other for which the same is predicted."""
    run: list[Prediction] = []
    for one in predictions:
        if run and _key(run[-1]) != _key(one):
            yield run
            run = []
        run.append(one)
    if run:
        yield run


def _key(prediction: Prediction) -> tuple[object, ...]:
    breaks = tuple((one.name, one.kind, one.argument, one.lines) for one in prediction.breaks)
    return breaks, origin_of(prediction), prediction.defaults, prediction.shimmed


def _label(run: Sequence[Prediction]) -> str:
    first, last = run[0].offer.release, run[-1].offer.release
    return first if first == last else f"{first} … {last}"


def _line(prediction: Prediction) -> str:
    origin = origin_of(prediction)
    if origin == "none":
        return "not known: there are no sources to read"
    found = prediction.breaks
    named = ", ".join(_title(one) for one in found[:_NAMED])
    more = f" and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
    what = f"{plural(len(found), 'break')}: {named}{more}" if found else "no breaks"
    defaults = len(prediction.defaults)
    changed = f"; {plural(defaults, 'default')} changed" if defaults else ""
    return f"{what}{changed}" + ("" if origin == "asked" else "  (read from sources)")


def _title(one: Break) -> str:
    name = to_alias(one.name)
    if one.kind == "argument":
        return f"{name}({one.argument}=)"
    return f"{name}()" if one.kind == "signature" else name


def _details(forecast: ScriptForecast) -> Iterator[str]:
    """Yield each break once, with its lines, its edge and what replaces it."""
    known: dict[tuple[object, ...], Break] = {}
    for prediction in forecast.predictions:
        for one in prediction.breaks:
            # That of the newest release counts: what replaced it there still does.
            known[one.name, one.kind, one.argument, one.edge] = one
    defaults: dict[tuple[object, ...], ChangedDefault] = {}
    for prediction in forecast.predictions:
        for changed in prediction.defaults:
            defaults[changed.name, changed.argument, changed.old, changed.new] = changed
    for one in sorted(known.values(), key=lambda one: (one.lines, one.name)):
        yield f"  {lines_of(one)}: {sentence(one)}"
    for changed in sorted(defaults.values(), key=lambda one: (one.lines, one.name)):
        yield f"  {lines_of(changed)}: {_of_default(changed)}"


def lines_of(one: Break | ChangedDefault) -> str:
    """Return the lines of the script that something is on, in words."""
    return f"line{'s' if len(one.lines) > 1 else ''} {', '.join(map(str, one.lines))}"


def sentence(one: Break) -> str:
    """Return what a break is, since when, and what serves in its place."""
    before, after = one.edge
    name = to_alias(one.name)
    if one.kind == "argument":
        what = f"{name} has no argument `{one.argument}`"
    elif one.kind == "signature":
        about = f" (see `{one.argument}`)" if one.argument else ""
        what = f"{name} is not called like this{about}"
    else:
        what = f"{name} is not there"
    when = f"since {after}" if one.direction == "gone" else f"up to {before}"
    if not one.is_exact:
        when = f"{when} at the latest" if one.direction == "gone" else f"{when} at least"
    serves = f"; instead: {to_alias(one.replacement)}" if one.replacement else ""
    return visible(f"{what} {when}{serves}{_witnessed(one)}")


def _witnessed(one: Break) -> str:
    if one.witness is None:
        return ""
    if one.witness.answer == "fails":
        return f" (confirmed: {one.witness.words})"
    if one.witness.answer == "there":
        return " (not confirmed: it is there in the environment)"
    return f" (not confirmed: {one.witness.words})"


def _of_shim(prediction: Prediction) -> str:
    """Return what a run was supplied with, and how it ended."""
    shimmed = prediction.shimmed
    assert shimmed is not None  # noqa: S101 - asked of those alone
    if shimmed.ended == "untried":
        return visible(f"not run with what it lacks: {shimmed.why}")
    lacking = ", ".join(_title(one) for one in prediction.breaks if one not in shimmed.given)
    of = f"{len(shimmed.given)} of {plural(len(prediction.breaks), 'break')}"
    without = f", not for {lacking}" if lacking else ""
    ended = "it runs to its end" if shimmed.ended == "runs" else f"it fails: {shimmed.why}"
    return visible(f"with what serves in place of {of}{without}: {ended}")


def _of_default(changed: ChangedDefault) -> str:
    return visible(
        f"{to_alias(changed.name)} is left its `{changed.argument}`, by default "
        f"{changed.old} once and {changed.new} now"
    )


def _margin(dependency: str, forecast: ScriptForecast) -> Iterator[str]:
    """Yield the lines of a script with what breaks at one release below each line."""
    (prediction,) = forecast.predictions
    release = prediction.offer.release
    yield f"{forecast.script} with {dependency} {release}: {_line(prediction)}"
    if prediction.shimmed is not None:
        yield f"  {_of_shim(prediction)}"
    marks: dict[int, list[str]] = {}
    for one in prediction.breaks:
        for line in one.lines:
            marks.setdefault(line, []).append(f"✗ {sentence(one)}")
    for changed in prediction.defaults:
        for line in changed.lines:
            marks.setdefault(line, []).append(f"~ {_of_default(changed)}")
    for number, written in enumerate(forecast.source.splitlines(), start=1):
        mark = " " if number not in marks else marks[number][0][0]
        yield f"{mark} {number:4} {visible(written)}".rstrip()
        yield from (f"       {' ' * _indent(written)}{one}" for one in marks.get(number, ()))


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def markdown(dependency: str, forecasts: Sequence[ScriptForecast]) -> str:
    """Return a Markdown table for each script, a row for each run of releases that are alike."""
    parts = []
    for one in forecasts:
        rows = [
            f"| {_label(run)} | {origin_of(run[0])} | {len(run[0].breaks)} | {_cell(run[0])} |"
            for run in _alike(one.predictions)
        ]
        head = f"### `{one.script}` and {dependency}: predicted, not run"
        table = [
            "| releases | surface | breaks | what breaks, on which lines |",
            "|---|---|--:|---|",
        ]
        parts.append("\n".join([head, "", *table, *rows]))
    return "\n\n".join(parts)


def _cell(prediction: Prediction) -> str:
    said = [f"{lines_of(one)}: {sentence(one)}" for one in prediction.breaks]
    said += [f"{lines_of(one)}: {_of_default(one)}" for one in prediction.defaults]
    said += [_of_shim(prediction)] if prediction.shimmed is not None else []
    return "<br>".join(said).replace("|", "\\|")
