"""The promises of the set-up: a lock that says everything, a clean tree, and messages of one line."""

import os
import platform
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
SETUP_FILES = ("Makefile", ".ci/setup.sh", "requirements.lock", "pyproject.toml")


def run(*command, cwd=ROOT, **variables):
    """Return the finished command, outside the make and git that may have started these tests."""
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("MAKE", "MFLAGS", "GIT_", "PYTHON"))}
    tool = shutil.which(command[0])
    if tool is None:
        (pytest.fail if os.environ.get("REQUIRE_TOOLS") else pytest.skip)(f"{command[0]} is not installed")
    return subprocess.run([tool, *command[1:]], cwd=cwd, env=inherited | variables, capture_output=True, text=True)


def names_of(requirements):
    return {re.match(r"[\w.-]+", requirement).group() for requirement in requirements}


# --- the lock -----------------------------------------------------------------------------------------------------


def test_the_lock_names_no_address():
    found = re.findall(r"^.*(?:://|-index|find-links|trusted-host| @ ).*$", LOCK, re.MULTILINE)
    assert found == []


def test_every_package_of_the_lock_is_pinned_and_has_a_hash():
    packages = re.split(r"^(?=[^\s#])", LOCK, flags=re.MULTILINE)[1:]
    bare = [p.splitlines()[0] for p in packages if not re.match(r"[\w.-]+==\S+ .*\n    --hash=sha256:[0-9a-f]{64}", p)]
    assert packages
    assert bare == []


def test_the_lock_holds_every_declared_package():
    extras = PROJECT["project"]["optional-dependencies"]
    declared = names_of([*PROJECT["project"]["dependencies"], *(name for extra in extras.values() for name in extra)])
    locked = set(re.findall(r"^([\w.-]+)==", LOCK, re.MULTILINE))
    assert {name.replace(".", "-") for name in declared} - locked == set()
    assert names_of(PROJECT["build-system"]["requires"]) <= set(extras["build"])


# --- the tree -----------------------------------------------------------------------------------------------------


def test_git_ignores_what_is_built_and_nothing_else(tmp_path):
    shutil.copy(ROOT / ".gitignore", tmp_path)
    run("git", "init", "-q", cwd=tmp_path)
    built = [
        ".venv/ok",
        "build/runs/base/manifest.json",
        "reports/index.html",
        "reports/draft/base.html",
        "src/partnering/__pycache__/clock.pyc",
        "notebooks/.ipynb_checkpoints/story.ipynb",
        ".pytest_cache/README.md",
        ".ruff_cache/x",
        ".mypy_cache/x",
        ".hypothesis/x",
    ]
    kept = ["reports/README.md", "reports/preview.png", "params/base.yaml", "notebooks/story.ipynb", ".ci/run"]
    ignored = run("git", "-c", "core.excludesFile=", "check-ignore", *built, *kept, cwd=tmp_path)
    assert ignored.stdout.splitlines() == built


