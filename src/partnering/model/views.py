"""Views of a company and kinds of licence as plain numbers."""

import numpy as np

PRETAX, PLANNED, FINANCED = range(3)
"""Views: the programme planned and before tax; the company with all the money it could want; as financed."""

FEES, STEPS, RUNNING, WORTH, RIGHTS = range(5)
"""Of licences of the technology, by quarter: fees, milestones, royalties; what they are worth, how many run."""

LATE, EARLY, OF_TECHNOLOGY = range(3)
"""Licences: after Phase 2, before it, and of the technology."""

ROUNDING = float(np.sqrt(np.finfo(float).eps))
"""What sums of money may be off by, $ million: amounts no further apart are equal."""
