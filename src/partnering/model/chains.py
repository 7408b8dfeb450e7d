"""Chains of a belief: who runs a candidate on from a stage, as far as a belief about it differs."""

PARTNER, OWN, LICENSE, BEST, ALONE, LICENSEE, TECHNOLOGY, OPTION, EARLY, EARLY_LICENSEE = range(10)
"""The partner; the company to the market, to a licence after Phase 2, to the better of them, without a taker; a
licensee; a licensee of the technology alone; the company until the partner may take it; the company to a licence at
the IND, and that licensee."""

REFUSED = 9
"""Leads from OWN, BEST, ALONE and LICENSEE to the same after two refusals at the IND, which took time."""

COUNT = LICENSEE + REFUSED + 1
