"""Tax: losses first in, first out, until they expire; nominal; recomputed from the ledger path by path."""

from collections import deque

import numpy as np
import pytest
from firms import ALONE, ALWAYS_OPEN, Lived, base_life, finance

from partnering.company.tax import Losses
from partnering.course.research import NEVER
from partnering.deal.ledger import by_path_and_quarter

NOT_INCOME = ("equity_raise", "issue_fee", "paid_to_owners", "unpaid_bills", "tax")
RICH = ALWAYS_OPEN | {"company.opening_cash_musd": 1e4}


def taxed(opening: float, incomes: list[float], lasts: int = 20) -> list[float]:
    """Income left to tax, year by year, of one company."""
    losses, left = Losses(np.array([[opening]])), []
    for income in incomes:
        losses, rest = losses.settle(np.array([income]), lasts)
        left.append(float(rest[0]))
    return left


@pytest.mark.parametrize(
    ("opening", "incomes", "lasts", "left"),
    [
        (0, [10, 0, 5], 20, [10, 0, 5]),
        (150, [100, 40, 30], 20, [0, 0, 20]),  # 150 covers 100, 40 and 10 of the 30
        (0, [-30, 20, 20], 20, [0, 0, 10]),
        (50, [-30, 60, 30], 20, [0, 0, 10]),  # the opening 50 and 10 of the 30 go first; 20 are left of 30
        (10, [-7, 12, -5, 20], 20, [0, 0, 0, 10]),  # 5 left of the first loss and 5 of the second: 20 - 10
        (50, [0, 0, 60], 2, [0, 0, 60]),  # the opening loss is good for two years
        (50, [0, 60], 2, [0, 10]),
        (0, [-50, 0, 0, 60], 2, [0, 0, 0, 60]),  # and so is one that came up later
        (0, [-50, 0, 60], 2, [0, 0, 10]),
        (50, [-20, 10, 60, 5], 2, [0, 0, 40, 5]),  # the older 50 cover the 10 and expire: 20 are left against the 60
        (8, [0, 0, 3], 1, [0, 0, 3]),
    ],
)
def test_by_hand(opening: float, incomes: list[float], lasts: int, left: list[float]) -> None:
    assert taxed(opening, incomes, lasts) == pytest.approx(left)


def test_losses_last_twenty_years_to_the_year() -> None:
    assert taxed(150, [0.0] * 19 + [100, 100])[-2:] == pytest.approx([0, 100])
    assert taxed(150, [0.0] * 20 + [100])[-1] == pytest.approx(100)
    assert taxed(0, [-60] + [0.0] * 19 + [50])[-1] == pytest.approx(0)
    assert taxed(0, [-60] + [0.0] * 20 + [50])[-1] == pytest.approx(50)


def test_the_oldest_goes_first_for_it_expires_first() -> None:
    """The 40 use the opening losses, whose last 10 then expire; last in, first out, 40 would expire."""
    assert taxed(50, [-30, 40, 60], 2)[-1] == pytest.approx(60 - 30)


def test_lanes_do_not_mix() -> None:
    rng = np.random.default_rng(3)
    incomes, opening = rng.normal(5, 40, (60, 25)), rng.uniform(0, 100, 25)
    losses, together = Losses(opening[None]), []
    for year in incomes:
        losses, left = losses.settle(year, 6)
        together.append(left)
    for lane in range(25):
        assert np.array(together)[:, lane] == pytest.approx(taxed(opening[lane], list(incomes[:, lane]), 6))


class Books:
    """Losses as a tax clerk keeps them: a list of (year, amount), oldest first."""

    def __init__(self, opening: float, lasts: int) -> None:
        self.losses, self.lasts = deque([[-1, opening]]), lasts

    def tax_on(self, year: int, income: float) -> float:
        """What is left of a year's income to tax."""
        while self.losses and year - self.losses[0][0] > self.lasts:
            self.losses.popleft()
        if income <= 0:
            self.losses.append([year, -income])
            return 0.0
        while income > 0 and self.losses:
            used = min(income, self.losses[0][1])
            income -= used
            self.losses[0][1] -= used
            if self.losses[0][1] <= 0:
                self.losses.popleft()
        return income


