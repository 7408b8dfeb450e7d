"""The few typed records that the kernel works on. Money in $ million, times in quarters."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from partnering.inputs.units import LONGEST_LIST
from partnering.model import lines
from partnering.model.stages import EVENTS, MAX_QUARTERS
from partnering.model.told import TOLD

_INT, _FLOAT = np.int32, np.float64
_LISTED, _QUARTERLY = (LONGEST_LIST,), (MAX_QUARTERS,)


def _record(ints: str, floats: str, **arrays: tuple[type, tuple[int, ...]]) -> np.dtype:
    """Return a record type: names of whole numbers, names of numbers, and arrays as (type, shape)."""
    fields = [(name, _INT) for name in ints.split()] + [(name, _FLOAT) for name in floats.split()]
    return np.dtype([*fields, *((name, kind, shape) for name, (kind, shape) in arrays.items())], align=True)


RULES = _record(
    "horizon rational early research_window discovery_lag closing retry launch_delay "
    "lifecycle eu_after japan_after uptake_points relicense_wait look_ahead raise_for raise_gap distress postpone "
    "franchise_lasts losses_years limited sells conduct "
    "signs signing exit_stage own_route kept_route option offered committed extensions extension_rule "
    "tiers steps",
    "conjugate_odds alliance_odds target_multiplier us_share lifecycle_rate conjugate_cogs erosion_years "
    "late_first_part own_research licensing_burn franchise opening_cash shares pre_deal_value buffer raise_least "
    "issue_fee issue_discount kept_in_sale partner_tax "
    "signing_prob terms_factor lead_worth licences_a_year licence_worth extension_prob lead_to_partner "
    "leads_mean leads_variance premium_part fair_part step_down returned_share",
    uptake_at=(_FLOAT, (LONGEST_LIST + 1,)),
    uptake=(_FLOAT, (LONGEST_LIST + 1,)),
    milestone_shares=(_FLOAT, (3, len(EVENTS))),  # by kind of licence
    run_on=(_FLOAT, (3, MAX_QUARTERS)),  # own sales, a licence, the deal: worth of the rest over the quarter before
    least_sales=(_FLOAT, (2, MAX_QUARTERS)),  # naked, conjugate: yearly sales below which a product is withdrawn
    real_start=(_FLOAT, (MAX_QUARTERS + 1,)),  # a nominal dollar at a quarter's start, in today's money
    real_mid=(_FLOAT, (MAX_QUARTERS + 1,)),
    tax_share=(_FLOAT, (2,)),  # (no own candidate alive, one is): of what beliefs promise, part that tax takes
    burn_to_come=(_FLOAT, (2, MAX_QUARTERS)),  # (the same; quarter): present value of base burn, expected
    annuity=(_FLOAT, (MAX_QUARTERS + 1,)),  # present value of one a quarter, by how many
    threshold=(_FLOAT, (LONGEST_LIST + 1,)),  # of royalty tiers; infinite after the last
    step_at=(_FLOAT, _LISTED),  # sales that a milestone is paid for
    extension_at=(_INT, _LISTED),  # quarters from signing to each decision
    alive_needed=(_INT, _LISTED),
    extension_found=(_FLOAT, _LISTED),  # expected leads of a year, discounted, at a productivity of one
    extension_costs=(_FLOAT, _LISTED),
    term=(_FLOAT, (lines.TERMS,)),  # the value of every term, in the order of the exposures
    research_spent=(_FLOAT, (MAX_QUARTERS + 1,)),  # research that could have been paid for by quarters since signing
)
"""One for a strategy: all that the inputs fix for it, what it does with its candidates, and the deal it signs."""

CONTRACT = _record(
    "years signed licences licensing_until",
    "",
    research=(_FLOAT, _QUARTERLY),  # what the partner pays for, in units of the company's productivity
    funded=(_FLOAT, _QUARTERLY),  # what it pays
    year=(_INT, _QUARTERLY),  # the contract year it pays for, -1 for none
    own=(_INT, _QUARTERLY),  # whether the company pays for research of its own
    licensing=(_FLOAT, _QUARTERLY),  # licences of the technology: years of it that have counted by the end of a quarter
    found=(_FLOAT, _QUARTERLY),  # all research cumulated, by the end of a quarter
    ahead=(_FLOAT, (2, MAX_QUARTERS)),  # (look ahead, raise for): net funding decided by a quarter, still to come
    worth=(_FLOAT, _QUARTERLY),  # of all funding decided and still to come
)
"""One for a strategy and the extension years taken, and a last one without the deal."""

FUTURE = _record(
    "exclusivity royalty_term",
    "common_phase_2 company_ceiling erosion log_decline cogs selling selling_floor launch_build elasticity taker "
    "early_taker full_burn licensing_burn rights_burn wind_up_cost "
    "royalty_scale research_cost_share drop_hazard relicense raise_limit kept tax_rate losses cost_per_lead signing",
    first=(_INT, (4,)),  # row of its first candidate, by origin
    count=(_INT, (4,)),  # how many there are
    success=(_FLOAT, (5,)),
    cost=(_FLOAT, (6,)),  # preclinical, phases, late manufacturing, filing, of the company
    firm_cost=(_FLOAT, (6,)),  # of a large firm
    upfront=(_FLOAT, (3,)),  # by kind of licence
    milestones=(_FLOAT, (3,)),
    royalty=(_FLOAT, (3,)),
    extension=(_FLOAT, _LISTED),  # uniforms of extensions by chance
)
"""One for a path: what is drawn of the inputs, and how many candidates stand for it, origin by origin."""

DRAWN = _record(
    "origin number kind conjugate full first_stage in_force",
    "effort luck peak forecast forecast_ratio years_to_peak territory part_preclinical part_phase_2",
    duration=(_INT, (5,)),
    cost_factor=(_FLOAT, (5,)),
    taker=(_FLOAT, (2,)),
    early_taker=(_FLOAT, (2,)),
    drop=(_FLOAT, (2,)),
)
"""One for a candidate that could arise on a path: its luck, whatever the strategy."""

CANDIDATE = _record(
    "origin number kind conjugate full common route collaboration crossing taken handed resumed signed launch "
    "loss_of_exclusivity wait exits mobile next due shift running runs_until expected_end found closes until "
    "stopped wakes outside seller licence refused opted steps_paid withdrawn rights_from rights_until here first_stage "
    "in_force chosen filed gone",
    "effort luck forecast forecast_ratio years_to_peak territory level cogs sold year_sales year_royalty brings "
    "partner_spent received spent sold_for sought peak promise adds_own adds_held adds_work adds_rights",
    start=(_INT, (6,)),
    end=(_INT, (5,)),
    duration=(_INT, (5,)),
    entered=(_INT, (6,)),
    reached=(_INT, (6,)),
    chain=(_INT, (6,)),
    own=(_INT, (6,)),
    paid=(_INT, (6,)),
    worth=(_FLOAT, (6,)),
    cost=(_FLOAT, (6,)),
    lasts=(_INT, (6,)),
    trial=(_FLOAT, (2, 4)),  # (company, large firm; stage): spending a quarter
    late=(_FLOAT, (2, 2)),  # the same of late manufacturing, in Phase 3 and review
    filing=(_FLOAT, (2,)),
    price=(_FLOAT, (6,)),  # before the haircut, of one sold in a stage
    taker=(_FLOAT, (2,)),
    early_taker=(_FLOAT, (2,)),
    drop=(_FLOAT, (2,)),
)
"""A candidate on its way in one strategy: planned dates, moved as stages start later; who has it, what it brings."""

FIRM = _record(
    "view active waiting ended forced last_raise loss_years awaited_until paused activity",
    "shares researched own held work rights burn recurring need raised raised_value",
    losses=(_FLOAT, (MAX_QUARTERS // 4 + 2,)),
    licences=(_FLOAT, (5, MAX_QUARTERS)),  # of the technology
    open=(_INT, _QUARTERLY),
    swing=(_FLOAT, _QUARTERLY),
    balance=(_FLOAT, _QUARTERLY),
    alive=(_INT, _QUARTERLY),  # 1: an own candidate or product is; 0: none is; -1: the company is not
    passed=(_FLOAT, (3, MAX_QUARTERS)),  # (before tax, tax, base burn; quarter): cash of the company, at signing
    told=(_FLOAT, (len(TOLD), MAX_QUARTERS)),
)
"""The company on one path."""

BOOK = _record(
    "view negative paged sampled bad_line bad_path",
    "cash income recurring counted",
    page=(_FLOAT, (len(lines.LINES), 6, MAX_QUARTERS)),  # on the path at hand, where it is paged
    touched=(_INT, (len(lines.LINES),)),  # whether a line has anything on the page
    residual=(_FLOAT, (7,)),  # of the identities, the worst of the checked paths
    balance=(_FLOAT, _QUARTERLY),  # cash at the end of the quarter, sum over paths
    factor=(_FLOAT, (4, 2, MAX_QUARTERS)),  # (others, company; then what is sure; middle, start; quarter)
    nominal=(_FLOAT, _QUARTERLY),  # a dollar of today in money of a quarter's middle
    total=(_FLOAT, (len(lines.LINES), 3, MAX_QUARTERS)),  # sum over paths
    value=(_FLOAT, (len(lines.LINES), 3)),  # present value on the path
    net=(_FLOAT, (3, 2, MAX_QUARTERS)),  # (party; middle, start; quarter) on the path
    unit=(_FLOAT, (lines.TERMS, 3)),  # present value of a unit of each term on the path
    value_sum=(_FLOAT, (2, len(lines.LINES), 3)),  # over paths: of the values, and of their squares
    unit_sum=(_FLOAT, (2, lines.TERMS, 3)),
    tax_sum=(_FLOAT, (3, 2, 2)),  # (party; middle, start): of the tax of others
    count=(_INT, (13, 10)),  # (event, origin and modality) on the path
    events=(_INT, (13, 10, 3)),  # (event, origin and modality): sum, paths with one, with two
    events_all=(_INT, (13, 3)),
)
"""Who paid whom under a strategy and view: over all paths, and on the path at hand."""


OUT = _record(
    "approved returning paying forced",
    "programme trough_musd raised_musd dilution value_per_share ended_years cash_out_years",
    npv=(_FLOAT, (3,)),
)
"""What is kept of a path in a view."""


class Market(NamedTuple):
    """The capital market, arrays (path, quarter)."""

    open: NDArray[np.int32]
    swing: NDArray[np.float64]


class Space(NamedTuple):
    """Room to work in: records of candidates, planned and as they go, and which are still to be looked at."""

    planned: NDArray
    work: NDArray
    active: NDArray[np.int64]
    firm: NDArray


class Kept(NamedTuple):
    """What is kept of a strategy by path; of the first ones by quarter, and their planned candidates."""

    checked: int  # paths on which the identities are taken
    out: NDArray  # (view, path)
    extensions: NDArray[np.int64]  # years taken, -1 without the deal
    balance: NDArray[np.float64]  # (view, path, quarter)
    net: NDArray[np.float64]  # (party, path, quarter) before tax
    told: NDArray[np.float64]  # (view, path, step, quarter)
    paid: NDArray[np.float64]  # (view, path, line, quarter): what the company got, of the same paths
    receipts: NDArray[np.float64]  # (line of the deal, path, quarter): what the company got, before tax
    units: NDArray[np.float64]  # (path, term of the deal, party): worth of one unit, before tax
    courses: NDArray  # (path, candidate)
    counts: NDArray[np.int64]  # (path,): how many candidates
    measured: int  # whether what follows is added up
    passed: NDArray[np.float64]  # (own candidate alive; before tax, tax, base burn): sum over paths, at signing
    burn: NDArray[np.float64]  # (own candidate alive, quarter; sum, number): of base burn still to come, at the quarter


class Beliefs(NamedTuple):
    """The belief table of a strategy, arrays (chain, kind, stage, class) and parts of that; last axis is forecasts."""

    place: NDArray[np.float64]  # (class,): of the forecast, in standard deviations
    going_on: NDArray[np.float64]  # (chain, kind, stage, class): to whoever runs it
    worth: NDArray[np.float64]  # (chain, kind, stage, class): to the company, of a stage begun
    searching: NDArray[np.float64]  # (search, kind, class)
    taking_up: NDArray[np.float64]
    opting_in: NDArray[np.float64]
    price: NDArray[np.float64]  # (kind, stage, class): of a candidate the company runs, before the haircut
    rights: NDArray[np.float64]  # (chain, kind, stage, class): of one that others run
    cost: NDArray[np.float64]  # (kind, stage): expected
    lasts: NDArray[np.int64]
