"""Rounds of shares, worked out with the model's own function."""

import numpy as np

from partnering.company.shares import new_shares


def ownership_sold(gross: float, market_value: float) -> float:
    """The part of the company that the new owners hold after a raise."""
    issued = float(new_shares(gross, market_value, 1.0))
    return issued / (1 + issued)


def vc_method(inputs: dict) -> dict[str, float]:
    """What each round sells so that its investors get their rate at the exit, after all later rounds have diluted it.

    A round is priced at the value before it at which the part it sells now, times what later rounds leave of it, is
    the part of the exit it needs.
    """
    exit_value, exit_year, rounds = inputs["net_income"] * inputs["pe"], inputs["exit_year"], inputs["rounds"]
    found, before, kept = {}, {}, 1.0
    for one in reversed(rounds):
        name, years = one["name"], exit_year - one["year"]
        needed = one["amount"] * (1 + one["rate"]) ** years / exit_value
        before[name] = one["amount"] * (kept / needed - 1)
        now = ownership_sold(one["amount"], before[name])
        found |= {f"retention_{name}": kept, f"current_own_{name}": now}
        kept *= 1 - now
    shares, held = inputs["founder_shares"], {}
    for one in rounds:
        found[f"price_{one['name']}"] = before[one["name"]] / shares
        held[one["name"]] = float(new_shares(one["amount"], before[one["name"]], shares))
        shares += held[one["name"]]
    found |= {f"final_own_{name}": issued / shares for name, issued in held.items()}
    found |= {"total_shares": shares, "terminal_price": exit_value / shares}
    assert np.isclose(kept, inputs["founder_shares"] / shares)
    return {name: value for name, value in found.items() if name not in ("retention_C", "current_own_C")}
