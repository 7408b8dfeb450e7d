"""The base case's later facts and what was foreseen, for tests: few futures."""

from functools import cache

from helpers import PARAMS, SEED, load

from partnering.analysis.foreseen import Foreseen, foresee
from partnering.analysis.hindsight import LookBack
from partnering.inputs.hindsight import Hindsight, load_hindsight

PATHS = 400


@cache
def facts() -> Hindsight:
    found = load_hindsight(PARAMS, load())
    assert found is not None
    return found


@cache
def foreseen() -> Foreseen:
    return foresee(load(), SEED, PATHS)


def back(**changed: object) -> LookBack:
    """The look back, with other facts where said."""
    return LookBack(load(), facts().model_copy(update=changed), foreseen())
