"""Records of the model's kernel filled in by hand, in round numbers: no discounting or inflation unless asked for."""

from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from partnering.model import lines
from partnering.model.company import meet_events
from partnering.model.flows import develop, pay_events
from partnering.model.lines import AT_START, LINES
from partnering.model.money import activity, base_burn
from partnering.model.plan import ready
from partnering.model.portfolio import advance
from partnering.model.records import CANDIDATE, CONTRACT, FIRM, FUTURE, RULES
from partnering.model.run import open_books
from partnering.model.stages import MARKET, NEVER, NONE

C, P, O, S, I, T = range(6)  # noqa: E741
"""Company, partner, others, suppliers and market, investors, tax: the parties, for tables of amounts."""

Record = Any
"""One row of a structured array: read and written by name."""

Moved = tuple[int, int, int, int, float]
"""What moves: line, payer, payee, quarter, amount."""

QUARTERS = 400


def put(record: Record, fields: dict[str, Any]) -> Record:
    """Fill in fields: of an array the first places if given a list, all of it if given a number."""
    for name, value in fields.items():
        if isinstance(value, list):
            given = np.asarray(value)
            record[name][tuple(slice(length) for length in given.shape)] = given
        elif record[name].shape:
            record[name][...] = value
        else:
            record[name] = value
    return record


def blank(kind: np.dtype) -> Record:
    return np.zeros(1, dtype=kind)[0]


TERMS = {
    **{"upfront": lines.T_UPFRONT, "equity": lines.T_EQUITY, "year_pays": lines.T_FUNDING, "ladder": lines.T_LADDERS},
    **{"opt_in_fee": lines.T_OPT_IN, "tier_rate": lines.T_RATES, "step_pays": lines.T_SALES_MILESTONES},
    **{"floor": lines.T_FLOOR, "profit_share": lines.T_PROFIT_SHARE, "cost_share": lines.T_COST_SHARE},
    **{"us_profit": lines.T_US_PROFIT, "refund_share": lines.T_REFUND, "partner_royalty": lines.T_PARTNER_ROYALTY},
}
"""Terms of the deal by name: where their value, or the first of several, stands among all terms."""


def rules_with(inflation: float = 0.0, **fields: Any) -> Record:
    """Rules of a simple world: sales are at their peak from the launch on, a quarter counts as much as any other."""
    quarter, rules = np.arange(QUARTERS + 1), blank(RULES)
    simple = {
        **{"horizon": 48, "rational": 1, "research_window": 20, "look_ahead": 4, "raise_for": 8, "raise_gap": 4},
        **{"eu_after": 5, "japan_after": 12, "lifecycle": 32, "lifecycle_rate": 0.05, "us_share": 0.6},
        **{"option": NONE, "exit_stage": NONE, "terms_factor": 1.0, "step_down": 1.0, "erosion_years": 3.0},
        **{"uptake_points": 1, "uptake_at": [0.0, 0.5], "uptake": [0.0, 1.0], "committed": 3, "limited": 1},
        **{"tiers": 3, "threshold": [0.0, 250.0, 500.0, np.inf], "tier_rate": [0.04, 0.06, 0.08]},
        **{"annuity": quarter.astype(float).tolist(), "losses_years": 20, "postpone": 8},
        **{"real_start": ((1 + inflation) ** (-quarter / 4)).tolist()},
        **{"real_mid": ((1 + inflation) ** (-(quarter + 0.5) / 4)).tolist()},
    }
    put(rules, {name: value for name, value in (simple | fields).items() if name not in TERMS})
    for name in TERMS.keys() & (simple | fields):
        given = np.ravel((simple | fields)[name])
        rules["term"][TERMS[name] : TERMS[name] + len(given)] = given
    return rules


def future_with(**fields: Any) -> Record:
    simple = {"royalty_term": 48, "royalty_scale": 1.0, "research_cost_share": 0.85, "selling": 0.25}
    return put(blank(FUTURE), simple | fields)


def contract_with(**fields: Any) -> Record:
    return put(blank(CONTRACT), {"signed": NEVER, "year": -1} | fields)


def candidates_with(*each: dict[str, Any]) -> NDArray:
    """Candidates in a row: nothing has happened to them and nothing will, but for what is said."""
    work = np.zeros(len(each), dtype=CANDIDATE)
    never = ("taken", "handed", "resumed", "signed", "launch", "loss_of_exclusivity", "rights_from")
    simple = dict.fromkeys((*never, "start", "end"), NEVER) | {"exits": NONE, "territory": 1.0, "years_to_peak": 0.25}
    for candidate, fields in zip(work, each, strict=True):
        put(candidate, simple | {"cogs": 0.1, "forecast_ratio": 1.0} | fields)
        ready(candidate)
        put(candidate, fields)
    return work


