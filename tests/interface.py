"""The machine interface as promised: files, columns, metrics, units and views, and a run made by the command."""

import csv
import subprocess
import sys
from pathlib import Path

from helpers import PARAMS

ROOT = PARAMS.parent
PATHS, SEED = 300, 5
COLUMNS = {
    "headline.csv": "strategy,party,view,metric,value,low,high,unit",
    "claim.csv": "view,reading,alone_strategy,signing,alone,ratio,low,high,paths",
    "lines.csv": "strategy,party,view,line,timing,value,se,unit",
    "exposures.csv": "strategy,party,term,value,unit_mean,unit_se,unit",
    "cash.csv": "strategy,party,view,line,quarter,mean,p05,p25,p50,p75,p95,unit",
    "counts.csv": "strategy,origin,modality,event,mean,p_at_least_1,p_at_least_2",
    "inputs.csv": "path,label,value,low,high,dist,unit,status,source,known,published,changed_from,implied_mean",
    "checks.csv": "name,residual,tolerance,passed",
    "beliefs.csv": "table,candidate,chain,stage,forecast_z,company,partner,others",
    "decisions.csv": "strategy,path,quarter,candidate,party,decision,forecast_z,belief_musd,taken",
    "survival.csv": "strategy,view,year,p_winddown,p_exit,p_cash_out",
    "quarters.csv": "strategy,path,quarter,step,amount,unit",
}
KEYS = {
    "headline.csv": 4,
    "claim.csv": 2,
    "lines.csv": 5,
    "cash.csv": 5,
    "counts.csv": 4,
    "inputs.csv": 1,
    "checks.csv": 1,
}
KEYS |= {"exposures.csv": 3, "beliefs.csv": 5, "decisions.csv": 6, "survival.csv": 3, "quarters.csv": 4}
"""How many of the first columns name a row."""

NUMBERS = {"value", "low", "high", "se", "mean", "p05", "p25", "p50", "p75", "p95", "p_at_least_1", "p_at_least_2"}
NUMBERS |= {"residual", "tolerance", "forecast_z", "belief_musd", "company", "partner", "others"}
NUMBERS |= {"unit_mean", "unit_se", "p_winddown", "p_exit", "p_cash_out", "amount", "signing", "alone", "ratio"}
FAMILIES = {"sign": ("partnership",), "alone": ("market", "concept", "ind", "best"), "give_up": ("shrink", "wind_up")}
STRATEGIES = tuple(slug for family in FAMILIES.values() for slug in family)
PARTIES = ("company", "partner", "others")
VALUES = ["npv_mean", "npv_se", "npv_p05", "npv_p50", "npv_p95", "p_loss", "cvar05"]
PRODUCTS = ["approved_mean", "p_approved_1", "p_approved_2", "p_approved_3"]
PRODUCTS += ["returning_mean", "p_returning_1", "p_returning_2", "paying_mean"]
WHOLE = ["programme_mean", "trough_musd", "p_winddown", "p_exit"]
FINANCED = ["raised_musd", "dilution", "value_per_share", "runway_years", "runway_p10_years", "winddown_p10_years"]
FINANCED += ["constraint_mean"]
PAIRS = ["difference_mean", "difference_se", "p_better"]
INPUTS = ["lead_p05_inputs", "lead_p95_inputs", "lead_sd_inputs", "luck_share"]
VIEWS = {"pretax": [], "planned": WHOLE, "financed": WHOLE + FINANCED}
"""What each view says of the company beside its value and its products."""

UNIT_OF = {"npv|cvar|difference|lead_|.*_musd|programme|constraint": "musd", "p_": "prob", ".*_years": "years"}
UNIT_OF |= {
    "dilution|luck_share": "ratio",
    "value_per_share": "usd_per_share",
    "(approved|returning|paying)_mean": "count",
}
ORIGINS = {"all", "inherited", "collaboration", "own", "common", "technology"}
MODALITIES = {"all", "naked", "conjugate"}
EVENTS = {"lead", "partner_target", "early_ind", "ind", "phase_2", "phase_3", "bla", "approval"}
EVENTS |= {"licensed", "returned", "copromoted"}
MOVED = {"delayed", "sold"}  # when cash is short: not of technology licences, which others pay for
DECISIONS = {*(f"start {stage}" for stage in ("preclinical", "phase_1", "phase_2", "phase_3", "review")), "launch"}
DECISIONS |= {"seek a licence", "take a licence", "co-promote", "withdraw", "extend"}
UNITS = {"musd", "count", "prob", "ratio", "years", "usd_per_share", "millions", "switch"}


def command(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-m", "partnering", *map(str, arguments)]
    return subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=False)


def make_run(out: Path) -> subprocess.CompletedProcess[str]:
    return command("run", "base", "--paths", str(PATHS), "--seed", str(SEED), "--out", out)


def contents(folder: Path) -> dict[str, bytes]:
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))
