"""The base case's later facts and what was foreseen, for tests: few futures, the prepared base case."""

from dataclasses import replace
from functools import cache

from helpers import PARAMS, base_task, load

from partnering.inputs.hindsight import Hindsight, load_hindsight
from partnering.analysis.foreseen import Foreseen, foresee
from partnering.analysis.hindsight import LookBack

PATHS = 400


@cache
def facts() -> Hindsight:
    found = load_hindsight(PARAMS, load())
    assert found is not None
    return found


@cache
def foreseen() -> Foreseen:
    return foresee(replace(base_task(), paths=PATHS))


def back(**changed: object) -> LookBack:
    """The look back, with other facts where said."""
    return LookBack(load(), facts().model_copy(update=changed), foreseen())
