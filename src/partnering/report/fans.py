"""Figures of the company's money: cash as a fan, who is still there."""

YEARS_SHOWN = 10
HIGHEST = 0.8
"""Years of both figures, and the share of its upper ends that fit; all of it is in cash.csv."""
BELOW = 0.05
"""Room below the lowest cash, so that a symbol that stands there is whole."""
