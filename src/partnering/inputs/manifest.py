"""The manifest of a run, read back from outside: data to be checked like any other input."""

from pathlib import Path
from typing import Annotated

from annotated_types import Ge
from pydantic import BaseModel, ConfigDict, Field

from partnering.inputs.errors import InputError, show
from partnering.inputs.units import Text
from partnering.inputs.validate import marks_of, problem_at, validate
from partnering.inputs.yamlfile import read_yaml

AtLeastOne = Annotated[int, Ge(1)]


class _Open(BaseModel):
    """Strict and frozen; other keys are left alone, since a later version may have more."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)


class Record(_Open):
    """What a file was when it was written."""

    sha256: str


class Digests(_Open):
    """What made the run, `parts` of the model apart where the run says so."""

    inputs: str
    model: str
    lock: str
    parts: dict[str, str] = Field(default_factory=dict)


class Manifest(_Open):
    """What it takes to make a run again and to hold the two against each other."""

    scenario: Text
    seed: Annotated[int, Ge(0)]
    paths: AtLeastOne
    block: AtLeastOne
    digests: Digests
    platform: dict[str, str]
    files: dict[str, Record]


def load_manifest(file: Path, version: int) -> Manifest:
    """Return a manifest of this schema version; JSON is read as the YAML it is. Raises InputError."""
    document = read_yaml(file)
    marks = marks_of(document)
    if (got := document.data.get("schema_version")) != version:
        text = f"got {show(got)}, expected {version}, the version this program writes"
        raise InputError([problem_at(("schema_version",), text, marks)])
    return validate(Manifest, document.data, marks)
