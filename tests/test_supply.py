"""The promises of what the project takes in: imports declared, licences listed, an audit that fails if not asked."""

import ast
import json
import re
import sys
import tomllib
from pathlib import Path

import audit
import licences
import nbformat
import pytest
from sources import code_of as code_of_cell

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")

NOT_IMPORTED = {
    "jupyter": "asked for by the mission; `make lab` opens the notebooks",
    "mypy": "`make lint`",
    "pip-audit": "`make audit`",
    "pip-licenses": "`make licences`",
    "pre-commit": "before a commit, for who wants it",
    "pytest-timeout": "a plug-in: no test runs for ever",
    "pytest-xdist": "a plug-in: tests side by side",
    "ruff": "`make lint`",
    "types-tqdm": "types that mypy reads",
    "uv": "installs the lock, and makes it",
    "hatchling": "builds the package",
    "editables": "installs it where it lies",
}
"""Declared and not imported, and why."""

IMPORT_NAMES = {"beautifulsoup4": "bs4"}
CLUSTER = ("dask", "distributed")  # imported only where a sweep asks for them


def code_of(folder):
    """Yield (file, code) of every Python file and notebook of a folder."""
    for file in sorted((ROOT / folder).rglob("*.py")):
        yield file, file.read_text(encoding="utf-8")
    for file in sorted((ROOT / folder).rglob("*.ipynb")):
        cells = nbformat.read(file, as_version=nbformat.NO_CONVERT).cells
        yield file, "\n".join(code_of_cell(cell.source) for cell in cells if cell.cell_type == "code")


def imported(code):
    """Return the full names of all modules that code imports."""
    found = set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def imported_from_others(*folders):
    """Return the modules of other projects that folders import, with a file of each."""
    own = sys.stdlib_module_names | {
        "partnering",
        "golden",
        "analytic",
        *(f.stem for f in (ROOT / "tests").glob("*.py")),
    }
    modules = {}
    for folder in folders:
        for file, code in code_of(folder):
            modules |= {name: file.relative_to(ROOT).as_posix() for name in imported(code)}
    return {name: file for name, file in modules.items() if name.split(".")[0] not in own}


def names_of(requirements):
    return {re.match(r"[\w.-]+", requirement).group() for requirement in requirements}


def belongs(module, package):
    name = IMPORT_NAMES.get(package, package.replace("-", "_"))
    return f"{module}.".lower().startswith(f"{name}.".lower())


def undeclared(modules, packages):
    return {module: file for module, file in modules.items() if not any(belongs(module, p) for p in packages)}


def unused(modules, packages):
    return {package for package in packages if not any(belongs(module, package) for module in modules)}


RUNS = names_of(PROJECT["dependencies"])


@pytest.mark.parametrize("folder", ["src", "notebooks"])
def test_what_runs_imports_only_what_everybody_installs(folder):
    found = imported_from_others(folder)
    assert undeclared(found, RUNS | set(CLUSTER)) == {}
    assert found or folder == "notebooks"


def test_tests_import_only_what_is_declared():
    found = imported_from_others("tests")
    assert undeclared(found, RUNS | names_of(EXTRAS["dev"]) | set(CLUSTER)) == {}
    assert found


def test_every_declared_package_is_imported_or_says_why_not():
    declared = RUNS | {name for extra in EXTRAS.values() for name in names_of(extra)}
    assert unused(imported_from_others("src", "notebooks"), RUNS) <= set(NOT_IMPORTED)
    idle = unused(imported_from_others("src", "notebooks", "tests"), declared) - set(CLUSTER)
    assert idle == set(NOT_IMPORTED)


def test_an_import_nobody_declared_and_a_package_nobody_uses_are_seen():
    modules = dict.fromkeys(imported("import numpy.linalg\nfrom os import path\nimport bs4, numpyish"), "x.py")
    assert undeclared(modules, {"numpy", "beautifulsoup4", "os"}) == {"numpyish": "x.py"}
    assert unused(modules, {"numpy", "pandas"}) == {"pandas"}


# --- licences -----------------------------------------------------------------------------------------------------

LISTED = licences.listed(licences.FILE.read_text(encoding="utf-8"))


def test_licences_lists_what_the_lock_installs():
    assert {name: version for name, (version, _) in LISTED.items()} == licences.locked(LOCK)
    assert "\n".join([*licences.lines(LISTED), ""]) == licences.FILE.read_text(encoding="utf-8")


def test_licences_are_what_the_installed_packages_say():
    here = licences.installed()
    same = {name for name, (version, _) in LISTED.items() if here.get(name, ("",))[0] == version}
    assert {name: here[name] for name in same} == {name: LISTED[name] for name in same}


def test_every_licence_has_been_reviewed():
    assert {name: licence for name, (_, licence) in LISTED.items() if licences.refused(licence)} == {}


@pytest.mark.parametrize(
    "licence", ["UNKNOWN", "GPL-3.0-only", "MIT AND GPL-2.0", "AGPL-3.0 OR LGPL-3.0", "Other/Proprietary License", ""]
)
def test_an_unknown_or_binding_licence_is_refused(licence):
    assert licences.refused(licence)
    assert not licences.refused(f"{licence} OR MIT")
    assert licences.refused(f"{licence} AND MIT")


def test_a_marker_decides_which_packages_are_listed():
    lock = (
        'here==1 \\\n    --hash=x\nnew==2 ; python_full_version == "3.12.*" \\\nmac==3 ; sys_platform == "darwin" \\\n'
    )
    assert licences.locked(lock) == {"here": "1"}


# --- the audit ----------------------------------------------------------------------------------------------------


def answer(*packages):
    return json.dumps({"dependencies": packages, "fixes": []})


SOUND = {"name": "good", "version": "1", "vulns": []}
WEAK = {"name": "bad", "version": "2", "vulns": [{"id": "CVE-1", "fix_versions": ["3"], "aliases": []}]}
UNASKED = {"name": "far", "skip_reason": "not found"}


def test_an_audit_that_asked_everything_and_found_nothing_passes():
    assert audit.judge(answer(SOUND, SOUND), "") == (["audit: 2 packages, no known weakness"], True)


def test_an_audit_names_each_weakness():
    assert audit.judge(answer(SOUND, WEAK), "") == (["audit: bad 2: CVE-1, mended in 3"], False)


@pytest.mark.parametrize(
    ("said", "complaint", "why"),
    [
        (answer(SOUND, UNASKED), "No known vulnerabilities found", "does not know 1 of 2 packages"),
        (answer(), "No known vulnerabilities found", "does not know 0 of 0 packages"),
        ("", "Traceback\n  File\nConnectionError: no route", "did not answer: ConnectionError: no route"),
        ("", "", "did not answer: no answer"),
    ],
)
def test_an_audit_that_could_not_ask_says_so_in_one_line_and_fails(said, complaint, why):
    (line,), passed = audit.judge(said, complaint)
    assert not passed
    assert line.startswith("audit: not done") and line.endswith(why)
