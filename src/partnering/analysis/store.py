"""The answers of a run, stored beside it: asked once, and again when the run, the questions or their code change."""

import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pandas as pd

from partnering.analysis.asked import Inquiry
from partnering.analysis.bargain import BARGAIN, bargain
from partnering.analysis.bridge import BRIDGE, bridge
from partnering.analysis.learning import INFORMATION, tabulate_information
from partnering.analysis.maps import MAPS, draw_maps
from partnering.analysis.risk import FLIPS, RISK, tabulate_flips, tabulate_risk
from partnering.analysis.royalty import BAND, royalty_band
from partnering.analysis.surface import Surface, measure
from partnering.analysis.tornado import TORNADO, tornado
from partnering.analysis.turns import BREAKEVEN, break_even
from partnering.inputs import Analysis, Scenario, load_analysis, load_scenario
from partnering.model.draws import BLOCK
from partnering.results.access import KEY_LENGTH, remove, results
from partnering.results.digests import inquiry_digest
from partnering.results.parallel import cores
from partnering.results.place import Place
from partnering.results.store import take_place, write_csv
from partnering.results.stored import Results

ANSWERS = {
    "tornado": TORNADO,
    "breakeven": BREAKEVEN,
    "maps": MAPS,
    "bridge": BRIDGE,
    "bargain": BARGAIN,
    "band": BAND,
    "information": INFORMATION,
    "risk": RISK,
    "flips": FLIPS,
}
"""Tables of answers and their columns."""

SURFACE, DIGESTS = "surface.json", "digests.json"
ASKED = "-asked-"
"""Between the name of a run's folder and what else its answers depend on."""


@dataclass(frozen=True)
class Answers:
    """The answers of a run as stored."""

    folder: Path

    def table(self, name: str) -> pd.DataFrame:
        """Return a table of answers."""
        return pd.read_csv(self.folder / f"{name}.csv")

    def surface(self) -> Surface:
        """Return what other terms make of signing."""
        return Surface.from_json((self.folder / SURFACE).read_text("utf-8"))

    def holds(self) -> bool:
        """Return whether every file is there as it was written, and no other is."""
        try:
            written = json.loads((self.folder / DIGESTS).read_text("utf-8"))
        except (OSError, ValueError):
            return False
        return written == digest_of_each(self.folder)


def digest_of_each(folder: Path) -> dict[str, str]:
    """Return the digest of every file of a folder of answers by its name, in order of names."""
    files = sorted(file for file in folder.iterdir() if file.name != DIGESTS)
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def answers(scenario: str, place: Place, say: Callable[[str], None] = lambda text: None) -> Answers:
    """Return the answers of a scenario: stored ones of the same digest that hold, or new ones, stored.

    Raises InputError if params/analysis.yaml does not hold.
    """
    run, chosen = results(scenario, place), load_scenario(scenario, place.params)
    settings = load_analysis(place.params, chosen)
    stored = Answers(run.folder.with_name(f"{run.folder.name}{ASKED}{_key(settings)}"))
    if not stored.holds():
        if stored.folder.exists():
            remove(stored.folder)
        write_answers(open_inquiry(chosen, run, settings, say), stored.folder)
    return stored


def open_inquiry(scenario: Scenario, run: Results, settings: Analysis, say: Callable[[str], None]) -> Inquiry:
    """Return a run with the model behind it, ready to be asked, in no more futures than it has in its first block."""
    there = min(run.manifest["paths"], BLOCK)
    most = {name: min(getattr(settings, name), there) for name in ("paths", "step_paths")}
    return Inquiry(scenario, run.manifest["seed"], run, settings.model_copy(update=most), cores(), say)


def write_answers(inquiry: Inquiry, folder: Path) -> None:
    """Ask everything and write the tables, whole or not at all."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        for name, table in ask_all(inquiry).items():
            write_csv(table, made / f"{name}.csv")
        inquiry.say("asking: other terms")
        (made / SURFACE).write_text(measure(inquiry).to_json() + "\n", "utf-8")
        (made / DIGESTS).write_text(json.dumps(digest_of_each(made), indent=1) + "\n", "utf-8")
        take_place(made, folder)
    finally:
        shutil.rmtree(made, ignore_errors=True)


def ask_all(inquiry: Inquiry) -> dict[str, pd.DataFrame]:
    """Return every table of answers, those that others build on first."""
    found, paths = {"tornado": tornado(inquiry)}, inquiry.settings.step_paths
    makers: dict[str, Callable[[], pd.DataFrame]] = {
        "breakeven": partial(break_even, inquiry),
        "maps": partial(draw_maps, inquiry, inquiry.settings.paths),
        "bridge": partial(bridge, inquiry, paths),
        "bargain": partial(bargain, inquiry, paths),
        "band": partial(royalty_band, inquiry.scenario, inquiry.settings.royalty_multiples, inquiry.workers),
        "information": partial(tabulate_information, inquiry),
        "risk": partial(tabulate_risk, inquiry),
        "flips": partial(tabulate_flips, inquiry),
    }
    for name, make in makers.items():
        inquiry.say(f"asking: {name}")
        found[name] = make()
    return found


def _key(settings: Analysis) -> str:
    """Return the digest of all that answers depend on beyond their run."""
    asked = settings.model_dump_json(exclude={"gate_share"})
    return hashlib.sha256((asked + inquiry_digest()).encode()).hexdigest()[:KEY_LENGTH]
