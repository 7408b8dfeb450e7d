"""One future of one company: draws, candidates, deal, company, values, in plain loops that numba compiles."""
