"""Every term of the deal by the path of its leaf: where it stands among the exposures, and whom it concerns."""

from collections.abc import Iterator

from partnering.inputs.scenario import Scenario
from partnering.model import lines
from partnering.model.pack import term_values
from partnering.model.parties import COMPANY, OTHERS, PARTNER
from partnering.model.stages import EVENTS

LICENSEES_PAY = ("deal.ladder_full", "deal.ladder_short", "deal.royalty.rates")
"""Terms that somebody else owes for a product that the partner has returned."""

IF_PAID = ("deal.sharing.", "deal.copromotion.", "deal.royalty.floor_musd")
"""Beginnings of terms that are told only where they move anything."""


def terms_of(scenario: Scenario) -> Iterator[tuple[int, str, tuple[int, ...], bool]]:
    """Yield (place, path of the leaf, parties, whether it is told though it pays nothing) of every term of the deal."""
    for path, first in lines.TERM_LEAVES.items():
        parties: tuple[int, ...] = (COMPANY, PARTNER, OTHERS) if path in LICENSEES_PAY else (COMPANY, PARTNER)
        if path == "deal.termination.partner_royalty_rate":
            parties = PARTNER, OTHERS
        for number in range(len(term_values(scenario, path))):
            yield first + number, name_of(scenario, path, number), parties, not path.startswith(IF_PAID)


def name_of(scenario: Scenario, path: str, number: int) -> str:
    """Return a term as tables call it: the path of its leaf, with its place in a list; a year of an extension."""
    if path not in scenario.leaves:
        return f"{path}.{EVENTS[number]}_musd"
    if not isinstance(scenario[path], tuple):
        return path
    extension = number - len(scenario[path])
    return f"extension[{extension}]" if extension >= 0 else f"{path}[{number}]"
