"""Stages and events of a candidate as plain numbers, and what stands for never and for none."""

NEVER = 2**29
"""The quarter, or moment, of an event that does not happen; adding durations to it does not overflow 32 bits."""

NONE = -1
"""No stage."""

MAX_QUARTERS = 400
"""Longest horizon that an input may ask for, in quarters."""

PRECLINICAL, PHASE_1, PHASE_2, PHASE_3, REVIEW, MARKET = STAGES = range(6)
EVENTS = ("phase_1", "phase_2", "phase_3", "bla", "us", "eu", "japan")
"""Milestone events in order; the BLA is filed when review starts."""
