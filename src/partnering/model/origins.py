"""Origins of a candidate: there on the day, found by research, kept in every strategy, a product of others."""

INHERITED, LEAD, COMMON, TECHNOLOGY = range(4)
