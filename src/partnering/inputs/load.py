"""From params/ to a Scenario: the base file, the files laid over it, and every rule."""

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from partnering.inputs.errors import LONGEST_SHOWN, InputError, Problem, did_you_mean
from partnering.inputs.files import Overlay, RunSettings, Source
from partnering.inputs.paths import flatten, kind_at, schema_paths
from partnering.inputs.rules import find_problems
from partnering.inputs.scenario import Leaf, Scenario
from partnering.inputs.schema import Params
from partnering.inputs.units import Entry, natural_bounds
from partnering.inputs.validate import Mark, Marks, marks_of, nearest_mark, read, validate
from partnering.inputs.yamlfile import Document, Location, read_yaml, shown

BASE, DEFAULTS = "base", "strategy_defaults"
FOLDERS = ("scenarios", "deals")
INHERITED = ("label", "slider")  # what a replaced leaf keeps when the overlay does not say


@dataclass(frozen=True)
class Layer:
    """One overlay file: as read, and as validated."""

    document: Document
    overlay: Overlay

    def mark(self, *location: str | int) -> Mark:
        """File and line of a location in this file."""
        return self.document.file, self.document.lines[location]


@dataclass(frozen=True, eq=False)
class Base:
    """The base file: as read, as validated, and its leaves, of which most stay as they are in every scenario."""

    document: Document
    marks: Marks
    entries: Mapping[str, Entry]
    leaves: Mapping[str, Leaf]
    day: dt.date  # of the valuation


def list_scenarios(params_dir: Path | str, folder: str = "scenarios") -> tuple[str, ...]:
    """Names of the files in params/scenarios (or params/deals), sorted, `base` first."""
    names = (path.stem for path in Path(params_dir, folder).glob("*.yaml"))
    return tuple(sorted(names, key=lambda name: (name != BASE, name)))


def load_run_settings(params_dir: Path | str) -> RunSettings:
    """Seed and path counts, which belong to no scenario. Raises InputError."""
    return read(RunSettings, Path(params_dir, "run.yaml"))


def load_scenario(name_or_file: Path | str, params_dir: Path | str) -> Scenario:
    """A checked scenario, by its name in params/ or from a file ending in .yaml. Raises InputError."""
    params = Path(params_dir)
    name = str(name_or_file)
    top = Path(name) if name.endswith(".yaml") else _find(name, params, (shown(params / FOLDERS[0]), 1), "")
    layers: dict[Path, Layer] = {}
    _collect(top, params, (), layers)
    base = _validated(read_yaml(params / "base.yaml"))
    return _lay_over(base, read(dict[str, Source], params / "sources.yaml"), layers, top)


def _lay_over(base: Base, sources: Mapping[str, Source], layers: Mapping[Path, Layer], top: Path) -> Scenario:
    """The base with layers laid over it, those combined before those that combine them. Raises InputError."""
    data, marks, changed = _merge(base, tuple(layers.values()))
    after = dict(flatten(validate(Params, data, marks))) if changed else base.entries
    day = after["valuation.date"].value
    vintages = {layer.document.file: layer.overlay.vintage or day for layer in layers.values()}
    leaves = {}
    for path, entry in after.items():
        before = base.entries.get(path)
        if path not in changed and entry == before and day == base.day:
            leaves[path] = base.leaves[path]
            continue
        old = before.value if before is not None and (path in changed or entry != before) else None
        mark = nearest_mark(tuple(path.split(".")), marks)
        leaves[path] = _leaf(path, entry, old, mark, max(vintages.get(mark[0], day), day))
    of, latest = layers[top].overlay, max(vintages.values())
    vintage = latest.isoformat() if latest > day else None
    scenario = Scenario(top.stem, of.title, of.question, of.combines, leaves, sources, vintage, of.family)
    found = *find_problems(scenario), *_undrawable(leaves, base.entries, changed), *_idle(layers[top], day)
    if found:
        raise InputError(found)
    return scenario


def _undrawable(
    leaves: Mapping[str, Leaf], before: Mapping[str, Entry], changed: Mapping[str, Mark]
) -> Iterator[Problem]:
    """Ranges drawn where the model reads a fixed value: they would change nothing."""
    for path, mark in changed.items():
        was = before.get(path)
        if was is not None and leaves[path].drawn and (was.low is None or was.drawn is False):
            text = "got a drawn range, expected drawn: false: the model takes this leaf as fixed in a run"
            yield Problem(*mark, path, text)


def _idle(layer: Layer, day: dt.date) -> Iterator[Problem]:
    """A vintage that allows no leaf to be known later than the day."""
    if (vintage := layer.overlay.vintage) and vintage <= day:
        text = f"got {vintage}, expected a day after the valuation date {day}"
        yield Problem(*layer.mark("vintage"), "vintage", text)


def _find(name: str, params: Path, mark: Mark, path: str) -> Path:
    """The one file in params/scenarios or params/deals that has this name."""
    if not re.fullmatch(f"[a-z0-9_]{{1,{LONGEST_SHOWN}}}", name):
        got = name[:LONGEST_SHOWN]
        text = f"got the name {got!r}, expected a few lowercase letters, digits and _: a name must not leave the folder"
        raise InputError([Problem(*mark, path, text)])
    found = [file for folder in FOLDERS if (file := params / folder / f"{name}.yaml").is_file()]
    if len(found) != 1:
        known = [known for folder in FOLDERS for known in list_scenarios(params, folder)]
        got = f"{len(found)} files" if found else "no file"
        text = f"got {got} of the name {name!r}, expected one of {', '.join(known)}{did_you_mean(name, known)}"
        raise InputError([Problem(*mark, path, text)])
    return found[0]