def book_with(rules: Record, rate: float = 0.0, own_rate: float = 0.0, **fields: Any) -> Record:
    """Empty books; `rate` values what others get and pay, `own_rate` what the company does."""
    times = (np.arange(QUARTERS) + 0.5) / 4, np.arange(QUARTERS) / 4
    factor = np.array([[(1 + each) ** -t for t in times] for each in (rate, own_rate) * 2])
    book = open_books(SimpleNamespace(factor=factor, rules={"real_mid": rules["real_mid"][None]}))[0]  # type: ignore
    return put(book, {"paged": 1, "sampled": 1} | fields)


def firm_with(**fields: Any) -> Record:
    simple = {"view": 2, "ended": NEVER, "last_raise": -NEVER, "loss_years": 1, "shares": 50.0, "swing": 1.0}
    return put(blank(FIRM), simple | fields)


def booked(moved: list[Moved]) -> NDArray[np.float64]:
    """What the accounts hold after these payments, (line, party, quarter)."""
    page = np.zeros((len(LINES), 6, QUARTERS))
    for line, payer, payee, q, amount in moved:
        page[line, payer, q] -= amount
        page[line, payee, q] += amount
    return page


def product(launch: int, **fields: Any) -> dict[str, Any]:
    """A product that the partner sells, on the full ladder: 100 a quarter of its peak of 400."""
    at = {"start": [0, 0, 0, 0, 0, launch], "entered": 1, "here": MARKET, "launch": launch, "level": 400.0}
    return at | {"collaboration": 1, "taken": 0, "full": 1} | fields


# A clause, what it is shown, and what it moves.


@dataclass(frozen=True)
class Scene:
    """A candidate under a deal in one future, and the books."""

    rules: Record
    future: Record
    contract: Record
    c: Record
    book: Record


Act = Callable[[Scene], object]


@dataclass(frozen=True)
class Case:
    """What is done, all that it moves, and the fields of the records that say what it is done to."""

    act: Act
    moved: list[Moved]
    rules: dict[str, Any] = field(default_factory=dict)
    future: dict[str, Any] = field(default_factory=dict)
    contract: dict[str, Any] = field(default_factory=dict)
    c: dict[str, Any] = field(default_factory=dict)


def live(s: Scene) -> None:
    """Let a candidate run through all its dates."""
    for q in range(48):
        advance(s.rules, s.c, q)
        pay_events(s.rules, s.future, s.book, s.c, q)


def work(*quarters: int) -> Act:
    """Work on the stage that a candidate is in, in some quarters."""
    return lambda s: [(advance(s.rules, s.c, q), develop(s.rules, s.book, s.c, q)) for q in quarters]


def steps(line: int, payer: int, amounts: list[float], quarters: tuple[int, ...] = (4, 8, 14, 26, 30, 35, 42)) -> list:
    """One payment an event: the starts of Phase 1 to 3, the filing, approvals in the US, in Europe and in Japan."""
    return [(line, payer, C, q, amount) for q, amount in zip(quarters, amounts, strict=True)]


def real(years: float) -> float:
    """A nominal dollar after some years of 2.5 % inflation."""
    return 1.025**-years


def holds(case: Case) -> Scene:
    """Hold the books to every payment of a case and no other, and to what must be so of any; returns what is left.

    The company's money is worth 12 % a year less later, that of others 8 %.
    """
    rules, rates = rules_with(**case.rules), (0.12, 0.08, 0.08)
    parts = future_with(**case.future), contract_with(**case.contract), candidates_with(case.c)[0]
    scene = Scene(rules, *parts, book_with(rules, rate=0.08, own_rate=0.12))
    case.act(scene)
    book, expected = scene.book, booked(case.moved)
    np.testing.assert_allclose(book["page"], expected, rtol=1e-13, atol=1e-13)
    np.testing.assert_allclose(book["total"][:, :3], expected[:, :3], rtol=1e-13, atol=1e-13)
    assert np.abs(book["page"].sum(axis=1)).max() < 1e-13
    years = (np.arange(QUARTERS) + 0.5 * (1 - AT_START)[:, None]) / 4
    worth = np.stack([(expected[:, k] * (1 + rate) ** -years).sum(axis=1) for k, rate in enumerate(rates)], axis=1)
    np.testing.assert_allclose(book["value"], worth, rtol=1e-12, atol=1e-13)
    for of_deal, terms in TERMS_OF:
        paid = rules["term"][list(terms)] @ book["unit"][list(terms)]
        np.testing.assert_allclose(paid, book["value"][list(of_deal)].sum(axis=0), rtol=1e-12, atol=1e-13)
    assert book["cash"] == pytest.approx(expected[:, C].sum(), abs=1e-12)
    assert book["net"][C].sum() == pytest.approx(expected[:, C].sum(), abs=1e-12)
    return scene


