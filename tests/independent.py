"""A second program for the compiled model: what every strategy is worth to the company, path by path, in plain Python.

It is written from the specification, with dictionaries, lists and floats, and shares no rule with the package. Given
are the draws, the belief table that decisions read, and what the market knows of going on.
"""

import math
from itertools import pairwise
from typing import Any

import numpy as np

PRECLINICAL, PHASE_1, PHASE_2, PHASE_3, REVIEW, MARKET = range(6)
STAGES = ("preclinical", "phase_1", "phase_2", "phase_3", "review")
EVENTS = ("phase_1", "phase_2", "phase_3", "bla", "us", "eu", "japan")
NEVER = 10**9
ROUNDING = 2.0**-26  # amounts of money no further apart are equal

# Whose money a stage is, and the place of a belief in the table, in the order of model/chains.py.
PARTNER, OWN, LICENSE, BEST, ALONE, LICENSEE, TECHNOLOGY, OPTION, EARLY, EARLY_LICENSEE = range(10)
REFUSED = 9

INHERITED, LEAD, COMMON, LICENCE = range(4)

RECURRING = {"royalties", "returned_royalties", "license_royalties", "net_sales", "cogs", "selling", "lifecycle"}
RECURRING |= {"technology_royalties"}
AS_BUILT = {
    "no_licences": "shrinking without new licences has no burn once no licence is alive, before ten years too",
    "exits": "the next stage is not counted as a need where a licensee is sure to be looked for before it",
    "sold_quarter": "a company forced to end sells what products and licences bring in a quarter it has had already",
}
"""Where the compiled model reads its specification otherwise than its words might be: each can be followed here."""

ONLY: dict[str, Any] = {
    **{
        "success.alliance_odds": 1,
        "success.conjugate_odds": 1,
        "leads.target_multiplier": 1,
        "deal.opt_in.stage": "none",
    },
    **{"technology.validation_multiplier": 1, "technology.new_without_research": 1, "deal.extension_rule": "alive"},
    **{"deal.copromotion.offered": False, "deal.sharing.cost_share": 0, "deal.sharing.profit_share": 0},
    **{"deal.equity.amount_musd": 0, "deal.royalty.floor_musd": 0, "deal.sales_milestones.amounts_musd": ()},
    **{"deal.royalty.step_down_share": 1, "behaviour.conduct": "carry_on", "financing.capital": "limited"},
}
"""What the program does not know the rules of: it takes the base case's."""

UNTAXED = {"tax", "issue_fee"}


def quarters(years: float) -> int:
    """Return years in whole quarters; halves go to the even one."""
    return round(4 * years)


class World:
    """All that is the same on every path: inputs, the belief table, what the market knows."""

    def __init__(self, data: dict[str, Any]) -> None:
        self.leaf, self.theta = data["leaves"], data["theta"]
        self.beliefs, self.means, self.going_on = data["beliefs"], data["means"], data["going_on"]
        leaf = self.leaf
        for path, base in ONLY.items():
            assert leaf[path] == base, path
        self.horizon = quarters(leaf["valuation.horizon_years"])
        self.place = [float(x) for x in self.beliefs["place"]]
        inflation, rate = 1 + leaf["valuation.inflation_rate"], 1 + leaf["valuation.discount_rate"]
        span = range(self.horizon + 1)
        self.real_start = [inflation ** (-q / 4) for q in span]
        self.real_mid = [inflation ** (-(q + 0.5) / 4) for q in span]
        self.start, self.mid = [rate ** (-q / 4) for q in span], [rate ** (-(q + 0.5) / 4) for q in span]
        self.annuity = [sum(self.mid[:n]) for n in span]  # of one a quarter, at the middle of quarters
        extension = leaf["deal.committed_ceiling_musd"] - leaf["deal.upfront_musd"] - leaf["deal.research_total_musd"]
        options = leaf["deal.extension_count"]
        years = [*leaf["deal.research_schedule_musd"], *[extension / options] * options]
        self.funding = [year / 4 * self.real_mid[4 * y + k] for y, year in enumerate(years) for k in range(4)]
        self.committed = 4 * len(leaf["deal.research_schedule_musd"])
        self.window = quarters(leaf["leads.window_years"])
        self.closing, self.retry = quarters(leaf["license.deal_years"]), quarters(leaf["license.retry_years"])
        self.delay = quarters(leaf["sales.company_launch_delay_years"])
        self.new_until, self.lag = quarters(leaf["technology.new_years"]), quarters(leaf["leads.discovery_lag_years"])
        self.buffer, self.as_built = 4 * leaf["financing.buffer_years"], frozenset(data.get("as_built", ()))
        names = ("look_ahead", "raise_for", "raise_gap", "postpone", "distress")
        self.ahead = {name: quarters(leaf[f"financing.{name}_years"]) for name in names}
        self.found_per_musd = self.means["leads_mean"] * self.start[self.lag]

    def believed(self, table: str, where: tuple[int, ...], forecast: float) -> float:
        """Return a belief at the place of a forecast: straight between the classes, flat beyond them."""
        row = self.beliefs[table]
        for index in where:
            row = row[index]
        place = self.place
        if forecast <= place[0]:
            return float(row[0])
        for k in range(1, len(place)):
            if forecast <= place[k]:
                part = (forecast - place[k - 1]) / (place[k] - place[k - 1])
                return float(row[k - 1] + part * (row[k] - row[k - 1]))
        return float(row[-1])


