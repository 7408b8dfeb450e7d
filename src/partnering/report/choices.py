"""What options are worth: scenarios that turn one alone, on the same futures."""

from collections.abc import Sequence

import pandas as pd

from partnering.report.style import amount
from partnering.results.schema import VIEW
from partnering.results.statistics import mean
from partnering.results.stored import Results
from partnering.results.verdict import Verdict, leaves

OPTIONS = {
    "Further years of research": ("deal.extension_rule", "never", True),
    "Co-promotion in the US": ("deal.copromotion.offered", "true", False),
    "Stopping what does not pay": ("behaviour.gates", "commit", True),
}
"""By option: the leaf that turns it, the value a scenario gives it, whether the base case is the one that has it."""


def tabulate_options(run: Results, runs: Sequence[Results], verdict: Verdict) -> pd.DataFrame:
    """Return what each option is worth: the run that has it minus the run that has not, on the same futures."""
    signed, rows = verdict.signing.slug, []
    whose = (f"{signed}.company", f"{signed}.partner", f"{verdict.nearest.slug}.company")
    for option, (path, value, base_has_it) in OPTIONS.items():
        other = next((r for r in runs if changed_leaves(r) == {path: value}), None)
        if other is not None:
            with_it, without = (run, other) if base_has_it else (other, run)
            rows.append(
                (
                    option,
                    *(mean(with_it.paths[f"npv.{VIEW}.{who}"] - without.paths[f"npv.{VIEW}.{who}"]) for who in whose),
                )
            )
    gains = pd.DataFrame(rows, columns=["option", "signing", "partner", "alone"])
    limits = [f"{amount(gain.low or 0.0)} to {amount(gain.high or 0.0)}" for gain in gains["signing"]]
    means = {who: [gain.value for gain in gains[who]] for who in ("signing", "partner", "alone")}
    return pd.DataFrame({"option": gains["option"], **means, "limits": limits})


def changed_leaves(run: Results) -> dict[str, str]:
    """Return what a scenario changes, by path, as text."""
    inputs = leaves(run)
    return inputs.loc[inputs["changed_from"] != "", "value"].to_dict()


def plain_run(runs: Sequence[Results]) -> Results | None:
    """Return the run that differs from the base case in that nobody stops for commercial reasons, None without one."""
    path, value, _ = OPTIONS["Stopping what does not pay"]
    return next((run for run in runs if changed_leaves(run) == {path: value}), None)