def _collect(path: Path, params: Path, trail: tuple[Path, ...], layers: dict[Path, Layer]) -> None:
    """Add a file to the layers, after those it combines, each once."""
    document = read_yaml(path)
    layer = Layer(document, validate(Overlay, document.data, marks_of(document)))
    for index, name in enumerate(layer.overlay.combines):
        mark = layer.mark("combines", index)
        combined = _find(name, params, mark, "combines")
        if combined in (*trail, path):
            text = f"got {name!r}, which combines this file, expected no circle"
            raise InputError([Problem(*mark, "combines", text)])
        if combined not in layers:
            _collect(combined, params, (*trail, path), layers)
    if path.stem == BASE and layer.overlay.set:
        text = "got leaves, expected none: base means base.yaml as it is"
        raise InputError([Problem(*layer.mark("set"), "set", text)])
    layers[path] = layer


def _merge(base: Base, layers: tuple[Layer, ...]) -> tuple[dict[str, Any], Marks, dict[str, Mark]]:
    """The base data with every overlay leaf in place, the mark of each key, and the marks of the leaves set."""
    data, marks = dict(base.document.data), base.marks
    changed: dict[str, Mark] = {}
    problems: list[Problem] = []
    for layer in layers:
        for path, raw in layer.overlay.set.items():
            mark = layer.mark("set", path)
            if text := _refusal(path, changed):
                problems.append(Problem(*mark, path, text))
                continue
            changed[path] = mark
            location = tuple(path.split("."))
            _place(data, location, raw)
            marks = _replace_marks(marks, location, layer)
    if problems:
        raise InputError(problems)
    return *_filled(data, marks), changed


def _filled(data: Mapping[str, Any], marks: Marks) -> tuple[dict[str, Any], Marks]:
    """The data in which every strategy says what it does: what its own group does not say, the defaults do."""
    defaults, strategies, marks = data.get(DEFAULTS), data.get("strategies"), dict(marks)
    if not isinstance(defaults, dict) or not isinstance(strategies, dict):
        return dict(data), marks
    filled = {}
    for slug, said in strategies.items():
        filled[slug] = said
        if not isinstance(said, dict):
            continue
        whole = {name: _named(leaf, said) for name, leaf in defaults.items() if isinstance(leaf, dict)}
        for name, leaf in said.items():
            whole[name] = {"label": whole[name]["label"]} | leaf if name in whole and isinstance(leaf, dict) else leaf
        filled[slug] = whole
        for name in whole.keys() - said.keys():
            marks["strategies", slug, name] = marks[DEFAULTS, name]
    return {**data, "strategies": filled}, marks


def _named(leaf: Mapping[str, Any], strategy: Mapping[str, Any]) -> dict[str, Any]:
    """A default leaf under the label it has for a strategy."""
    phrase = strategy.get("phrase")
    return {**leaf, "label": f"{leaf.get('label')}, {phrase.get('value') if isinstance(phrase, dict) else ''}"}


def _refusal(path: str, changed: Mapping[str, Mark]) -> str:
    """Why a leaf may not be set, or an empty text."""
    if path in changed:
        return "got a leaf already set at {}:{}, expected it set once".format(*changed[path])
    kind = kind_at(tuple(path.split(".")))
    if isinstance(kind, type) and issubclass(kind, Entry):
        return ""
    return f"got an unknown leaf, expected the path of a leaf in base.yaml{did_you_mean(path, schema_paths())}"


def _place(data: dict[str, Any], location: Location, raw: object) -> None:
    """Put an overlay leaf where it belongs; it keeps the label and slider of the leaf it replaces, not its range."""
    *groups, name = location
    for group in groups:  # copied on the way: the base file's own stay as they are
        data[str(group)] = dict(data.get(str(group), {}))
        data = data[str(group)]
    old = data.get(str(name), {})
    kept = {key: old[key] for key in INHERITED if key in old}
    data[str(name)] = kept | raw if isinstance(raw, dict) else raw


def _replace_marks(marks: Marks, location: Location, layer: Layer) -> dict[Location, Mark]:
    """Marks after a leaf was replaced: those of the old leaf go, those of the new one come."""
    path, deep = ".".join(str(part) for part in location), len(location)
    kept = {at: mark for at, mark in marks.items() if at[:deep] != location}
    new = {location + at[2:]: layer.mark(*at) for at in layer.document.lines if at[:2] == ("set", path)}
    groups = {location[:depth]: layer.mark("set", path) for depth in range(1, len(location))}  # of a new strategy
    return groups | kept | new


@lru_cache(maxsize=4)
def _validated(document: Document) -> Base:
    """The base of a document, made once: every scenario lies over it."""
    data, marks = _filled(document.data, marks_of(document))
    entries = dict(flatten(validate(Params, data, marks)))
    day = entries["valuation.date"].value
    at = {path: nearest_mark(tuple(path.split(".")), marks) for path in entries}
    leaves = {path: _leaf(path, entry, None, at[path], day) for path, entry in entries.items()}
    return Base(document, marks, entries, leaves, day)


def _leaf(path: str, entry: Entry, changed_from: object, mark: Mark, latest: dt.date) -> Leaf:
    lower, upper = natural_bounds(type(entry))
    plain = {name: _plain(getattr(entry, name)) for name in type(entry).model_fields}
    plain["drawn"] = entry.low is not None if entry.drawn is None else entry.drawn
    plain |= {"changed_from": _plain(changed_from), "file": mark[0], "line": mark[1], "latest": latest.isoformat()}
    return Leaf(path=path, lower_bound=lower, upper_bound=upper, **plain)


def _plain(value: object) -> Any:
    return value.isoformat() if isinstance(value, dt.date) else value
