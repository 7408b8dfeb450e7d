"""Where both could meet: the band of the royalty, a payment at signing."""

from textwrap import fill
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes

from partnering.analysis.negotiation import Bargain, bargain
from partnering.analysis.royalty import neutral_band, turning_points
from partnering.report import style
from partnering.report.figures import DOLLARS, write
from partnering.report.negotiation import PARTIES
from partnering.report.style import GRID, INK, WIDTH, Columns, amount, listed, money
from partnering.results.verdict import Verdict

STEPS = 101  # points of a line
NO_MEETING = "After tax and as financed both do better without the deal, whatever is paid at signing."

MEETING: Columns = {
    "point": ("Point", None),
    "transfer": ("More at signing, $ million", amount),
    "company": ("The company gains", amount),
    "partner": ("The partner gains", amount),
}
BAND_NOTE = (
    "As believed on the day, planned and before tax: the early candidates it gets and one new lead. What the partner "
    "does not take on is worth nothing to both here unless the deal leaves it with the company; handing it back would "
    "save part of that. Decisions after Phase 2 are seen in steps of a class of forecast."
)


def _write(ax: Axes, text: str, at: tuple[float, float], offset: tuple[int, int], **look: Any) -> None:
    """Write a text beside a place: right and above of it, or left and below, as the offset says."""
    side, upright = ("left" if offset[0] >= 0 else "right"), ("bottom" if offset[1] >= 0 else "top")
    write(ax, text, at, offset, ha=side, va=upright, fontsize=10, **look)


# When a royalty moves more than money


def _totals(band: pd.DataFrame) -> pd.DataFrame:
    """Return the value of all candidates to either and to both, by multiple."""
    total = band.groupby("multiple")[list(PARTIES)].sum()
    return total.assign(joint=total.sum(axis=1))


def say_band(band: pd.DataFrame, verdict: Verdict) -> str:
    """Return the finding of the band: between which multiples a royalty moves money only, and what ends it."""
    total, last = _totals(band)["joint"], float(band["multiple"].max())
    opening = "From {:g} to {:g} times its rates the royalty moves money only".format(*neutral_band(band))
    lost = turning_points(band).query("decision == 'takes' and multiple > 1")
    if lost.empty:
        return f"{opening}, and up to {last:g} times {verdict.partner} takes on as many candidates"
    first, end = float(lost["multiple"].min()), money(total[last]) if total[last] else "nothing"
    turns = lost[lost["multiple"] == first]
    fewer = "takes on less of" if turns["after"].any() else "no longer takes on"
    return (
        f"{opening}; at {first:g} times {verdict.partner} {fewer} {listed(turns['candidate'])}, and what "
        f"both have falls from {money(total[1.0])} to {money(total[first])}, and to {end} at {last:g} times"
    )


# A payment at signing


def meet(table: pd.DataFrame, verdict: Verdict) -> Bargain | None:
    """Return where both could meet: the company leaves for its best alternative, the partner for nothing.

    `table` has values by a transfer at signing over the actual terms. None where it has no other than none: the deal is
    worth less to both than walking away.
    """
    transfer, ours, theirs = table[["transfer_musd", "company_financed", "partner_aftertax"]].to_numpy().T
    return bargain(transfer, ours, theirs, verdict.nearest.value.value, 0.0) if len(transfer) > 1 else None


def tabulate_meeting(found: Bargain | None, verdict: Verdict) -> pd.DataFrame:
    """Return the points of the bargain: the transfer over the actual terms, and what both gain over walking away."""
    points = (
        {}
        if found is None
        else {
            "The deal as it is": 0.0,
            f"{verdict.company} would as soon walk away": found.least,
            f"{verdict.partner} would as soon walk away": found.most,
            "Both gain the same": found.equal_split,
        }
    )
    rows = [(point, at, *found.gains.at(at)) for point, at in points.items() if found is not None and at is not None]
    return pd.DataFrame(rows, columns=list(MEETING))


