"""Chains of a belief: who runs a candidate on from a stage, as far as a belief about it differs."""

PARTNER, OWN, LICENSE, BEST, ALONE, LICENSEE, TECHNOLOGY, OPTION = range(COUNT := 8)
"""The partner; the company to the market, to a licence, to the better of them, without a taker; a licensee; a licensee
of the technology alone; the company until the partner may take it."""