class Asset:
    """A candidate, a right in one, a product or a licence of the technology, on its way in one strategy."""

    def __init__(self, world: World, future: "Future", row: dict[str, Any], chain: int, born: int) -> None:
        self.world, self.future, self.row, self.chain, self.born = world, future, row, chain, born
        self.route, self.origin, self.kind, self.forecast = chain, row["origin"], row["kind"], row["forecast"]
        self.state, self.stage, self.until = "unborn", row["first_stage"], NEVER
        self.signed, self.launch, self.returned, self.tries = 0, NEVER, False, 0
        self.year_sales, self.sold, self.brought, self.due = 0.0, 0.0, 0.0, NEVER
        self.sold_off, self.crossed, self.expected_end, self.left = False, 0, 0, 0
        self.later: list[tuple[int, int]] = []  # events that an approval brings surely: (quarter, event)
        self.dosed = self.approved = False
        self.received = self.spent = 0.0
        first, theta = row["first_stage"], future.theta
        self.lasts = row["duration"]
        self.exclusive_until = born + sum(self.lasts[first:]) + quarters(theta("sales.exclusivity_years"))
        self.drop_at = NEVER
        self.success, passed = {}, 1.0
        for stage in range(first, MARKET):
            chance = theta(f"success.{STAGES[stage]}_prob")
            if self.origin == COMMON and stage == PHASE_2:
                chance = theta("candidates.common.phase_2_prob")
            passed *= chance
            self.success[stage] = row["luck"] < passed

    @property
    def runner(self) -> str:
        """Return who develops or sells it."""
        if self.origin == LICENCE or self.chain in (LICENSEE, LICENSEE + REFUSED, EARLY_LICENSEE) or self.returned:
            return "licensee"
        return "partner" if self.chain == PARTNER else "company"

    @property
    def mine(self) -> bool:
        """Return whether it is an own candidate or product: in a stage, waiting, searching or selling."""
        kept_by_others = self.origin == COMMON and self.stage == PHASE_2 and self.state == "running"
        absent = self.state in ("gone", "withdrawn", "unborn")
        return self.runner == "company" and not absent and not kept_by_others

    @property
    def right(self) -> bool:
        """Return whether others run it, in a stage or inside its royalty term."""
        if self.runner == "company" or self.state in ("unborn", "gone"):
            return False
        return self.state != "selling" or self.future.quarter < self.launch + self.future.term

    def believed(self, table: str, *where: int) -> float:
        """Return a belief about this kind of candidate, at its forecast."""
        return self.world.believed(table, where, self.forecast)

    def willing(self, chain: int, stage: int) -> bool:
        """Return whether whoever runs it on a chain would start a stage."""
        rational = self.world.leaf["behaviour.gates"] == "rational"
        return not rational or self.believed("going_on", chain, self.kind, stage) >= 0

    def spending(self, stage: int) -> tuple[float, float]:
        """Return what the company spends on a running stage in a quarter, and on late manufacturing."""
        theta, row, first = self.future.theta, self.row, self.world.leaf["cost.late_manufacturing_in_phase_3"]
        part = {PRECLINICAL: row["part_preclinical"], PHASE_2: row["part_phase_2"], REVIEW: 0.0}.get(stage, 1.0)
        trial = part * theta(f"cost.company.{(*STAGES[:4], 'filing')[stage]}_musd") * row["cost_factor"][stage]
        late = theta("cost.company.late_manufacturing_musd") * row["cost_factor"][4]
        late *= {PHASE_3: first, REVIEW: 1 - first}.get(stage, 0.0)
        return trial / self.lasts[stage], late / self.lasts[stage]

    def sales(self, quarter: int) -> float:
        """Return net sales of a quarter, at the middle of it."""
        leaf, theta, row = self.world.leaf, self.future.theta, self.row
        at = (quarter + 0.5 - self.launch) / 4 * len(leaf["sales.uptake"]) / row["years_to_peak"]
        points = [(0.0, 0.0)] + [(k + 0.5, share) for k, share in enumerate(leaf["sales.uptake"])]
        uptake = points[-1][1]
        for (low, less), (high, more) in pairwise(points):
            if low <= at < high:
                uptake = less + (at - low) / (high - low) * (more - less)
        past, lasts = (quarter + 0.5 - self.exclusive_until) / 4, leaf["sales.erosion_years"]
        left = 1.0
        if past > 0:
            left = 1 - theta("sales.erosion_loss") * min(past / lasts, 1.0)
            left *= (1 - theta("sales.late_decline_rate")) ** max(past - lasts, 0.0)
        ceiling = theta("sales.company_ceiling") if self.runner == "company" else 1.0
        return row["peak"] / 4 * ceiling * row["territory"] * uptake * left

    def pays(self, event: int, quarter: int) -> float:
        """Return the milestone of an event, real."""
        leaf, theta, real = self.world.leaf, self.future.theta, self.world.real_start
        if self.origin == LICENCE:
            nominal = theta("technology.milestones_musd") * leaf["technology.milestone_shares"][event]
        elif self.chain == EARLY_LICENSEE:
            nominal = theta("license.early.milestones_musd") * leaf["license.early.milestone_shares"][event]
        elif self.chain in (LICENSEE, LICENSEE + REFUSED):
            shares = [0.0, 0.0, 0.0, *leaf["license.milestone_shares"]]
            nominal = theta("license.milestones_musd") * shares[event] * self.row["territory"]
        else:
            nominal = leaf[f"deal.ladder_{'full' if self.row['full'] else 'short'}.{EVENTS[event]}_musd"]
            part = leaf["deal.termination.relicense_terms_share"] if self.returned else 1.0
            return nominal * part * real[quarter]
        return nominal * real[quarter - self.signed]

    def royalty(self, quarter: int, sales: float) -> float:
        """Return the royalty of a quarter, real."""
        leaf, theta = self.world.leaf, self.future.theta
        if quarter >= self.launch + self.future.term:
            return 0.0
        if self.chain != PARTNER:
            group = {TECHNOLOGY: "technology", EARLY_LICENSEE: "license.early"}.get(self.chain, "license")
            return theta(f"{group}.royalty_rate") * sales
        if quarter % 4 == 0:
            self.year_sales = 0.0
        before, self.year_sales = self.year_sales, self.year_sales + sales / self.world.real_mid[quarter]
        owed, tops = 0.0, [*leaf["deal.royalty.thresholds_musd"][1:], math.inf]
        for low, high, rate in zip(leaf["deal.royalty.thresholds_musd"], tops, leaf["deal.royalty.rates"], strict=True):
            owed += rate * (min(max(self.year_sales, low), high) - min(max(before, low), high))
        part = leaf["deal.termination.relicense_terms_share"] if self.returned else 1.0
        return theta("deal.royalty.scale") * part * owed * self.world.real_mid[quarter]


