"""Views of a company and kinds of licence as plain numbers."""

import numpy as np

PRETAX, PLANNED, FINANCED = range(3)
"""Views: the programme planned and before tax; the company with all the money it could want; as financed."""

FEES, STEPS, RUNNING, WORTH, RIGHTS = range(5)
"""Of licences of the technology, by quarter: fees, milestones, royalties; what they are worth, how many run."""

LATE, EARLY, OF_TECHNOLOGY = range(3)
"""Licences: after Phase 2, before it, and of the technology."""

EARLY_SEARCH, LATE_SEARCH, REFUSED_SEARCH = range(3)
"""Searches for a licensee: at the IND, after Phase 2, and after Phase 2 by a company refused at the IND."""

KEEPS, SELLS_CANDIDATES, SELLS_EVERYTHING = range(3)
"""What a strategy sells on the day."""

BEFORE_TAX, TAXED, BURNED = range(3)
"""Cash of a planned company, from which the market learns what going on costs."""

IDLE, HOLDING, LICENSING, DEVELOPING = range(4)
"""What a company is there for: nothing; its rights; new licences of its technology; research, own candidates."""

SETTLED = 4
"""Quarters that winding up on the day takes."""

CARRY_ON, EXIT_WHEN_BETTER = range(2)
"""When a company ends of its own will."""

ROUNDING = float(np.sqrt(np.finfo(float).eps))
"""What sums of money may be off by, $ million: amounts no further apart are equal."""
