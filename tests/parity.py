"""Whether the compiled model gives what the array engine before it gave: `python tests/parity.py [SCENARIO ...]`.

The oracle is the last commit of the array engine, in a worktree and a process of its own, on its own params/. Both
sides take the same seeds, block 0, and the oracle's belief tables. Quarterly cash and what the company's money does,
which the oracle rounds to single precision when it is done, are taken as doubles: a tighter test than of its files.

By path, a difference may be 1e-9 of a scale, at least $1 million. For a party's value and cash it is the sum over
quarters of its net cash without its sign, the nearest to the sum of its flows that the oracle keeps: of all parties
before tax, of the company after it. For all else by path it is its own size. Sums over paths are held to the root of
paths times the sum of squares, no less than the sum of sizes; one on one side only, to zero. Whole numbers are equal.

Three things the two tell differently. What others pay for rights and the partner for shares is a line of theirs in the
kernel's books only: by quarter it must be the company's with the other sign. The oracle told, after its end too, what a
company would have seen: compared is what it saw till then. Without limits it told filing fees as receipts: compared is
the sum of both. Every path further apart is listed: 3 in a million paths times strategies and views may be. A total
further apart is listed too, and must be of a strategy and view with such a path.
"""

import argparse
import os
import pickle
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray

COMMIT, SEED = "eeb5d01", 20030731
BOUND, ALLOWED = 1e-9, 3e-6
KINDS = ("values", "cash", "company", "lines", "exposures")
KEPT = ("npv", "programme", "counts", "company", "net", "told", "events", "line_sums", "line_quarters", "units")
TABLE = "{:<22}" + "{:>11}" * len(KINDS) + "{:>10}{:>12}"
MIRRORED = (("others", "rights_sold", "mid", True), ("partner", "share_placement", "start", False))
"""Lines (party, line, timing) that only the kernel books to those who pay, and whether the company's value has them."""
SEEN = {"going_on": 0, "winding_down": 0, "need": 1, "market_value": 1}  # in which half of a quarter they are seen
Part = dict[str, Any]  # what is compared of a strategy in a view, by the names of KEPT
Old = tuple[list[tuple[str, Any]], dict[str, dict[str, Part]]]  # belief tables by strategy; parts by view and strategy


