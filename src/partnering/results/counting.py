"""Counts of candidates by event: what each is called, and their order in a table."""

from partnering.results.schema import ALL

ORIGINS = ("inherited", "collaboration", "own", "common", "technology")
MODALITIES = ("naked", "conjugate")
EVENTS = (
    *("lead", "partner_target", "early_ind", "ind", "phase_2", "phase_3", "bla", "approval"),
    *("licensed", "returned", "copromoted"),
)
MOVED = ("delayed", "sold")
"""What lack of money does to candidates, as financed."""


def table_order(key: tuple[str, str, str]) -> tuple[int, ...]:
    """Return the place of a count in the table, by (origin, modality, event)."""
    origin, modality, event = key
    return (ALL, *ORIGINS).index(origin), (ALL, *MODALITIES).index(modality), (*EVENTS, *MOVED).index(event)