def test_no_file_names_a_place_on_this_machine():
    listed = run("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    if listed.returncode:
        pytest.skip("not a git checkout")
    places = {ROOT, ROOT.parent, Path.home()} - {Path(ROOT.anchor)}
    pattern = re.compile("|".join(rf"(?<![\w.]){re.escape(str(place))}/" for place in places).encode())
    files = [ROOT / name for name in listed.stdout.split("\0") if name]
    assert [f.relative_to(ROOT).as_posix() for f in files if f.is_file() and pattern.search(f.read_bytes())] == []


# --- make ---------------------------------------------------------------------------------------------------------


def test_make_alone_lists_every_target():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    public = re.findall(r"^([a-z]+):", makefile, re.MULTILINE)
    listed = re.findall(r"^  make (\w+) +\S", run("make").stdout, re.MULTILINE)
    assert listed == public
    assert {"help", "report", "scenario", "test", "check", "bench", "lab", "clean", "lock"} <= set(public)
    assert run("make", "help").stdout == run("make").stdout


@pytest.mark.parametrize("variables", [{}, {"NAME": "a-computer"}], ids=["unset", "set by the system"])
def test_make_scenario_without_a_name_says_so_in_one_line(variables):
    finished = run("make", "scenario", **variables)
    assert finished.returncode == 2
    assert finished.stdout == ""
    assert len(finished.stderr.splitlines()) == 1
    assert "NAME" in finished.stderr


# --- making the environment, with a stand-in for Python that installs nothing and notes what it was asked to do -------

STAND_IN = r"""#!/bin/sh
log() { echo "$1" >>asked; }
case "$*" in
*_base_executable*) echo "$0" ;;
*hashlib*) exec "$STAND_IN_FOR" "$@" ;;
*sys.version_info*) echo "$STAND_IN_VERSION" ;;
*ensurepip*) [ -z "$STAND_IN_NO_VENV" ] ;;
"-m venv "*) log venv; mkdir -p .venv/bin; cp "$0" .venv/bin/python ;;
"-m uv --version") [ -z "$STAND_IN_UV_ERROR" ] ;;
"-m uv pip install "*requirements.lock) log "packages by uv"; [ -z "$STAND_IN_PACKAGE_ERROR" ] || exit 1 ;;
"-m uv pip install "*"-e .") log "project by uv" ;;
"-m pip "*uv.txt) log "uv"; echo "$STAND_IN_UV_ERROR" >&2; [ -z "$STAND_IN_UV_ERROR" ] ;;
"-m pip "*packages.txt) log "packages by pip"; cmp -s .venv/packages.txt lock-without-uv ;;
"-m pip "*"-e .") log "project by pip" ;;
"-m partnering warm") log model ;;
*) echo "unexpected: $*" >&2; exit 9 ;;
esac
"""
WELL_BEHAVED = {"FOR": sys.executable, "NO_VENV": "", "UV_ERROR": "", "PACKAGE_ERROR": ""}
THIS_VERSION = platform.python_version()
BY_UV = ["venv", "uv", "packages by uv", "project by uv", "model"]
BY_PIP = ["venv", "uv", "packages by pip", "project by pip", "model"]


@pytest.fixture
def set_up(tmp_path):
    """Return a function that sets up a copy of the project, in a folder with a space, with a stand-in for Python."""
    copy = tmp_path / "a b"
    for name in SETUP_FILES:
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, copy / name)
    (copy / "lock-without-uv").write_text(re.sub(r"^uv==(?:.*\n)(?: .*\n)*", "", LOCK, flags=re.MULTILINE))
    python = copy / "stand in"
    python.write_text(STAND_IN)
    python.chmod(0o755)

    def call(version=THIS_VERSION, command=("sh", ".ci/setup.sh"), **behaviour):
        (copy / "asked").write_text("")
        behaviour = WELL_BEHAVED | {"VERSION": version} | behaviour
        variables = {f"STAND_IN_{name}": value for name, value in behaviour.items()}
        finished = run(*command, cwd=copy, PYTHON=str(python), **variables)
        return finished, (copy / "asked").read_text().splitlines()

    call.folder = copy
    return call


@pytest.mark.parametrize("version", ["3.9.18", "3.10.13", "3.14.0"])
def test_an_unsupported_python_is_refused_in_one_line(set_up, version):
    assert PROJECT["project"]["requires-python"] == ">=3.11,<3.14"
    finished, asked = set_up(version)
    assert finished.returncode == 2
    assert asked == []
    (line,) = finished.stderr.splitlines()
    assert version in line
    assert "Python 3.11 to 3.13 is needed" in line


def test_a_python_without_venv_is_refused_in_one_line(set_up):
    finished, asked = set_up(NO_VENV="1")
    assert (finished.returncode, asked) == (2, [])
    (line,) = finished.stderr.splitlines()
    assert "install python3-venv" in line


@pytest.mark.parametrize("version", ["3.11.0", "3.12.1", "3.13.9"])
def test_set_up_takes_uv(set_up, version):
    finished, asked = set_up(version)
    assert (finished.returncode, asked) == (0, BY_UV)


def test_set_up_takes_pip_only_where_there_is_no_uv(set_up):
    finished, asked = set_up(UV_ERROR="ERROR: No matching distribution found for uv")
    assert (finished.returncode, asked) == (0, BY_PIP)


def test_a_wrong_hash_stops_the_set_up(set_up):
    message = "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE."
    finished, asked = set_up(UV_ERROR=message)
    assert (finished.returncode, asked) == (2, BY_UV[:2])
    assert message in finished.stderr
    finished, asked = set_up(PACKAGE_ERROR="1")
    assert (finished.returncode, asked) == (2, BY_UV[:3])
    assert not (set_up.folder / ".venv/ok").exists()


def test_only_what_changed_is_made_again(set_up):
    set_up()
    finished, asked = set_up(command=("make", ".venv/ok"))
    assert (finished.stdout, finished.stderr, asked) == ("", "", [])
    with (set_up.folder / "pyproject.toml").open("a") as file:
        file.write("# changed\n")
    assert set_up()[1] == BY_UV[-2:]
    with (set_up.folder / "requirements.lock").open("a") as file:
        file.write("# changed\n")
    assert set_up()[1] == BY_UV
    assert set_up()[1] == []