class Future:
    """One path: what is drawn of the inputs, its candidates, the capital market."""

    def __init__(self, world: World, data: dict[str, Any], path: int) -> None:
        self.world, self.path, self.quarter = world, path, 0
        self.drawn_leaves = {name: float(values[path]) for name, values in world.theta.items()}
        first, count = data["futures"]["first"][path], data["futures"]["count"][path]
        names = data["drawn"].dtype.names
        rows = [data["drawn"][first[k] : first[k] + count[k]] for k in range(4)]
        rows = [
            [tuple(x.item() if x.ndim == 0 else x.tolist() for x in map(np.asarray, row)) for row in part]
            for part in rows
        ]
        self.rows = [[dict(zip(names, row, strict=True)) for row in part] for part in rows]
        self.open, self.swing = data["open"][path].tolist(), data["swing"][path].tolist()
        self.term = quarters(self.theta("deal.royalty.term_years"))

    def theta(self, name: str) -> float:
        """Return an input's value on this path."""
        return self.drawn_leaves[name] if name in self.drawn_leaves else self.world.leaf[name]


class Company:
    """The company on one path, under one strategy, with all the money it could want or as financed."""

    def __init__(self, world: World, future: Future, key: tuple[str, bool, bool], financed: bool) -> None:
        self.world, self.future, self.key, self.financed = world, future, key, financed
        leaf, theta, at = world.leaf, future.theta, f"strategies.{key[0]}"
        _, self.research, self.licensing = key
        self.signs, self.sells = leaf[f"{at}.signs_deal"], leaf[f"{at}.sells"]
        chains = {"partner_run": PARTNER, "own_launch": OWN, "best": BEST, "license_out": LICENSE}
        if leaf[f"{at}.exit_stage"] == "preclinical":
            chains["license_out"] = EARLY
        self.own_chain = chains[leaf[f"{at}.own_lead_route"]]
        routes = leaf[f"{at}.inherited_routes"] or [leaf[f"{at}.own_lead_route"]] * len(future.rows[INHERITED])
        self.cash, self.npv, self.flows, self.raised = leaf["company.opening_cash_musd"], 0.0, 0.0, 0.0
        self.shares, self.income, self.losses = leaf["company.shares_millions"], 0.0, [(-1, theta("tax.losses_musd"))]
        self.lines: dict[tuple[str, int], float] = {}  # (line, quarter): what the company got
        self.recurring = self.recurred = self.raised_value = self.burn = 0.0
        self.last_raise, self.still_short = -NEVER, False
        self.full, self.licence_burn = theta("company.other_burn_musd"), theta("company.licensing_burn_musd")
        brings = world.means["licences_a_year"] * world.means["licence_worth"]
        self.licensing = self.licensing and (self.sells != "candidates" or self.licence_burn <= brings)
        self.new_until = world.new_until if self.licensing else 0
        self.rights_burn = theta("company.rights_only_burn_musd")
        self.research_term, self.researched = world.committed if self.signs else 0, 0.0
        self.ended, self.forced, self.extensions = world.horizon / 4, 0, 0 if self.signs else -1
        self.assets = [
            Asset(world, future, row, chains[route], 0)
            for row, route in zip(future.rows[INHERITED], routes, strict=True)
        ]
        self.assets += [Asset(world, future, row, LICENSE, 0) for row in future.rows[COMMON]]
        self.leads = list(future.rows[LEAD])
        self.licences = [Asset(world, future, row, TECHNOLOGY, 0) for row in future.rows[LICENCE] if row["in_force"]]
        self.new_licences = [row for row in future.rows[LICENCE] if not row["in_force"]]
        self.passed_by = 0  # 1 once a quarter's receipts are in: what is to come begins with the next
        self.paused, self.alive = False, []  # by quarter: whether an own candidate or product is
        self.passed = [[0.0, 0.0, 0.0] for _ in range(world.horizon)]  # at signing: before tax, tax, base burn

    # Money

    def pay(self, line: str, quarter: int, amount: float, at_start: bool = False) -> None:
        """Book an amount to the company; costs are negative."""
        if amount == 0:
            return
        world = self.world
        self.cash += amount
        present = amount * (world.start if at_start else world.mid)[quarter]
        self.npv += present
        passed = self.passed[quarter]
        passed[0] += present if line != "tax" else 0.0
        passed[1] -= present if line == "tax" else 0.0
        passed[2] -= present if line == "base_burn" else 0.0
        self.flows += abs(amount)
        self.lines[line, quarter] = self.lines.get((line, quarter), 0.0) + amount
        if line not in UNTAXED:
            self.income += amount / world.real_mid[quarter]
        if line.removeprefix("common_") in RECURRING:
            self.recurring += amount

    def pay_tax(self, quarter: int) -> None:
        """Pay the tax of the year so far on nominal income less losses, the oldest first."""
        year, income, self.income = quarter // 4, self.income, 0.0
        last = math.ceil(self.world.leaf["tax.losses_years"])
        self.losses = [(since, left) for since, left in self.losses if year - since <= last]
        if income <= 0:
            self.losses.append((year, -income))
            return
        kept = []
        for since, left in self.losses:
            used = min(left, income)
            income -= used
            kept.append((since, left - used))
        self.losses = [(since, left) for since, left in kept if left > 0]
        self.pay("tax", quarter, -self.future.theta("tax.company_rate") * income * self.world.real_mid[quarter])

    # Candidates

    def step(self, a: Asset, q: int) -> None:
        """Let a candidate's stage, search or pause end if it is due."""
        if a.state == "unborn" and a.born == q:
            self.arrive(a, a.stage, q)
        elif a.state == "running" and a.until == q:
            if a.success[a.stage]:
                self.arrive(a, a.stage + 1, q)
            else:
                a.state = "gone"
        elif a.state == "searching" and a.until == q:
            self.answer(a, q)
        elif a.state == "dropped" and a.until == q:
            a.state, a.until, a.returned = "running", q + a.left, True
        if a.state == "running" and a.drop_at == q and a.stage < MARKET:
            again = a.row["drop"][1] < self.future.theta("deal.termination.relicense_prob")
            a.state, a.left = "dropped" if again else "gone", a.until - q
            a.until = q + quarters(self.world.leaf["deal.termination.relicense_years"])
        if a.state == "selling" and a.runner == "company" and q > a.launch:
            least = self.world.means["least_sales"][a.row["conjugate"]][q - a.launch]
            a.state, a.until = ("withdrawn", q) if 4 * a.sold < least else (a.state, a.until)
        for when, event in a.later:
            if when == q:
                self.milestone(a, event, q)

    def arrive(self, a: Asset, stage: int, q: int) -> None:
        """Take a candidate to its next stage: who runs it, and whether it starts."""
        if stage == PHASE_1 and a.chain in (EARLY, BEST) and a.origin != COMMON:
            rest = max(a.believed("going_on", BEST, a.kind, stage), 0.0)
            better = a.chain == EARLY or a.believed("searching", 0, a.kind) >= rest
            if better and a.willing(EARLY_LICENSEE, stage):
                return self.search(a, stage, q)
            a.chain = BEST
        late = {LICENSE: 0, BEST: 0, BEST + REFUSED: REFUSED}
        if stage == PHASE_3 and a.chain in late:
            twin = late[a.chain]
            rest = max(a.believed("going_on", OWN + twin, a.kind, stage), 0.0)
            better = a.chain == LICENSE or a.believed("searching", 2 if twin else 1, a.kind) >= rest
            if better and a.willing(LICENSEE + twin, stage):
                return self.search(a, stage, q)
            a.chain = OWN + twin
        forced = (a.origin == COMMON and stage == PHASE_2) or (a.row["in_force"] and stage == a.row["first_stage"])
        if not forced and not a.willing(a.chain, stage):
            a.state = "gone"
            return None
        a.stage = stage
        if a.runner == "company" and not forced:
            a.state, a.due = "waiting", q
        else:
            self.start(a, q)
        return None

    def search(self, a: Asset, stage: int, q: int) -> None:
        """Look for a licensee: two tries at most."""
        a.state, a.stage, a.tries, a.until = "searching", stage, 1, q + self.world.closing

    def answer(self, a: Asset, q: int) -> None:
        """See whether a try has found a licensee."""
        early, twin = a.stage == PHASE_1, REFUSED if a.chain == BEST + REFUSED else 0
        chance = self.future.theta("license.early.taker_prob" if early else "license.taker_prob")
        if a.row["early_taker" if early else "taker"][a.tries - 1] < chance:
            a.chain, a.signed = EARLY_LICENSEE if early else LICENSEE + twin, q
            if early:
                upfront = self.future.theta("license.early.upfront_musd")
            else:
                ratio = a.row["forecast_ratio"] ** self.future.theta("license.upfront_elasticity")
                upfront = self.future.theta("license.upfront_musd") * ratio * a.row["territory"]
            self.earn(a, "license_upfront", q, upfront, True)
            self.start(a, q)
        elif a.tries == 1:
            a.tries, a.until = 2, q + self.world.retry
        else:
            a.chain = BEST + REFUSED if early else ALONE + twin
            self.arrive(a, a.stage, q)

    def start(self, a: Asset, q: int) -> None:
        """Start a stage or a product."""
        a.state = "running"
        a.expected_end = q + self.world.beliefs["lasts"][a.kind][a.stage]
        a.until = q + a.lasts[a.stage] if a.stage < MARKET else NEVER
        if a.stage == PHASE_1 and a.runner == "partner":
            a.dosed, hazard = True, self.future.theta("deal.termination.excess_hazard_rate")
            if hazard > 0:
                a.drop_at = q + 1 + int(min(4 * -math.log(a.row["drop"][0]) / hazard, self.world.horizon))
        if a.stage == MARKET:
            a.approved, a.state = not a.sold_off, "selling"
            a.launch = q + (self.world.delay if a.runner == "company" else 0)
        if a.runner == "company":
            if a.stage == REVIEW:
                self.earn(a, "filing", q, -self.future.theta("cost.company.filing_musd"), True)
            return
        event = {PHASE_1: 0, PHASE_2: 1, PHASE_3: 2, REVIEW: 3, MARKET: 4}.get(a.stage)
        there = a.row["first_stage"] if a.row["in_force"] or a.origin == COMMON else None
        if event is not None and a.stage != there:
            self.milestone(a, event, q)
        if a.stage == MARKET:
            for event in (5, 6):
                after = self.world.leaf[f"duration.{EVENTS[event]}_after_us_years"]
                a.later.append((q + quarters(after), event))

    def milestone(self, a: Asset, event: int, q: int) -> None:
        """Pay the milestone of an event."""
        line = {TECHNOLOGY: "technology_milestones", PARTNER: "milestones"}.get(a.chain, "license_milestones")
        self.earn(a, "returned_milestones" if a.returned else line, q, a.pays(event, q), True)

    def earn(self, a: Asset, line: str, q: int, amount: float, at_start: bool = False) -> None:
        """Book what a candidate brings or costs, and remember it for the count of products."""
        if a.sold_off:
            return
        before = self.npv
        self.pay(f"common_{line}" if a.origin == COMMON else line, q, amount, at_start)
        a.received += max(self.npv - before, 0.0)
        a.spent += max(before - self.npv, 0.0)

    # What management and the market see

    def stands_in(self, a: Asset, q: int) -> int:
        """Return the stage an asset stands in, -1 if nothing of it is there to be worth anything."""
        if a.sold_off or a.state in ("unborn", "gone", "dropped", "withdrawn"):
            return -1
        return a.stage - 1 if a.state == "searching" else a.stage

    def runs_on(self, a: Asset, q: int) -> float:
        """Return what a product on the market for a year is to bring: last quarter, run on along the usual shape."""
        if a.runner != "company" and q >= a.launch + self.future.term:
            return 0.0
        shape = 0 if a.runner == "company" else 2 if a.chain == PARTNER else 1
        return max(a.brought * self.world.means["run_on"][shape][q - a.launch + self.passed_by], 0.0)

    def worth(self, a: Asset, q: int) -> float:
        """Return what an asset is believed to be worth to the company, at the start of the stage it stands in."""
        stage = self.stands_in(a, q)
        if stage < 0:
            return 0.0
        if a.stage == MARKET and q >= a.launch + 4:
            return self.runs_on(a, q)
        if self.sought(a):
            return self.price(a, q)
        believed = a.believed("worth", a.chain, a.kind, stage)
        return max(believed, 0.0) if a.runner == "company" else believed * self.left_of_terms(a)

    def sought(self, a: Asset) -> bool:
        """Return whether a licensee is looked for after a good Phase 2."""
        return a.state == "searching" and a.stage == PHASE_3

    def left_of_terms(self, a: Asset) -> float:
        """Return the part of the deal's terms that a new licensee of a returned product owes."""
        return self.world.leaf["deal.termination.relicense_terms_share"] if a.returned else 1.0

    def price(self, a: Asset, q: int) -> float:
        """Return what an asset would fetch before the haircut: licensing it, or payments to come."""
        stage = self.stands_in(a, q)
        if stage < 0:
            return 0.0
        if a.stage == MARKET and q >= a.launch + 4:
            return self.runs_on(a, q)
        if a.runner == "company":
            return max(a.believed("price", a.kind, PHASE_3 if self.sought(a) else stage), 0.0)
        return max(a.believed("rights", a.chain, a.kind, stage), 0.0) * self.left_of_terms(a)

    def licences_to_come(self, q: int) -> tuple[float, float]:
        """Return what licences of the technology still to be signed are worth, and the burn of signing them."""
        means, left = self.world.means, self.world.annuity[max(self.new_until - q, 0)] / 4
        return means["licences_a_year"] * means["licence_worth"] * left, means["licensing_burn"] * left

    def price_of_licences(self, q: int) -> float:
        """Return what licences of the technology would fetch before the haircut, those in force and new ones."""
        worth, burn = self.licences_to_come(q)
        return self.licences_fetch + max(worth - burn, 0.0)

    def funded_ahead(self, q: int, quarters_ahead: int) -> list[float]:
        """Return the research funding of the quarters ahead, as far as it is decided."""
        return self.world.funding[q : min(q + quarters_ahead, self.research_term)] if self.signs else []

    def going_on(self, q: int) -> float:
        """Return what going on is believed to be worth after tax and burn, besides cash."""
        world, means = self.world, self.world.means
        believed = sum(self.worth(a, q) for a in self.assets) + self.licences_worth + self.licences_to_come(q)[0]
        lead = world.found_per_musd * means["lead_worth"][PARTNER] * world.leaf["leads.target_multiplier"]
        margin = 1 - means["research_cost_share"] + lead
        believed += margin * sum(paid * world.mid[k] for k, paid in enumerate(self.funded_ahead(q, NEVER)))
        if self.researches(q):
            lead = world.found_per_musd * means["lead_worth"][self.own_chain]
            believed += world.annuity[world.window - q] * world.leaf["leads.own_research_musd"] / 4 * (lead - 1)
        alive = int(any(a.mine for a in self.assets))
        taxed, burn, _ = world.going_on[self.key]
        return (1 - taxed[alive]) * believed - burn[alive][q]

    def market_value(self, q: int) -> float:
        """Return what the market pays for the company."""
        lasts = quarters(self.world.leaf["company.franchise_years"])
        franchise = self.world.going_on[self.key][2] * max(1 - q / lasts, 0.0)
        return max(max(self.cash, 0.0) / 2, self.cash + self.going_on(q) + franchise) * self.future.swing[q]

    def researches(self, q: int) -> bool:
        """Return whether the company has research of its own in a quarter, paused or not."""
        return self.research and q < self.world.window and not (self.signs and q < self.research_term)

    def burn_with_research(self, q: int) -> float:
        """Return the burn of a quarter, own research included."""
        return self.burn + (self.world.leaf["leads.own_research_musd"] / 4 if self.researches(q) else 0.0)

    def ahead_of(self, a: Asset, q: int, span: int) -> float:
        """Return what a stage under way is to cost over the quarters ahead: as now, as long as such stages last."""
        left = max(a.expected_end - q, 1)
        if a.stage == MARKET:
            return self.world.beliefs["cost"][a.kind][MARKET] / 4 * max(min(left, span) - max(left - 4, 0), 0)
        return sum(a.spending(a.stage)) * min(left, span)

    def under_way(self, a: Asset, q: int) -> bool:
        """Return whether the company pays for a stage of a candidate, a launch included."""
        if a.state == "selling":
            return a.runner == "company" and q < a.launch + 4
        return a.state == "running" and a.mine

    def inflow(self, q: int, span: int) -> float:
        """Return what is sure to come in: funding decided, net of its research, and products as last quarter."""
        net = 1 - self.world.means["research_cost_share"]
        return net * sum(self.funded_ahead(q, span)) + span * self.recurred

    def need(self, q: int, span: int) -> float:
        """Return the cash needed for the quarters ahead and the buffer."""
        stages, cost = 0.0, self.world.beliefs["cost"]
        leaves_after = {LICENSE: PHASE_2, EARLY: PRECLINICAL} if "exits" in self.world.as_built else {}
        for a in self.assets:
            if a.state == "waiting":
                stages += cost[a.kind][a.stage]
            elif self.under_way(a, q):
                if a.expected_end <= q + span and a.stage < MARKET and leaves_after.get(a.route) != a.stage:
                    stages += cost[a.kind][a.stage + 1]
                stages += self.ahead_of(a, q, span)
        return (span + self.world.buffer) * self.burn_with_research(q) + stages - self.inflow(q, span)

    # The quarter

    def activity(self, q: int) -> float:
        """Return base burn a year: for what the company is there, or minus one for nothing."""
        funded = self.signs and q < self.research_term
        rights = any(a.right and not a.sold_off for a in self.assets + self.licences)
        if funded or self.researches(q) or any(a.mine for a in self.assets):
            return self.full
        if self.sells == "candidates" and q < 2:
            return self.full
        if q < self.world.new_until:
            if self.licensing:
                return self.licence_burn
            if "no_licences" not in self.world.as_built:
                return self.rights_burn
        return self.rights_burn if rights else -1.0

    def live(self) -> "Company":
        """Live through all quarters."""
        for q in range(self.world.horizon):
            self.future.quarter = q
            self.recurred, self.recurring = self.recurring, 0.0
            for a in self.assets:
                self.step(a, q)
            self.decide_extension(q)
            for a in self.licences:
                self.step(a, q)
            self.receive(q)
            self.licences_worth = sum(self.worth(a, q) for a in self.licences)
            self.licences_fetch = sum(self.price(a, q) for a in self.licences)
            year = self.activity(q)
            self.burn, own = max(year, 0.0) / 4, int(any(a.mine for a in self.assets))
            self.alive += [own] if year >= 0 else []
            if q == 0 and self.sells != "none":
                self.sell_today(q)
                if self.sells == "everything":
                    self.wind_up()
                    return self
            elif year < 0:
                self.end(q, q / 4)
                return self
            if self.financed:
                self.find_money(q)
            self.paused = self.researches(q) and self.financed and self.still_short
            self.do_research(q)
            self.start_stages(q)
            self.spend(q)
            if q % 4 == 3:
                self.pay_tax(q)
            net_burn = self.burn_with_research(q) - self.recurring
            if self.financed and self.below(self.world.buffer * net_burn):
                self.forced = 1
                if "sold_quarter" not in self.world.as_built and q + 1 < self.world.horizon:
                    self.passed_by = 1
                    self.licences_fetch = sum(self.price(a, q) for a in self.licences)
                self.end(q, (q + 1) / 4)
                return self
        return self

    def below(self, least: float) -> bool:
        """Return whether cash is below a need, rounding apart."""
        return least - self.cash > ROUNDING

    def sell_off(self, a: Asset, q: int) -> None:
        """Sell an asset at its price, from the middle of the quarter on."""
        close = 1 - self.future.theta("financing.sale_haircut")
        self.pay("common_rights_sold" if a.origin == COMMON else "rights_sold", q, close * self.price(a, q))
        a.sold_off = True
        if a.runner == "company":
            a.state = "gone"

    def sell_today(self, q: int) -> None:
        """Sell the candidates on the day, or all there is, and pay for shrinking."""
        close, theta = 1 - self.future.theta("financing.sale_haircut"), self.future.theta
        for a in self.assets:
            self.sell_off(a, q)
        self.assets, dismissed = [], 1.0
        if self.sells == "everything":
            self.pay("licences_sold", q, close * self.price_of_licences(q))
        else:
            dismissed = max(0.0, 1 - (self.licence_burn if self.licensing else self.rights_burn) / self.full)
        self.pay("wind_up_cost", q, -theta("company.wind_up_cost_musd") * dismissed)

    def wind_up(self) -> None:
        """Pay the last burn and the tax, and hand over what is left."""
        self.pay("base_burn", 0, -self.full / 4)
        self.pay("base_burn", 1, -self.full / 8)
        self.settle(3)
        self.ended = 1 / 8

    def end(self, q: int, when: float) -> None:
        """End the company: sell all it has, settle the tax, hand what is left to its owners."""
        for a in self.assets:
            self.sell_off(a, q)
        fetch = self.licences_fetch if self.forced else self.price_of_licences(q)
        self.pay("licences_sold", q, (1 - self.future.theta("financing.sale_haircut")) * fetch)
        self.settle(q)
        self.ended = when

    def settle(self, q: int) -> None:
        """Pay the last tax; where a company was short creditors bear the rest."""
        self.income = max(self.income, 0.0)
        self.pay_tax(q)

    def find_money(self, q: int) -> None:
        """Sell shares if cash does not cover what is ahead, the market is open and the last raise is a while ago."""
        leaf, ahead = self.world.leaf, self.world.ahead
        need = self.need(q, ahead["look_ahead"])
        if self.future.open[q] and q - self.last_raise >= ahead["raise_gap"] and self.below(need):
            value, fee = self.market_value(q), leaf["financing.issue_fee_rate"]
            lacks = (self.need(q, ahead["raise_for"]) - self.cash) / (1 - fee)
            most, least = self.future.theta("financing.raise_limit_share") * value, leaf["financing.raise_least_musd"]
            if most >= least:
                gross = min(max(lacks, least), most)
                self.shares += gross / (value * (1 - leaf["financing.issue_discount_rate"]) / self.shares)
                self.cash += gross
                self.raised, self.raised_value = self.raised + gross, self.raised_value + gross * self.world.start[q]
                self.pay("issue_fee", q, -fee * gross, True)
                self.last_raise = q
        self.still_short = self.below(need)

    def do_research(self, q: int) -> None:
        """Add the quarter's research, and nominate the leads it pays for after the discovery lag."""
        world, leaf = self.world, self.world.leaf
        if q >= world.window:
            return
        if self.signs and q < self.research_term:
            self.researched += world.funding[q] * leaf["leads.target_multiplier"]
        elif self.researches(q) and not self.paused:
            self.researched += leaf["leads.own_research_musd"] / 4
        while self.leads and self.leads[0]["effort"] <= self.researched:
            chain = PARTNER if self.signs and q < self.research_term else self.own_chain
            a = Asset(world, self.future, self.leads.pop(0), chain, q + world.lag)
            a.crossed = q
            self.assets.insert(len(self.assets) - len(self.future.rows[COMMON]), a)

    def start_stages(self, q: int) -> None:
        """Start stages as far as there is money; sell what has waited too long, or when money is short."""
        waiting = [a for a in self.assets if a.state == "waiting"]
        if not self.financed:
            for a in waiting:
                self.start(a, q)
            return
        cost, lasts, ahead = self.world.beliefs["cost"], self.world.beliefs["lasts"], self.world.ahead
        free, promised = self.cash - self.world.buffer * self.burn_with_research(q), 0.0
        running = [a for a in self.assets if self.under_way(a, q)]
        chosen = []
        for a in sorted(waiting, key=lambda a: -round(self.worth(a, q) / max(cost[a.kind][a.stage], 1e-300), 7)):
            span = min(lasts[a.kind][a.stage], ahead["raise_for"])
            part = cost[a.kind][a.stage] * span / lasts[a.kind][a.stage]
            if part <= free - sum(self.ahead_of(b, q, span) for b in running) - promised:
                promised += part
                chosen.append(a)
        for a in waiting:
            if a in chosen:
                self.start(a, q)
            elif q - a.due >= ahead["postpone"]:
                self.sell_off(a, q)
        in_hand = self.cash + self.inflow(q, ahead["look_ahead"])
        if ahead["distress"] * self.burn_with_research(q) - in_hand > ROUNDING:
            there = [a for a in self.assets if self.price(a, q) > 0 and a.runner == "company"]
            if there:
                self.sell_off(max(reversed(there), key=lambda a: (self.stands_in(a, q), round(self.price(a, q), 7))), q)

    def decide_extension(self, q: int) -> None:
        """Let the partner decide whether to fund another year."""
        leaf = self.world.leaf
        for k, years in enumerate(leaf["deal.extension_decision_years"]):
            if self.signs and quarters(years) == q and self.extensions == k:
                alive = [a for a in self.assets if a.dosed and not a.returned and a.state in ("running", "selling")]
                if len(alive) >= leaf["deal.extension_alive_needed"][k]:
                    self.extensions += 1
                    self.research_term += 4

    def receive(self, q: int) -> None:
        """Sign new licences of the technology; receive what the contract pays at the start."""
        theta, leaf = self.future.theta, self.world.leaf
        if q == 0 and self.signs:
            self.pay("upfront", q, leaf["deal.upfront_musd"] * self.world.real_start[q], True)
        while self.new_licences and self.new_licences[0]["effort"] <= q * 0.25 and q <= self.new_until:
            a = Asset(self.world, self.future, self.new_licences.pop(0), TECHNOLOGY, q)
            a.signed = q
            self.licences.append(a)
            self.earn(a, "technology_fees", q, theta("technology.fee_musd"), True)
            self.step(a, q)

    def spend(self, q: int) -> None:
        """Pay for research, the burn and stages; receive what products bring."""
        world, theta, leaf = self.world, self.future.theta, self.world.leaf
        self.pay("base_burn", q, -self.burn)
        if self.signs and q < self.research_term:
            funded, later = world.funding[q], q >= world.committed
            self.pay("extension_funding" if later else "research_funding", q, funded)
            self.pay("extension_research" if later else "research_cost", q, -funded * theta("deal.research_cost_share"))
        elif self.researches(q) and not self.paused:
            self.pay("own_research", q, -leaf["leads.own_research_musd"] / 4)
        for a in self.assets:
            if a.state == "running" and a.runner == "company" and a.mine:
                trial, late = a.spending(a.stage)
                self.earn(a, STAGES[a.stage], q, -trial)
                self.earn(a, "late_manufacturing", q, -late)
            elif a.state == "selling" and q >= a.launch:
                before = self.recurring
                self.sell(a, q)
                a.brought = self.recurring - before
        for a in self.licences:
            if a.state == "selling":
                a.brought = a.royalty(q, a.sales(q))
                self.pay("technology_royalties", q, a.brought)

    def sell(self, a: Asset, q: int) -> None:
        """Sell a product for a quarter, or have a royalty on it."""
        theta, leaf, sales = self.future.theta, self.world.leaf, a.sales(q)
        since = q - a.launch
        if a.runner != "company":
            line = "royalties" if a.chain == PARTNER else "license_royalties"
            a.brought = a.royalty(q, sales)
            self.earn(a, "returned_royalties" if a.returned else line, q, a.brought)
            return
        self.earn(a, "net_sales", q, sales)
        rate = theta("sales.cogs_rate") + (leaf["sales.conjugate_cogs_rate"] if a.row["conjugate"] else 0.0)
        self.earn(a, "cogs", q, -rate * sales)
        if since < 4:
            self.earn(a, "launch_build", q, -theta("sales.company_launch_build_musd") / 4)
        else:
            selling = max(theta("sales.selling_rate") * sales, theta("sales.company_selling_floor_musd") / 4)
            self.earn(a, "selling", q, -selling)
        if since < quarters(leaf["sales.lifecycle_years"]):
            self.earn(a, "lifecycle", q, -leaf["sales.lifecycle_rate"] * sales)
        a.sold = sales


