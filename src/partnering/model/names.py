"""Temporary: all constants of the model in one place, for tests under way."""

from partnering.model.lines import *  # noqa: F403
from partnering.model.origins import *  # noqa: F403
from partnering.model.parties import *  # noqa: F403
from partnering.model.stages import *  # noqa: F403
from partnering.model.told import *  # noqa: F403
from partnering.model.views import *  # noqa: F403
