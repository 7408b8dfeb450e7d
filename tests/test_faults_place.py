"""A report made in any language, time zone, home and folder: the same bytes."""

import sys
from pathlib import Path

import pytest
from faults import Command, small_project
from project import published

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200), LINUX]

ASCII = {"LC_ALL": "POSIX", "LANG": "C"}
TURKISH = {"LC_ALL": "tr_TR.UTF-8", "LANG": "tr_TR.UTF-8", "LANGUAGE": "tr"}
NOWHERE = "/proc/none"
"""No folder, and none that anybody, root included, may make."""

PLACES: dict[str, dict[str, str | None]] = {
    "Übersicht mit Leerzeichen": ASCII | {"TZ": "Pacific/Kiritimati", "HOME": None},
    "{braces} & 'quotes'": TURKISH | {"TZ": "America/Adak", "HOME": NOWHERE},
}


@pytest.mark.parametrize("name", PLACES)
def test_the_same_report_wherever_it_is_made(name: str, good: Path, tmp_path: Path) -> None:
    project = small_project(tmp_path / name)
    done = Command(project, environment=PLACES[name]).end()
    assert done.code == 0 and done.out == "reports/index.html\n", done.err
    assert published(project / "reports") == published(good / "reports")
    assert not Path(NOWHERE).exists()


@pytest.mark.parametrize("environment", [ASCII, TURKISH], ids=["ascii", "turkish"])
def test_the_same_inputs_in_any_language(environment: dict[str, str], tmp_path: Path) -> None:
    project = small_project(tmp_path / "Prüfung")
    base = project / "params" / "base.yaml"
    base.write_text(base.read_text("utf-8").replace("label: Horizon}", "label: Horizon — Zürich 🧬}"), "utf-8")
    plain, other = (Command(project, "inputs", "base", environment=e).end() for e in ({}, environment))
    assert "Zürich 🧬" in plain.out and (other.code, other.out, other.err) == (0, plain.out, "")
    base.write_text(base.read_text("utf-8").replace("unit: years", "unit: Jahre — 🧬", 1), "utf-8")
    bad = Command(project, "inputs", "base", environment=environment).end()
    assert (bad.code, bad.out) == (2, "") and "Traceback" not in bad.err and "base.yaml:" in bad.err