def counted(company: Company) -> dict[str, int]:
    """Return how many products are approved and paying, return more than was spent on them, and pay anything at all."""
    approved = returning = paying = 0
    for a in company.assets:
        if a.origin == COMMON:
            continue
        theta, charge = company.future.theta, 0.0
        if a.origin == LEAD:
            charge = theta("leads.cost_per_lead_musd") * company.world.mid[a.crossed]
            if a.route == PARTNER:
                charge *= theta("deal.research_cost_share") / company.world.leaf["leads.target_multiplier"]
        paying += a.received > 1e-9
        approved += a.approved and a.received > 1e-9
        returning += a.approved and a.received > a.spent + charge
    return {"approved": approved, "returning": returning, "paying": paying}


def value(world: World, future: Future, key: tuple[str, bool, bool], financed: bool) -> dict[str, Any]:
    """Return what a strategy (name, own research, new licences) is worth on a path, and what became of it."""
    company = Company(world, future, key, financed).live()
    worth = world.leaf["company.opening_cash_musd"] + company.npv + company.raised_value
    out = {
        "company": company,
        "npv": company.npv,
        "flows": company.flows,
        "value_per_share": max(worth, 0.0) / company.shares,
    }
    out |= {"raised_musd": company.raised, "ended_years": company.ended, "forced": company.forced}
    return out | {"extensions": company.extensions} | counted(company)