def main() -> int:
    """Compare, list what is further apart than the bound, print the table; return whether it is more than allowed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="SCENARIO", help="scenarios and deals (all)")
    parser.add_argument("--oracle", type=Path, metavar="DIR", help=f"a worktree of {COMMIT} (one made for it)")
    parser.add_argument("--paths", type=int, default=4096, metavar="N", help="paths of the block (4096, the most)")
    parser.add_argument("--seeds", type=int, default=2, metavar="N", help="how many (2)")
    parser.add_argument("--as-oracle", type=int, metavar="SEED", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.as_oracle:
        pickle.dump(run_old(asked.oracle, asked.names[0], asked.paths, asked.as_oracle), sys.stdout.buffer)
        return 0
    with ExitStack() as after:
        folder = (asked.oracle or make_oracle(after)).resolve()
        files = (file for kind in ("scenarios", "deals") for file in sorted((folder / "params" / kind).glob("*.yaml")))
        names = asked.names or [file.stem for file in files]
        found = [compare(folder, name, asked.paths, range(SEED, SEED + asked.seeds)) for name in names]
    print(TABLE.format("largest difference of", *KINDS, "integers", "exceptions"))
    for each in found:
        print(TABLE.format(each.name, *(f"{each.worst[k]:.1e}" for k in KINDS), each.integers, len(each.off)))
    off, compared, totals = np.sum([(len(each.off), each.compared, each.totals) for each in found], axis=0)
    print(f"{off} exceptions in {compared:,} paths by strategy and view; {totals} totals off that none explains")
    return int(off > ALLOWED * compared or totals > 0)


def make_oracle(after: ExitStack) -> Path:
    """Return a new worktree of the oracle, removed afterwards."""
    made = Path(after.enter_context(tempfile.TemporaryDirectory()), "oracle")
    git = ("git", "-C", str(Path(__file__).parent), "worktree")
    subprocess.run([*git, "add", "--detach", str(made), COMMIT], check=True, capture_output=True)
    after.callback(subprocess.run, [*git, "remove", "--force", str(made)], check=True)
    return made


def run_old(folder: Path, name: str, paths: int, seed: int) -> Old:
    """Return what the oracle makes of a block, as plain arrays; its own `partnering` is the one imported."""
    from partnering.inputs import load_scenario
    from partnering.results import measure, simulate, whole

    measure.np = whole.np = SimpleNamespace(**vars(np) | {"float32": np.float64})
    measure._sample = lambda *_: None  # by line, path and quarter: large, and not compared
    task = simulate.prepare(load_scenario(name, folder / "params"), seed, paths, paths)
    views = simulate.simulate_block(task, 0).views
    tables = [(strategy.slug, asdict(table)) for strategy, table in zip(task.strategies, task.beliefs, strict=True)]
    return tables, {v: {s: {k: getattr(r, k) for k in KEPT} for s, r in found.items()} for v, found in views.items()}


def ask_old(folder: Path, name: str, paths: int, seed: int) -> Old:
    """Return the same from a process of the oracle, with belief tables as the kernel reads them."""
    command = [sys.executable, __file__, name, "--oracle", folder, "--paths", paths, "--as-oracle", seed]
    environment = os.environ | {"PYTHONPATH": str(folder / "src")}
    done = subprocess.run([str(word) for word in command], env=environment, check=True, stdout=subprocess.PIPE)
    tables, parts = pickle.loads(done.stdout)
    return [(s, SimpleNamespace(**t | {"outlook": SimpleNamespace(**t["outlook"])})) for s, t in tables], parts


@dataclass
class Found:
    """What is found of a scenario: largest differences over their scale, and what is further apart than the bound."""

    name: str
    worst: dict[str, float] = field(default_factory=lambda: dict.fromkeys(KINDS, 0.0))
    integers: int = 0
    compared: int = 0
    off: set[tuple[Any, ...]] = field(default_factory=set)  # (seed, strategy, view, path)
    totals: int = 0  # further apart, though no path is

    def apart(self, kind: str, old: Any, new: Any, scale: Any) -> NDArray[np.bool_]:
        """Return which numbers are too far apart; whole numbers, of no kind, must be equal."""
        scaled = np.where(old == new, 0.0, np.nan_to_num(np.abs(new - old) / scale, nan=np.inf))
        if not kind:
            self.integers += int((scaled > 0).sum())
            return scaled > 0
        self.worst[kind] = max(self.worst[kind], float(scaled.max(initial=0.0)))
        return scaled > BOUND

    def hold_paths(self, at: tuple, what: str, kind: str, old: Any, new: Any, scale: Any = None) -> None:
        """Hold arrays (path,) or (path, quarter) to each other, to their own size unless there is a scale by path."""
        scale = np.maximum(1, np.abs(old)) if scale is None else scale
        old, new, scale = (np.reshape(array, (len(array), -1)) for array in (old, new, scale))
        apart = self.apart(kind, old, new, scale)
        for path in np.flatnonzero(apart.any(axis=1)):
            first = int(np.argmax(apart[path]))
            self.off.add((*at, int(path)))
            quarter = f", quarter {first}" if old.shape[1] > 1 else ""
            print(self.name, *at, f"{what}, path {path}{quarter}:", float(old[path, first]), float(new[path, first]))

    def hold_totals(self, at: tuple, what: str, kind: str, old: dict, new: dict, scales: dict) -> None:
        """Hold sums over paths to each other, by key; one that is missing is zero."""
        for key in sorted(old.keys() | new.keys()):
            one, two = (side.get(key, np.zeros_like((new | old)[key])) for side in (old, new))
            apart = self.apart(kind, one, two, scales.get(key, 1.0))
            if apart.any():
                first = int(np.argmax(apart))
                self.totals += not any(place[:-1] == at for place in self.off)
                print(self.name, *at, f"{what} {key}, place {first}:", float(one[first]), float(two[first]))


def compare(folder: Path, name: str, paths: int, seeds: range) -> Found:
    """Return what is found of a scenario."""
    from parity_reads import VIEWS, pack_believing, read_part

    from partnering.inputs import load_scenario
    from partnering.model.run import FIRST_BLOCK, play_block

    found, scenario = Found(name), load_scenario(name, folder / "params")
    for seed in seeds:
        tables, old = ask_old(folder, name, paths, seed)
        for played in play_block(scenario, pack_believing(scenario, tables), seed, 0, paths, FIRST_BLOCK)[1]:
            for place, view in enumerate(VIEWS):
                new = read_part(scenario, played, place)
                compare_part(found, (seed, played.packed.slug, view), old[view].pop(played.packed.slug), new)
                found.compared += paths
        assert not any(old.values()), "strategies that only the oracle has"
    print(f"{name}: {len(found.off)} exceptions", file=sys.stderr, flush=True)
    return found


def compare_part(found: Found, at: tuple, old: Part, new: Part) -> None:
    """Compare a strategy in a view: by path first, which may explain why a total is off."""
    scales = {party: np.maximum(1, np.abs(net).sum(axis=1)) for party, net in old["net"].items()}
    for what, kind in (("npv", "values"), ("net", "cash")):
        for party, value in old[what].items():
            found.hold_paths(at, f"{what} {party}", kind, value, new[what][party], scales.get(party))
    found.hold_paths(at, "programme", "values", old["programme"], new["programme"], scales["company"])
    for kind, group in (("", "counts"), ("company", "company")):
        for name, values in old[group].items():
            found.hold_paths(at, name, kind, values, new[group][name])
    if old["told"]:
        told, again = (steps_of(part["told"], old["company"]["ended_years"]) for part in (old, new))
        for name in told:
            found.hold_paths(at, f"told {name}", "company", told[name], again[name])
    found.hold_totals(at, "events", "", old["events"], new["events"], {})
    most, paths = dict[Any, float](), len(old["programme"])
    for party, line, timing, counted in MIRRORED:
        theirs, ours = (party, line, timing, False), ("company", line, timing, counted)
        if new["line_sums"].pop(theirs, None) is not None:
            old["line_quarters"][theirs] = -old["line_quarters"][ours]
            most[theirs] = max(1.0, np.sqrt(paths * old["line_sums"][ours][1]))
    for part in (old, new):  # the value of a term is a number to compare, and no part of its name
        part["units"] = {key[:2]: np.append(both, key[2]) for key, both in part["units"].items()}
    for sums, kind in (("line_sums", "lines"), ("units", "exposures")):
        scale = {key: np.maximum(1, [np.sqrt(paths * both[1]), *both[1:]]) for key, both in old[sums].items()}
        most |= {key: both[0] for key, both in scale.items()}
        found.hold_totals(at, sums, kind, old[sums], new[sums], scale)
    found.hold_totals(at, "line_quarters", "lines", old["line_quarters"], new["line_quarters"], most)


def steps_of(told: dict[str, NDArray], ended_years: NDArray) -> dict[str, NDArray]:
    """Return the steps of the first paths' quarters, (path, quarter), each as far as both engines tell it."""
    none = np.zeros_like(told["closing_cash"])
    steps = {name: told.get(name, none).T for name in (*told, "placed", "new_shares", *SEEN)}
    left = 8 * ended_years[: none.shape[1], None] - 2 * np.arange(len(none))
    steps |= {name: np.where(left > half, steps[name], 0.0) for name, half in SEEN.items()}
    return steps | {"receipts": steps["receipts"] + steps.pop("stage_fees")}


if __name__ == "__main__":
    sys.exit(main())
