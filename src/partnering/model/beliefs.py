"""Temporary: the belief table of the array engine."""
import numpy as np
from functools import lru_cache
from partnering.model.records import Table

def believe(scenario, slug):
    from partnering.value import beliefs as old
    from partnering.course.strategies import read_strategies
    s=next(s for s in read_strategies(scenario) if s.slug==slug)
    key=(scenario.digest, *old.belief_key(s))
    if key not in _known:
        t=old.believe(scenario,*old.belief_key(s)); o=t.outlook
        least=np.full((2,o.run_on.shape[1]),-np.inf) if t.least_sales is None else t.least_sales
        _known[key]=Table(t.rational,t.class_z,t.worth,t.going_on,t.searching,t.taking_up,t.opting_in,o.cost_musd,o.quarters,o.run_on,least,o.lead_worth,t.lead_to_partner,*t.leads_per_musd,o.licence_worth,o.licences_a_year,o.research_cost_share,o.kept_in_sale)
    return _known[key]
_known={}