TERMS_OF = [
    ((lines.UPFRONT,), [lines.T_UPFRONT]),
    ((lines.EQUITY_PREMIUM,), [lines.T_EQUITY]),
    ((lines.RESEARCH_FUNDING, lines.EXTENSION_FUNDING), range(lines.T_FUNDING, lines.TERMS)),
    ((lines.OPT_IN_FEES,), [lines.T_OPT_IN]),
    ((lines.MILESTONES, lines.RETURNED_MILESTONES), range(lines.T_LADDERS, lines.T_RATES)),
    ((lines.ROYALTIES, lines.RETURNED_ROYALTIES), range(lines.T_RATES, lines.T_SALES_MILESTONES)),
    ((lines.REVERSION_ROYALTIES,), [lines.T_PARTNER_ROYALTY]),
    ((lines.ROYALTY_FLOOR,), [lines.T_FLOOR]),
    ((lines.SALES_MILESTONES,), range(lines.T_SALES_MILESTONES, lines.T_FUNDING)),
    ((lines.PROFIT_SHARING,), [lines.T_PROFIT_SHARE]),
    ((lines.COST_SHARING, lines.FILING_SHARING), [lines.T_COST_SHARE]),
    ((lines.COPROMOTION_PROFIT,), [lines.T_US_PROFIT]),
    ((lines.COPROMOTION_REFUND,), [lines.T_REFUND]),
]
"""The lines of the deal, and the terms that pay them."""


# A company in a quarter.


@dataclass(frozen=True)
class Company:
    """All that a sub-step is shown."""

    rules: Record
    contract: Record
    future: Record
    firm: Record
    book: Record
    work: NDArray
    active: NDArray[np.int64]

    @property
    def all(self) -> tuple:
        return self.rules, self.contract, self.future, self.firm, self.book, self.work, self.active

    @property
    def cash(self) -> float:
        return float(self.book["cash"])

    def meet(self, q: int) -> None:
        """Begin a quarter: events, and the burn."""
        meet_events(self.rules, self.future, self.firm, self.book, self.work, self.active, q)
        self.firm["activity"] = activity(self.rules, self.contract, self.firm, q)
        self.firm["burn"] = base_burn(self.future, self.firm["activity"])

    def moved(self, moved: list[Moved]) -> None:
        """Hold the books to these payments and no other."""
        np.testing.assert_allclose(self.book["page"], booked(moved), rtol=0, atol=1e-12)


CONDUCT = {
    **{"buffer": 2.0, "distress": 4, "tax_share": 0.0, "burn_to_come": 0.0},
    **{"raise_least": 10.0, "issue_fee": 0.06, "issue_discount": 0.06, "franchise_lasts": 28, "kept_in_sale": 0.5},
    **{"own_research": 1.5, "lead_worth": 1.0, "run_on": 10.0, "ladder": [2.0, 4.0], "horizon": 48},
}


FUTURE_OF_FIRM = {
    **{"raise_limit": 0.2, "kept": 0.5, "tax_rate": 0.4, "selling_floor": 4.0},
    **{"full_burn": 8.0, "licensing_burn": 5.0, "rights_burn": 3.0, "wind_up_cost": 10.0},
}


def company(*candidates: dict[str, Any], cash: float, **others: Any) -> Company:
    """A company with these candidates; other fields are of the firm, or of what its name says."""
    rules = rules_with(**CONDUCT | others.pop("rules", {}))
    future = future_with(**FUTURE_OF_FIRM | others.pop("future", {}))
    contract, book = contract_with(**others.pop("contract", {})), book_with(rules, cash=cash, **others.pop("book", {}))
    firm, active = firm_with(active=len(candidates), **others), np.arange(len(candidates))
    return Company(rules, contract, future, firm, book, candidates_with(*candidates), active)
