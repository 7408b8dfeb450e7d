"""The store: the files of a run written whole or not at all."""

import os
import shutil
import tempfile
import zipfile
from pathlib import Path
from typing import IO, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from partnering.inputs.scenario import Scenario
from partnering.inputs.tables import tabulate_inputs
from partnering.model.draws import BLOCK
from partnering.model.pack import Variant, variants_of
from partnering.model.parties import PARTIES
from partnering.model.run import signs_today
from partnering.model.views import PLANNED, PRETAX
from partnering.results import tables
from partnering.results.beliefs import first_chains, table_of, tabulate_beliefs
from partnering.results.digests import describe_platform, lock_digest, model_digest, part_digests, report_digest
from partnering.results.faults import IdentityError
from partnering.results.schema import SCHEMA_VERSION, VIEWS
from partnering.results.simulate import Run
from partnering.results.stored import Results, sha256_of, write_manifest

COUNTS = ("approved", "returning", "paying")
COMPANY = ("trough_musd", "raised_musd", "dilution", "value_per_share", "ended_years", "forced", "cash_out_years")
"""What is stored of every path beside values: counts of products, what the company's money does after tax."""


def tables_of(run: Run) -> dict[str, pd.DataFrame]:
    """Return every table of a run by name."""
    return {
        "headline": tables.tabulate_headline(run.scenario, run.outs(), run.drawn),
        "claim": run.claim,
        "lines": tables.tabulate_lines(run),
        "exposures": tables.tabulate_exposures(run),
        "cash": tables.tabulate_cash(run),
        "counts": tables.tabulate_counts(run),
        "inputs": tabulate_inputs(run.scenario),
        "checks": tables.tabulate_checks(run),
        "beliefs": tabulate_beliefs(run),
        "decisions": tables.tabulate_decisions(run),
        "survival": tables.tabulate_survival(run),
        "quarters": tables.tabulate_quarters(run),
    }


def write_run(run: Run, folder: Path, project: Path) -> Results:
    """Write the files of a run into a folder and return what was written. Raises IdentityError before writing.

    The files are made in a folder beside it, which takes its place when all are complete.
    """
    made_of = tables_of(run)
    refuse_failed_checks(made_of["checks"])
    folder.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        rows = {f"{name}.csv": len(table) for name, table in made_of.items()} | {"paths.npz": run.paths}
        for name, table in made_of.items():
            write_csv(table, made / f"{name}.csv")
        write_arrays(path_arrays(run), made / "paths.npz", zipfile.ZIP_DEFLATED)
        files = {name: {"sha256": sha256_of(made / name), "rows": count} for name, count in rows.items()}
        manifest = write_manifest(describe_run(run, project) | {"files": files}, made)
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
    """Return what is stored by path under flat names: numbers in single precision, counts as whole numbers."""
    arrays: dict[str, NDArray] = {}
    for view, slug, lived in tables.each_view(run):
        out, at = lived.out[view], f"{VIEWS[view]}.{slug}"
        arrays |= {f"npv.{at}.{party}": out["npv"][:, k].astype(np.float32) for k, party in enumerate(PARTIES)}
        arrays |= {f"count.{at}.{name}": out[name].astype(np.int16) for name in COUNTS}
        arrays |= {f"company.{at}.{name}": out[name].astype(np.float32) for name in COMPANY if view != PRETAX}
        arrays[f"batch.{at}.company"] = lived.batches[view]
        if lived.first and view != PLANNED:
            arrays[f"cash.{at}.company"] = lived.first.cash[view]
    return arrays | {f"theta.{path}": draw.astype(np.float32) for path, draw in run.drawn.items()}


def write_arrays(arrays: dict[str, NDArray], file: Path | IO[bytes], method: int = zipfile.ZIP_STORED) -> None:
    """Write an npz whose bytes depend on nothing but the arrays and the method; stored as they are, or deflated."""
    with zipfile.ZipFile(file, "w", compresslevel=1) as archive:
        for name, array in arrays.items():
            about = zipfile.ZipInfo(f"{name}.npy")
            about.compress_type = method
            with archive.open(about, "w", force_zip64=True) as member:
                np.lib.format.write_array(member, np.ascontiguousarray(array))


def describe_run(run: Run, project: Path) -> dict[str, Any]:
    """Return the manifest of a run without its files: no clock, no commit, no timing."""
    scenario, names = run.scenario, {"company": "company", "partner": "partner", "others": "licensee"}
    return {
        "schema_version": SCHEMA_VERSION,
        "scenario": scenario.name,
        "title": scenario.title,
        "question": scenario.question,
        "vintage": scenario.vintage,
        "valuation_date": scenario["valuation.date"],
        "parties": {role: scenario[f"parties.{name}"] for role, name in names.items()},
        "strategies": {slug: _describe_strategy(run, slug) for slug in run.strategies},
        "seed": run.seed,
        "paths": run.paths,
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


def variant_words(scenario: Scenario, slug: str, variant: Variant) -> str:
    """Return which variant of a strategy stands, in words; nothing where it has only one."""
    if len(variants_of(scenario, slug)) < 2:
        return ""
    if scenario[f"strategies.{slug}.sells"] == "candidates":
        return "with new technology licences" if variant.licensing else "without new technology licences"
    return "with research of its own" if variant.research else "without research of its own"


def _describe_strategy(run: Run, slug: str) -> dict[str, Any]:
    told = {part: run.scenario[f"strategies.{slug}.{part}"] for part in ("title", "phrase", "meaning", "family")}
    packed = run.strategies[slug].packed
    told |= {"variant": variant_words(run.scenario, slug, packed.variant)}
    told |= {"tax_share": packed.rules["tax_share"][0].tolist(), "franchise_musd": float(packed.rules["franchise"][0])}
    made = {"signs_today": signs_today(run.scenario, slug), "chains": first_chains(run.strategies[slug])}
    return told | made | {"beliefs": table_of(run, slug)}
