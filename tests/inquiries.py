"""Inquiries for tests: into a model known in closed form, and into the base case with few inputs that have a range."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any

import numpy as np
from helpers import RANGE, SEED, load
from numpy.typing import NDArray

from partnering.analysis.asked import COMPANY, Inquiry
from partnering.analysis.what_if import Change, ask
from partnering.inputs import Analysis, Scenario
from partnering.inputs.analysis import ranged
from partnering.model.draws import draw_luck
from partnering.model.parties import PARTIES
from partnering.model.run import slugs_of
from partnering.results.schema import VIEW, VIEWS
from partnering.results.simulate import Run

Model = Callable[[Mapping[str, Any]], NDArray[np.float64]]
"""Values (strategy, path) of inputs by path, each a number or an array (path,)."""

SETTINGS: dict[str, Any] = {
    "paths": 128,
    "inside": 2,
    "step_paths": 64,
    "term_sheets": 2,
    "held_out": 1,
    "groups": {"toy": ("toy",)},
    "royalty_multiples": (0.5, 1.0, 2.0),
    "risk_tolerances_musd": (25.0, 100.0, 400.0, 1600.0),
    "maps": (),
    "studies": {},
    "gate_share": 0.5,
}
TOY_PATHS = 8_000
SLUGS = ("sign", "wait", "alone")


def normals(seed: int, rows: int, paths: int = TOY_PATHS) -> NDArray[np.float64]:
    """Independent normals, (row, path)."""
    return np.random.default_rng(seed).standard_normal((rows, paths))


@dataclass
class Known(Inquiry):
    """An inquiry into a model that is known."""

    model: Model = lambda inputs: np.zeros((0, 0))
    slugs: tuple[str, ...] = SLUGS

    def ask(self, changes: Sequence[Change], paths: int, what: str = "", party: int = COMPANY) -> NDArray[np.float64]:
        """What the model says."""
        drawn = {name.removeprefix("theta."): at for name, at in self.run.paths.items() if name.startswith("theta.")}
        fixed = {path: leaf.value for path, leaf in self.scenario.leaves.items()}
        return np.stack([self.model(fixed | drawn | change)[:, :paths] for change in changes])


def known(
    inputs: Mapping[str, tuple[float, float, float]], model: Model, drawn: Sequence[str] = (), **settings
) -> Known:
    """An inquiry into a model of inputs (low, value, high), those drawn a normal by path around their value."""
    pattern = load().leaves["deal.royalty.scale"]
    leaves, arrays = {}, {}
    for seed, (name, (low, value, high)) in enumerate(inputs.items()):
        path = f"toy.{name}"
        about = {"path": path, "label": name, "low": low, "value": value, "high": high, "drawn": name in drawn}
        leaves[path] = replace(pattern, **about)
        if name in drawn:
            arrays[f"theta.{path}"] = value + normals(100 + seed, 1)[0]
    scenario = Scenario("toy", "T", "Q?", (), leaves, {})
    inquiry = Known(scenario, SEED, SimpleNamespace(paths=arrays), Analysis(**SETTINGS | settings), model=model)
    for slug, values in zip(SLUGS, inquiry.ask([{}], TOY_PATHS)[0], strict=True):
        arrays[f"npv.{VIEW}.{slug}.company"] = values
    return inquiry


def few_ranges(scenario: Scenario, kept: Sequence[str]) -> Scenario:
    """The scenario with no range but on these inputs."""
    plain = {leaf.path: replace(leaf, **RANGE) for leaf in ranged(scenario) if leaf.path not in kept}
    return replace(scenario, leaves={**scenario.leaves, **plain})


def real(kept: Sequence[str], paths: int, scenario: Scenario | None = None, **settings: Any) -> Inquiry:
    """An inquiry into a scenario, or the base case, with few ranges; its run is so many futures' values and draws."""
    scenario = few_ranges(scenario or load(), kept)
    theta, values = draw_luck(scenario, SEED, 0, paths).theta, ask(scenario, SEED, [{}], paths)[0]
    arrays = {f"theta.{leaf.path}": theta[leaf.path] for leaf in scenario.drawn()}
    for slug, (company, partner) in zip(slugs_of(scenario), values, strict=True):
        arrays[f"npv.{VIEW}.{slug}.company"] = company
        arrays[f"npv.{VIEW}.{slug}.partner"] = partner
    groups = {"all": tuple(dict.fromkeys(path.split(".")[0] for path in kept))}
    return Inquiry(scenario, SEED, SimpleNamespace(paths=arrays), Analysis(**SETTINGS | {"groups": groups} | settings))


def arrays_of(run: Run) -> dict[str, NDArray[np.float64]]:
    """The values of a run by path, as a stored run has them, to the last digit."""
    return {
        f"npv.{view}.{slug}.{party}": lived.out["npv"][place, :, at]
        for slug, lived in run.strategies.items()
        for place, view in enumerate(VIEWS)
        for at, party in enumerate(PARTIES)
    }
