"""The store: the files of a run written whole or not at all, and read back."""

import hashlib
import os
import shutil
import tempfile
import zipfile
from pathlib import Path
from typing import IO, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from partnering.course.pathway import chain_of
from partnering.course.strategies import Strategy
from partnering.inputs.tables import tabulate_inputs
from partnering.results.digests import describe_platform, lock_digest, model_digest, part_digests, report_digest
from partnering.results.faults import IdentityError
from partnering.results.schema import COLUMNS, PLANNED, SCHEMA_VERSION
from partnering.results.simulate import Run
from partnering.results.stored import Results, write_manifest
from partnering.results.tables import (
    table_of,
    tabulate_beliefs,
    tabulate_cash,
    tabulate_checks,
    tabulate_counts,
    tabulate_decisions,
    tabulate_exposures,
    tabulate_headline,
    tabulate_lines,
    tabulate_quarters,
    tabulate_survival,
)
from partnering.world.streams import BLOCK

MAKERS = {
    "headline": tabulate_headline,
    "lines": tabulate_lines,
    "exposures": tabulate_exposures,
    "cash": tabulate_cash,
    "counts": tabulate_counts,
    "checks": tabulate_checks,
    "beliefs": tabulate_beliefs,
    "decisions": tabulate_decisions,
    "survival": tabulate_survival,
    "quarters": tabulate_quarters,
}
PARTY_NAMES = {"company": "company", "partner": "partner", "others": "licensee"}


def write_run(run: Run, folder: Path, project: Path) -> Results:
    """Write the files of a run into a folder and return what was written. Raises IdentityError before writing.

    The files are made in a folder beside it, which takes its place when all are complete.
    """
    tables = {name: make(run) for name, make in MAKERS.items()} | {"inputs": tabulate_inputs(run.task.scenario)}
    refuse_failed_checks(tables["checks"])
    folder.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        for name in COLUMNS:
            write_csv(tables[name], made / f"{name}.csv")
        write_arrays(path_arrays(run), made / "paths.npz")
        rows = {f"{name}.csv": len(tables[name]) for name in COLUMNS} | {"paths.npz": run.task.paths}
        manifest = describe_run(run, project) | {"files": {name: _file(made / name, n) for name, n in rows.items()}}
        write_manifest(manifest, made)
        take_place(made, folder)
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return Results(folder, manifest)


def take_place(made: Path, folder: Path) -> None:
    """Put the finished files where they belong, the manifest last."""
    made.chmod(0o755)
    if not folder.exists():
        os.replace(made, folder)
        return
    (folder / "manifest.json").unlink(missing_ok=True)
    for file in sorted(made.iterdir(), key=lambda file: file.name == "manifest.json"):
        os.replace(file, folder / file.name)


def refuse_failed_checks(checks: pd.DataFrame) -> None:
    """Raise IdentityError naming the first identity that does not hold."""
    failed = checks[~checks["passed"].astype(bool)]
    if len(failed):
        worst = failed.iloc[0]
        raise IdentityError(f"{worst['name']}: residual {worst['residual']:g}, tolerance {worst['tolerance']:g}")


def write_csv(table: pd.DataFrame, file: Path | IO[str], header: bool = True) -> None:
    """Write a table with LF, shortest round-trip floats, empty for not applicable and no negative zero."""
    numbers = table.select_dtypes("number").columns
    clean = table.assign(**{c: table[c] + 0 for c in numbers})
    clean.to_csv(file, index=False, header=header, lineterminator="\n", encoding="utf-8")


def path_arrays(run: Run) -> dict[str, NDArray]:
    """Return the per-path arrays of a run under flat names."""
    arrays: dict[str, NDArray] = {}
    for view, results in run.views.items():
        for slug, result in results.items():
            arrays |= {f"npv.{view}.{slug}.{party}": npv for party, npv in result.npv.items()}
            arrays |= {f"count.{view}.{slug}.{name}": count for name, count in result.counts.items()}
            arrays |= {f"company.{view}.{slug}.{name}": values for name, values in result.company.items()}
            arrays[f"batch.{view}.{slug}.company"] = result.batches
            if view != PLANNED:
                arrays[f"cash.{view}.{slug}.company"] = result.net["company"]
    return arrays | {f"theta.{path}": draw for path, draw in run.theta.items()}


def write_arrays(arrays: dict[str, NDArray], file: Path | IO[bytes], method: int = zipfile.ZIP_STORED) -> None:
    """Write an npz whose bytes depend on nothing but the arrays and the method; stored as they are, or deflated."""
    with zipfile.ZipFile(file, "w") as archive:
        for name, array in arrays.items():
            about = zipfile.ZipInfo(f"{name}.npy")
            about.compress_type = method
            with archive.open(about, "w", force_zip64=True) as member:
                np.lib.format.write_array(member, np.ascontiguousarray(array))


def describe_run(run: Run, project: Path) -> dict[str, Any]:
    """Return the manifest of a run without its files: no clock, no commit, no timing."""
    scenario = run.task.scenario
    return {
        "schema_version": SCHEMA_VERSION,
        "scenario": scenario.name,
        "title": scenario.title,
        "question": scenario.question,
        "vintage": scenario.vintage,
        "valuation_date": scenario["valuation.date"],
        "parties": {role: scenario[f"parties.{name}"] for role, name in PARTY_NAMES.items()},
        "strategies": {strategy.slug: _describe_strategy(run, strategy) for strategy in run.task.strategies},
        "seed": run.task.seed,
        "paths": run.task.paths,
        "sample_paths": run.task.sample_paths,
        "block": BLOCK,
        "digests": {
            "inputs": scenario.digest,
            "text": scenario.text_digest,
            "model": model_digest(),
            "parts": part_digests(),
            "report": report_digest(project),
            "lock": lock_digest(project),
        },
        "platform": describe_platform(),
    }


def _describe_strategy(run: Run, strategy: Strategy) -> dict[str, Any]:
    told = {part: run.task.scenario[f"strategies.{strategy.slug}.{part}"] for part in ("title", "phrase", "meaning")}
    chains = [chain_of(run.task.scenario, route).name.lower() for route in strategy.inherited_routes]
    return told | {"signs_today": strategy.signs_today, "chains": chains, "beliefs": table_of(run, strategy)}


def _file(file: Path, rows: int) -> dict[str, Any]:
    return {"sha256": hashlib.sha256(file.read_bytes()).hexdigest(), "rows": rows}
