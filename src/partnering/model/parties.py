"""Who pays and who runs: parties, and the routes of a candidate."""

COMPANY, PARTNER, OTHERS, SUPPLIERS, INVESTORS, TAXMAN = range(6)
"""Parties. Others take licences and buy candidates; suppliers are suppliers and the market."""

PARTIES = ("company", "partner", "others")
"""Parties whose value is told."""

PARTNER_RUN, OWN_LAUNCH, LICENSE_OUT, BEST, LICENSEE_RUN, LICENSE_EARLY = 0, 1, 2, 3, 6, 8
"""Routes: who is to develop a candidate, each the number of its first chain; a licensee of the technology,
and a licence at the IND, last."""
