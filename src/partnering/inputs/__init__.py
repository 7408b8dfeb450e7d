"""From the YAML files of params/ to one validated, frozen Scenario. Nothing else reads params/."""

from partnering.inputs.analysis import Analysis, load_analysis
from partnering.inputs.beside import list_beside, load_alternatives, load_bands, load_contradictions, load_scenarios
from partnering.inputs.cases import Case, load_cases
from partnering.inputs.errors import InputError, Problem
from partnering.inputs.files import Alternative, Contradiction, RunSettings, Source
from partnering.inputs.load import list_scenarios, load_run_settings, load_scenario
from partnering.inputs.paths import schema_paths
from partnering.inputs.scenario import Leaf, Scenario

__all__ = [
    "Alternative",
    "Analysis",
    "Case",
    "Contradiction",
    "InputError",
    "Leaf",
    "Problem",
    "RunSettings",
    "Scenario",
    "Source",
    "list_beside",
    "list_scenarios",
    "load_alternatives",
    "load_analysis",
    "load_bands",
    "load_cases",
    "load_contradictions",
    "load_run_settings",
    "load_scenario",
    "load_scenarios",
    "schema_paths",
]
