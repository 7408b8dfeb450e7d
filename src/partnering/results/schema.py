"""The machine interface in one place: commands, files, columns and units. `partnering schema` prints it."""

from typing import Any

from partnering.inputs import scenario

SCHEMA_VERSION = 1
PRETAX, PLANNED, FINANCED = "pretax", "planned", "financed"
VIEWS = (PRETAX, PLANNED, FINANCED)
"""The programme planned and before tax; the whole company after tax, with all the money it could want; as financed."""

VIEW = FINANCED
"""The view whose values lead."""

PERCENTILES = (5, 25, 50, 75, 95)

ALL = "all"
"""Origin and modality of the counts of the programme as a whole: every origin but common and technology."""

AT_START = (
    *("upfront", "milestones", "copromotion_refund", "returned_milestones", "license_upfront", "license_milestones"),
    *("filing", "technology_fees", "technology_milestones", "equity_premium", "opt_in_fees", "filing_sharing"),
)
"""Lines paid at the start of a quarter; all others at its middle."""

COLUMNS = {
    "headline": ["strategy", "party", "view", "metric", "value", "low", "high", "unit"],
    "lines": ["strategy", "party", "view", "line", "timing", "value", "se", "unit"],
    "exposures": ["strategy", "party", "term", "value", "unit_mean", "unit_se", "unit"],
    "cash": ["strategy", "party", "view", "line", "quarter", "mean", *(f"p{p:02d}" for p in PERCENTILES), "unit"],
    "counts": ["strategy", "origin", "modality", "event", "mean", "p_at_least_1", "p_at_least_2"],
    "inputs": list(scenario.COLUMNS),
    "checks": ["name", "residual", "tolerance", "passed"],
    "beliefs": ["table", "candidate", "chain", "stage", "forecast_z", "company", "partner", "others"],
    "survival": ["strategy", "view", "year", "p_winddown", "p_exit", "p_cash_out"],
    "quarters": ["strategy", "path", "quarter", "step", "amount", "unit"],
    "decisions": [
        *("strategy", "path", "quarter", "candidate", "party", "decision"),
        *("forecast_z", "belief_musd", "taken"),
    ],
}

FILES = {
    "headline.csv": "values, products and paired differences, with 90 % Monte Carlo limits",
    "lines.csv": "present value by cash-flow line; the lines of a party add up to its npv_mean",
    "exposures.csv": "present value before tax of one unit of each term of the deal; value is the term's own",
    "cash.csv": "cash by quarter and line, with net and cash_balance",
    "counts.csv": "candidates by origin, modality and event",
    "inputs.csv": "every leaf of the scenario",
    "survival.csv": "by year: futures in which the company has wound down, has chosen to end, has spent its cash",
    "quarters.csv": "the company's quarters in the first futures, by the sub-steps of a quarter",
    "checks.csv": "identities and their residuals",
    "beliefs.csv": "what each step is worth to each party on average over all that is not known, $ million",
    "decisions.csv": "every decision of the first futures, with what was known then",
    "paths.npz": "values and counts by path; epistemic draws and quarterly net cash of the first paths",
    "manifest.json": "what made the run: digests, seed, paths, platform, files",
}

DIGESTS = {
    "inputs": "value, range and family of every leaf",
    "text": "titles, labels, notes and sources as well",
    "model": "all code that can move a number of a run",
    "parts": "the same by part of that code",
    "report": "code, template, notebooks and model record behind the pages; that of today, rewritten on reading",
    "lock": "the locked environment",
}
"""Under `digests` in a manifest: sha256 each."""

COMMANDS = {
    "check [SCENARIO ...]": "validates params; one line per problem on stderr",
    "scenarios": "name and title of every scenario, then of every deal, marked `deal`",
    "inputs NAME": "every leaf of one scenario as CSV",
    "schema": "this interface as JSON",
    "warm": "compiles the model, once; says so on stderr where it had to",
    "run NAME_OR_FILE --paths N --seed S --out DIR": "simulates one scenario and writes the files of a run",
    "sweep GRID --out DIR --workers N --scheduler tcp://HOST:PORT": "makes a grid of scenarios and writes `sweep.csv`",
    "analyse NAME_OR_FILE --out DIR": "asks a run what would change the answer, and writes the answers",
    "breakeven NAME_OR_FILE INPUT --low X --high X": "where an input turns the answer, as CSV; or that it cannot",
    "replay MANIFEST --scenario FILE --out DIR": "makes a run again; as CSV, whether it is the same and what changed",
    "report [SCENARIO ...] --paths N": "the whole pipeline; with scenarios or paths named, a draft",
}

SAME, ROUNDED, DIFFERS, DAMAGED, NOT_COMPARED = "same", "same to rounding", "differs", "damaged", "not compared"
VERDICTS = {
    SAME: "the same bytes",
    ROUNDED: "shape and text alike, all numbers within 1e-9 relative",
    DIFFERS: "not that",
    DAMAGED: "a file beside the manifest is not what the manifest records",
    NOT_COMPARED: "what is needed is not beside the manifest, or is damaged",
}
REPLAYED = {
    "kind": "file, input, setting, code, lock, platform, or run for the whole, which comes last",
    "name": "of the file, the leaf (in brackets which of its fields, if not the value), the part",
    "verdict": ", ".join(VERDICTS),
    "difference": "largest relative difference, where numbers could be compared",
    "was": "value or digest that the manifest or a file beside it records, where it is not that of today",
    "now": "that of today",
}
"""Columns of what a replay prints: every file, then all that has changed and could explain a difference."""

SWEPT = {
    "number": "place of the scenario in the grid, from 0; the last leaf's values change first",
    "scenario": "name of the scenario the values are set in",
    "the path of each leaf of the grid": "its value, lists as JSON",
    **dict.fromkeys(COLUMNS["headline"], "as in headline.csv of a run of it"),
}
"""Columns of `sweep.csv`."""

EXIT_CODES = {
    0: "done",
    1: "a failed identity, notebook or system fault, a replay that differs, limits that do not hold",
    2: "bad input or usage",
    130: "interrupted",
}

UNITS = ["musd", "count", "prob", "ratio", "years", "usd_per_share", "millions", "switch"]

METRICS = {
    "values": ["npv_mean", "npv_se", "npv_p05", "npv_p50", "npv_p95", "p_loss", "cvar05"],
    "company": [
        *("approved_mean", "p_approved_1", "p_approved_2", "p_approved_3"),
        *("returning_mean", "p_returning_1", "p_returning_2", "paying_mean"),
    ],
    "whole": ["programme_mean", "trough_musd", "p_winddown", "p_exit"],
    "financed": [
        *("raised_musd", "dilution", "value_per_share", "runway_years", "runway_p10_years", "winddown_p10_years"),
        "constraint_mean",
    ],
    "pairs": ["difference_mean", "difference_se", "p_better"],
    "financed_pairs": ["value_per_share"],
}


def describe_interface() -> dict[str, Any]:
    """Return the whole machine interface: commands, exit codes, files, columns, metrics, units, digests and more."""
    return {
        "schema_version": SCHEMA_VERSION,
        "commands": COMMANDS,
        "exit_codes": EXIT_CODES,
        "files": FILES,
        "columns": {f"{name}.csv": columns for name, columns in COLUMNS.items()},
        "metrics": METRICS,
        "views": list(VIEWS),
        "units": UNITS,
        "digests": DIGESTS,
        "replay": {"columns": REPLAYED, "verdicts": VERDICTS},
        "sweep": {"columns": SWEPT},
    }
