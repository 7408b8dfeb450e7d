"""What a raise brings, and what tax a year costs, by hand."""

from typing import Any

import pytest
from by_hand import C, I, P, S, T, company

from partnering.model import lines
from partnering.model.company import receive
from partnering.model.money import pay_tax_of_year, raise_equity


@pytest.mark.parametrize(
    ("value", "wanted", "gross"), [(200.0, 30.0, 30.0), (200.0, 3.0, 10.0), (60.0, 30.0, 12.0), (49.0, 30.0, 0.0)]
)
def test_a_raise_is_at_least_10_and_at_most_a_fifth_of_the_value(value: float, wanted: float, gross: float) -> None:
    """Where a fifth is below 10 there is none. The discount of 6 % is in the price of a share, the fee is paid."""
    it = company(cash=0.0)
    assert raise_equity(it.rules, it.future, it.firm, it.book, value, wanted, 7) == gross
    it.moved([(lines.EQUITY_RAISE, I, C, 7, gross), (lines.ISSUE_FEE, C, S, 7, 0.06 * gross)])
    assert it.firm["shares"] == pytest.approx(50 + gross / (value * 0.94 / 50))


def test_shares_at_a_premium_are_capital_but_for_the_premium() -> None:
    """Of 30 at half above a price of 4, 20 buy 5 million shares; 10 are a gift."""
    terms = {"equity": 30.0, "premium_part": 0.5 / 1.5, "fair_part": 20.0, "pre_deal_value": 200.0, "shares": 50.0}
    it = company(cash=0.0, rules=terms, contract={"signed": 7})
    receive(it.rules, it.contract, it.firm, it.book, 7)
    it.moved([(lines.EQUITY_PREMIUM, P, C, 7, 10.0), (lines.SHARE_PLACEMENT, P, C, 7, 20.0)])
    assert it.firm["shares"] == 55 and it.book["income"] == pytest.approx(10)


# Tax.


def taxed(incomes: list[float], **fields: Any) -> tuple[list[float], list[float]]:
    """The tax of each year, and the losses carried forward at the end."""
    it = company(cash=0.0, rules={"losses_years": fields.pop("lasts", 20)}, **fields)
    for year, income in enumerate(incomes):
        it.book["income"] = income
        pay_tax_of_year(it.rules, it.future, it.firm, it.book, 4 * year + 3)
    return [-float(it.book["page"][lines.TAX, C, 4 * y + 3]) for y in range(len(incomes))], list(it.firm["losses"][:4])


def test_losses_are_used_oldest_first() -> None:
    """6 use up the opening 5, and 1 of the year's 4 that came next; the rest stays."""
    assert taxed([-4.0, 6.0], losses=[5.0]) == ([0, 0], [0, 3, 0, 0])


def test_a_loss_lapses() -> None:
    """For two years: the opening 10 frees 4 in the first and lapses after the second; the second's 5 frees 5 of 8."""
    taxes, left = taxed([4.0, -5.0, 8.0], losses=[10.0], lasts=2)
    assert taxes == pytest.approx([0, 0, 0.4 * 3]) and left == [6, 0, 0, 0]


def test_tax_is_on_nominal_income() -> None:
    """A real 10 in the last quarter, prices 2.5 % a year up: a nominal loss of 5 is worth less than 5 by then."""
    it = company(cash=0.0, rules={"inflation": 0.025}, losses=[5.0])
    it.book["page"], it.book["income"] = 0.0, 10 * 1.025**0.875
    pay_tax_of_year(it.rules, it.future, it.firm, it.book, 3)
    it.moved([(lines.TAX, C, T, 3, 0.4 * (10 - 5 * 1.025**-0.875))])