def learnt(companies: list[Company]) -> tuple[list[float], list[list[float]]]:
    """Return what a market learns from planned companies: the part tax takes and the burn to come, by who is alive."""
    horizon, start = companies[0].world.horizon, companies[0].world.start
    sums = [[0.0, 0.0, 0.0], [0.0, 0.0, 0.0]]
    burn, number = [[0.0] * horizon, [0.0] * horizon], [[0] * horizon, [0] * horizon]
    for company in companies:
        for q, alive in enumerate(company.alive):
            sums[alive] = [one + more for one, more in zip(sums[alive], company.passed[q], strict=True)]
            burn[alive][q] += sum(passed[2] for passed in company.passed[q:]) / start[q]
            number[alive][q] += 1
    share, to_come = [], []
    for alive in range(2):
        net, tax, burned = sums[alive]
        share.append(min(max(tax / (net + burned), 0.0), 0.6) if net + burned > 0 else 0.0)
        last, row = 0.0, []
        for q in range(horizon):
            last = burn[alive][q] / number[alive][q] if number[alive][q] else last
            row.append(last)
        to_come.append(row)
    return share, to_come


def opening(world: World, future: Future, key: tuple[str, bool, bool]) -> float:
    """Return what going on is believed to be worth on the day, besides cash."""
    company = Company(world, future, key, False)
    for a in company.assets + company.licences:
        company.step(a, 0)
    company.licences_worth = sum(company.worth(a, 0) for a in company.licences)
    return company.going_on(0)


if __name__ == "__main__":
    from test_independent import main

    main()
