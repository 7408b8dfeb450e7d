"""Published rounds of financing: what shares are sold at, and what is left of them after later rounds."""

from partnering.analysis.cases.tree import Figures, Inputs
from partnering.clock import discount
from partnering.model.money import new_shares


def ownership_sold(gross: float, market_value: float) -> float:
    """Return the part of the company that new owners hold after a raise at the market value before it."""
    issued = float(new_shares(gross, market_value, 1.0, 0.0))
    return issued / (1 + issued)


def work_vc_method(inputs: Inputs) -> Figures:
    """Work what each round sells so that its investors get their rate at the exit, diluted by all later rounds.

    A round is priced at the value before it at which the part it sells now, times what later rounds leave of it, is
    the part of the exit it needs.
    """
    exit_value, rounds = inputs["net_income"] * inputs["pe"], inputs["rounds"]
    found: Figures = {}
    before, kept = {}, 1.0
    for one in reversed(rounds):
        name, years = one["name"], inputs["exit_year"] - one["year"]
        needed = one["amount"] / float(discount(years, one["rate"])) / exit_value
        before[name] = one["amount"] * (kept / needed - 1)
        sold = ownership_sold(one["amount"], before[name])
        found |= {f"retention_{name}": kept, f"current_own_{name}": sold}
        kept *= 1 - sold
    shares, held = inputs["founder_shares"], {}
    for one in rounds:
        found[f"price_{one['name']}"] = before[one["name"]] / shares
        held[one["name"]] = float(new_shares(one["amount"], before[one["name"]], shares, 0.0))
        shares += held[one["name"]]
    found |= {f"final_own_{name}": issued / shares for name, issued in held.items()}
    return found | {"total_shares": shares, "terminal_price": exit_value / shares}