def plot_meeting(found: Bargain | None, verdict: Verdict) -> Axes | None:
    """Return what both gain over walking away by a payment at signing, the range both accept, and the points in it."""
    if found is None:
        return None
    _, ax = plt.subplots(figsize=(WIDTH, 3.8))
    points = {"the deal": 0.0, "equal split": found.equal_split}
    shown = {name: at for name, at in points.items() if at is not None}
    low, high = min(found.least, found.most, 0.0), max(found.least, found.most, 0.0)
    paid = np.linspace(low - 0.15 * (high - low), high + 0.15 * (high - low), STEPS)
    gains = np.array([found.gains.at(at) for at in paid])
    names = ((verdict.company, -1, (-6, 4)), (verdict.partner, 0, (6, 4)))
    for side, (name, place, offset) in enumerate(names):
        look: dict[str, Any] = {"color": style.PARTY_COLOURS[PARTIES[side]]}
        ax.plot(paid, gains[:, side], linewidth=2, **look)
        _write(ax, fill(name, 16), (paid[place], gains[place, side]), offset, weight="bold", **look)
    if found.exists:
        ax.axvspan(found.least, found.most, color=GRID, alpha=0.5, linewidth=0, zorder=0)
    bottom, top = min(float(gains.min()), 0.0), float(gains.max())
    for line, (name, at) in enumerate(shown.items()):
        ax.axvline(at, color=INK, linewidth=1, linestyle="--")
        height, aside = top + (0.14 + 0.08 * line) * (top - bottom), 4 if 0 <= at < (low + 2 * high) / 3 else -4
        clear = {"facecolor": "white", "edgecolor": "none", "pad": 1}  # the line of another point may pass behind it
        _write(ax, f"{name} {amount(at)}" if at else name, (at, height), (aside, 0), bbox=clear)
    ax.axhline(0, color=INK, linewidth=0.8)
    ax.set(ylim=(bottom, top + 0.4 * (top - bottom)), xlim=(paid[0], paid[-1]))
    ax.set(xlabel="More paid at signing, $ million", ylabel="Gain over walking away, $ million")
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter(DOLLARS)
    sns.despine(ax=ax)
    return ax


def say_meeting(found: Bargain | None, verdict: Verdict) -> str:
    """Return the finding of the bargain: the payments at signing that both accept, and where the deal lies in them."""
    if found is None:
        return NO_MEETING
    if found.equal_split is None:
        miss = money(found.least - found.most)
        return f"There is no payment at signing that both accept, after tax and as financed: they are {miss} apart"
    ours, theirs = (money(gain) for gain in found.actual)
    where = "inside that range" if min(found.actual) >= 0 else "outside it"
    least, most, equal = (_more(at) for at in (found.least, found.most, found.equal_split))
    return (
        f"After tax and as financed both accept from {least} to {most} at signing; the deal lies {where}, with {ours} "
        f"over walking away for {verdict.company} and {theirs} for {verdict.partner}; both would gain the same with "
        f"{equal}"
    )


def _more(transfer: float) -> str:
    if amount(transfer) == "0.0":
        return "nothing more"
    return f"{money(abs(transfer))} {'more' if transfer > 0 else 'less'}"


def say_meeting_note(table: pd.DataFrame) -> str:
    """Return how to read the points, and how well the values behind them are known."""
    now = table[table["transfer_musd"] == 0].iloc[0]
    ours, theirs = (money(now[f"{side}_se"]) for side in ("company_financed", "partner_aftertax"))
    return (
        "A dollar at signing costs the partner less than a dollar, by tax, and is worth more to a company short of "
        f"money than to one that is not. Standard errors are {ours} for the company's value "
        f"and {theirs} for the partner's."
    )


def say_walk_aways(verdict: Verdict) -> str:
    """Return what both are held against."""
    return (
        f"{verdict.company} walks away to {verdict.nearest.phrase}, worth {money(verdict.nearest.value.value)} as "
        f"financed and after tax, {verdict.partner} to nothing; what both gain over that"
    )