def tax_by_hand(lived: Lived, slug: str) -> np.ndarray:
    """Real tax by (quarter, path), from the other lines of the ledger."""
    paths, horizon = lived.paths, lived.world.horizon
    net = np.zeros((paths, horizon))
    for flow in lived.out[slug].flows:
        if flow.line not in NOT_INCOME:
            net += ((flow.payee == 0) * 1.0 - (flow.payer == 0)) * by_path_and_quarter(flow, paths, horizon)
    nominal = (1 + lived.scenario["valuation.inflation_rate"]) ** ((np.arange(horizon) + 0.5) / 4)
    rate, opening = (lived.world.theta.each(f"tax.{name}") for name in ("company_rate", "losses_musd"))
    tax = np.zeros((horizon, paths))
    for path, moment in enumerate(lived.ended(slug)):
        books = Books(opening[path], int(np.ceil(lived.scenario["tax.losses_years"])))
        last = (moment - 1) // 2 if moment < NEVER else horizon  # the quarter the company ends in
        forced_after_tax = last < horizon and last % 4 == 3 and lived.forced(slug)[path]
        income, sale = 0.0, lived.kept("sold", slug)[:, path]
        for quarter in range(min(last, horizon - 1) + 1):
            income += net[path, quarter] * nominal[quarter]
            if (quarter == last and not forced_after_tax) or quarter % 4 == 3:
                price = 0.0
                if quarter == last and forced_after_tax:  # the year had been taxed when it was sold
                    price = sale_at_the_end(lived, slug, path, quarter, sale) * nominal[quarter]
                tax[quarter, path] = rate[path] * books.tax_on(quarter // 4, income - price)
                if quarter == last and forced_after_tax:
                    tax[quarter, path] += rate[path] * books.tax_on(quarter // 4 + 1, price)
                income = 0.0
    return tax / nominal[:, None]


def sale_at_the_end(lived: Lived, slug: str, path: int, quarter: int, sale: np.ndarray) -> float:
    """What winding down brought, without candidates sold on their own in the same quarter."""
    lane = lived.lanes(slug).start + path
    state, portfolio = lived.life.state, lived.firm.portfolio
    alone = (portfolio.lane == lane) & (state.sold == 2 * quarter + 1)
    return float(sale[quarter] - state.price[alone].sum())


@pytest.mark.parametrize(
    "changes",
    [{}, {"company.opening_cash_musd": 40.0}, {"valuation.inflation_rate": 0.08, "tax.losses_years": 3.0}, RICH],
    ids=["base", "poor", "short losses", "rich"],
)
def test_tax_is_what_a_clerk_finds_in_the_ledger(changes: dict) -> None:
    lived, paid = finance(changes, paths=120), 0
    for slug in lived.world.books:
        expected, found = tax_by_hand(lived, slug), -lived.kept("tax", slug)
        assert np.abs(found - expected).max() < 1e-8, slug
        assert (found > -1e-12).all()
        paid += int((found > 0).sum())
    assert paid > 0


def test_no_tax_before_the_opening_losses_are_used() -> None:
    """Within the years before they expire, on companies that go on: gains so far are more than the opening losses."""
    lived, checked = base_life(), 0
    for slug in lived.world.books:
        tax = -lived.kept("tax", slug)
        first = np.argmax(tax > 0, axis=0)
        pays = tax.max(axis=0) > 0
        assert pays.any() and ((first % 4 == 3) | (lived.ended(slug) < NEVER))[pays].all()
        opening, gains = lived.world.theta.each("tax.losses_musd"), tax_base(lived, slug)
        early = np.flatnonzero(pays & (first < 80) & (2 * (first + 1) < lived.ended(slug)))
        assert all(gains[: first[path] + 1, path].sum() > opening[path] for path in early)
        checked += len(early)
    assert checked > 0


def tax_base(lived: Lived, slug: str) -> np.ndarray:
    """Nominal gains of years with one, by the quarter the year ends in, (quarter, path)."""
    lines = ("raised", "issue_fee", "paid_out", "unpaid", "tax")
    net = lived.net(slug) - sum(lived.kept(name, slug) for name in lines)
    net = net * (1 + lived.scenario["valuation.inflation_rate"]) ** ((np.arange(len(net))[:, None] + 0.5) / 4)
    by_year = np.zeros_like(net)
    for quarter in range(len(net)):
        end = min(quarter - quarter % 4 + 3, len(net) - 1)
        by_year[end] += net[quarter]
    return np.maximum(by_year, 0.0)


def test_inflation_erodes_losses_by_hand() -> None:
    """A loss of 100 against 60 a year in money of the day: at 10 % a year the second year is taxed on more of it."""
    still = taxed(100, [60, 60])[1]
    nominal = [60 * 1.1**0.5, 60 * 1.1**1.5]
    rising = taxed(100, nominal)[1] / 1.1**1.5
    assert still == pytest.approx(20)
    assert rising == pytest.approx(60 - (100 - 60 * 1.1**0.5) / 1.1**1.5)
    assert rising > still


def test_inflation_raises_the_tax_of_the_model() -> None:
    """Real flows do not move with inflation but for contract sums; going alone there are none without milestones.

    Paths on which the company ends at another time are left out: beliefs about licences move that.
    """
    sums = {"technology.milestones_musd": 0.0, "license.milestones_musd": 0.0}
    low, high = (finance(RICH | sums | {"valuation.inflation_rate": rate}, paths=120) for rate in (0.0, 0.05))
    for slug in ALONE:
        alike = low.ended(slug) == high.ended(slug)
        lower, higher = (-lived.kept("tax", slug).sum(axis=0)[alike] for lived in (low, high))
        assert alike.sum() > 20 and higher.mean() > lower.mean()


def test_higher_rates_and_fewer_losses_are_dearer() -> None:
    lived = {
        name: finance(RICH | changes, paths=120)
        for name, changes in {
            "base": {"tax.company_rate": 0.38, "tax.losses_musd": 150.0},
            "rate": {"tax.company_rate": 0.50, "tax.losses_musd": 150.0},
            "losses": {"tax.company_rate": 0.38, "tax.losses_musd": 50.0},
            "none": {"tax.company_rate": 0.0, "tax.losses_musd": 150.0},
        }.items()
    }
    for slug in ALONE:
        paid = {name: -one.kept("tax", slug).sum(axis=0) for name, one in lived.items()}
        assert (paid["rate"] >= paid["base"] - 1e-9).all() and paid["rate"].sum() > paid["base"].sum()
        assert (paid["losses"] >= paid["base"] - 1e-9).all() and paid["losses"].sum() > paid["base"].sum()
        assert not paid["none"].any()
        assert paid["rate"] == pytest.approx(paid["base"] * 0.50 / 0.38)  # nothing else depends on the rate
