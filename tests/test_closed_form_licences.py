"""Licences of the technology against their closed form, and what the comparison with closed forms would notice."""

from functools import cache

import numpy as np
import pytest
from closed_forms import (
    BLOCKS,
    CERTAIN,
    ERRORS,
    OF_PROGRAMME,
    OF_TECHNOLOGY,
    agrees,
    beliefs_of,
    by_batch,
    closed_form,
    draw,
    drawn_of,
    inherited,
    inherited_kind,
    known,
    lived,
    one,
    only,
    packed_in,
    packed_of,
    scenario_of,
    technology_kind,
    theta_of,
)
from helpers import load, with_leaves
from numpy.typing import NDArray

from partnering.clock import QUARTERS
from partnering.model.chains import LICENSE, PARTNER, TECHNOLOGY
from partnering.model.draws import BLOCK
from partnering.model.origins import INHERITED
from partnering.model.origins import TECHNOLOGY as OF_OTHERS
from partnering.model.parties import COMPANY
from partnering.results.statistics import standard_error

SEEDED = len(load()["technology.seeded_names"])


@pytest.mark.parametrize("setting", ["drawn", "fixed", "certain", "rational"])
@pytest.mark.parametrize("number", range(SEEDED))
def test_technology_in_force(setting: str, number: int) -> None:
    gaps, kind = [], technology_kind(scenario_of(setting), number, 0)
    for block in range(BLOCKS[setting]):
        form = closed_form(theta_of(setting, block), kind, TECHNOLOGY).value()[COMPANY]
        found = lived(packed_of(setting, "market"), one(drawn_of(setting, block), OF_OTHERS, number))
        gaps.append(found[:, OF_TECHNOLOGY, COMPANY].sum(axis=1) - by_batch(form))
    assert agrees(np.concatenate(gaps))


@pytest.mark.parametrize("quarter", [1, 30])
def test_technology_licensed_later(quarter: int) -> None:
    """Signed on a given date: the fee at signing, milestones and royalty from there. Every path counts its licences."""
    scenario = with_leaves(scenario_of("fixed"), {"technology.new_years": 10.0})
    drawn = draw(scenario, 0, BLOCK, licensing=10.0)
    new = only(drawn, (drawn.candidates["origin"] == OF_OTHERS) & (drawn.candidates["in_force"] == 0))
    new.candidates["effort"] = quarter / QUARTERS - 0.01
    counts = by_batch(new.futures["count"].sum(axis=1).astype(float))
    found = lived(packed_in(scenario, "market", beliefs_of("fixed")), new)[:, OF_TECHNOLOGY, COMPANY].sum(axis=1)
    kind = technology_kind(scenario, SEEDED, quarter)
    form = closed_form(known(scenario), kind, TECHNOLOGY).value()[COMPANY, 0]
    assert counts.mean() > 1 and form > 0
    assert agrees(found - counts * form)


@cache
def signed() -> NDArray[np.float64]:
    """What the first inherited candidate is worth to the company under the deal, by batch."""
    return np.concatenate([inherited("fixed", block, "partnership", 0) for block in range(BLOCKS["fixed"])])[:, COMPANY]


@pytest.mark.parametrize("odds", ["success.alliance_odds", "success.conjugate_odds"])
def test_the_comparison_would_notice_odds_left_out(odds: str) -> None:
    """A planted fault: the closed form with one odds ratio at 1 is out by far more than chance allows."""
    wrong = known(with_leaves(scenario_of("fixed"), {odds: 1.0}))
    gap = signed() - closed_form(wrong, inherited_kind(0), PARTNER).value()[COMPANY]
    assert abs(gap.mean()) > 1.5 * ERRORS * standard_error(gap)


def test_the_licence_upfront_rises_with_the_forecast_as_its_elasticity_says() -> None:
    """Nothing but the upfront is paid, and everything else is certain: E[ratio ** elasticity] is all that is left."""
    leaves = CERTAIN | {"sales.peak_log_sd": 1.4, "license.taker_prob": 1.0, "license.upfront_elasticity": 0.5}
    leaves |= {"license.royalty_rate": 0.0, "license.milestones_musd": 0.0}
    scenario = with_leaves(scenario_of("fixed"), leaves)
    packed = packed_in(scenario, "concept", beliefs_of("fixed"))
    found = lived(packed, one(draw(scenario, 0, BLOCK), INHERITED, 0))[:, OF_PROGRAMME, COMPANY].sum(axis=1)
    form = closed_form(known(scenario), inherited_kind(0), LICENSE).value()[COMPANY]
    assert agrees(found - form) and standard_error(found - form) < 0.5
