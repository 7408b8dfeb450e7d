"""What a transfer at signing is worth to both parties, as financed and after tax: what a bargain is struck on."""

import numpy as np
import pandas as pd

from partnering.analysis.asked import COMPANY, PARTNER, Inquiry
from partnering.analysis.bridge import upfront_of
from partnering.analysis.sensitivity import paired
from partnering.results.schema import VIEW
from partnering.results.statistics import standard_error

BARGAIN = ["transfer_musd", "company_financed", "company_financed_se", "partner_aftertax", "partner_aftertax_se"]
POINTS = 5
"""Transfers asked between what leaves the company as well off as alone and what leaves the partner nothing."""


def bargain(inquiry: Inquiry, paths: int) -> pd.DataFrame:
    """Return both parties' values by what is paid at signing beyond the upfront of the deal, $ million.

    The transfers reach from where the company should be indifferent to where the partner should, by their values in
    the full run. Values there are those of the full run plus what the same futures say a transfer moves.
    """
    scenario, partner = inquiry.scenario, inquiry.of_run(VIEW, inquiry.slugs[0], "partner")
    full = inquiry.values[0], partner
    lead = float((inquiry.values[0] - inquiry.values[inquiry.nearest]).mean())
    most = float(partner.mean()) / (1 - scenario["tax.partner_rate"])
    transfers = np.unique(np.concatenate([[0.0], np.linspace(min(-lead, 0.0), max(most, 0.0), POINTS)]))
    upfront = scenario["deal.upfront_musd"]
    changes = [upfront_of(scenario, upfront + transfer) for transfer in transfers]
    rows = [[float(transfer)] for transfer in transfers]
    for party, values in zip((COMPANY, PARTNER), full, strict=True):
        base = inquiry.ask([{}], paths, party=party)[0, 0]
        for row, answer in zip(rows, inquiry.ask(changes, paths, "transfers at signing", party), strict=True):
            moved = paired(answer[0], base)
            row += [float(values.mean()) + moved.value, float(np.hypot(standard_error(values), moved.error))]
    return pd.DataFrame(rows, columns=BARGAIN)
