#!/bin/sh
# Makes .venv, or brings it up to date; silent and quick when nothing changed. Called by make.
#
# .venv/ok is written last and says what the environment was made from: the Python, the lock, the
# folder (an installed project does not survive a move) and the project file. Packages come from
# requirements.lock by uv, each checked against its hash; by pip only where uv cannot be had.
set -eu
unset CDPATH
cd "$(dirname "$0")/.."
env=.venv
py=$env/bin/python

die() { echo "set-up: $1" >&2; exit 2; }

version_of() { "$1" -c 'import sys; print("%d.%d.%d" % sys.version_info[:3])' 2>/dev/null; }

supported() { case $1 in 3.11.* | 3.12.* | 3.13.*) ;; *) return 1 ;; esac; }

# Prints a supported interpreter: PYTHON if the user named one, else the first on the path.
find_python() {
    if [ -n "${PYTHON:-}" ]; then
        version=$(version_of "$PYTHON") || die "PYTHON=$PYTHON does not run"
        supported "$version" || die "Python 3.11 to 3.13 is needed, and $PYTHON is $version"
        echo "$PYTHON"
        return
    fi
    for candidate in python3 python3.13 python3.12 python3.11; do
        version=$(version_of "$candidate") && supported "$version" && echo "$candidate" && return
    done
    die "Python 3.11 to 3.13 is needed and none is on the path; install one, or name it: make PYTHON=/path/to/python3"
}

# What the environment is made from. The last line alone may change without a new environment.
state() {
    "$py" -I -S -c '
import hashlib, os, sys
digest = lambda path: hashlib.sha256(open(path, "rb").read()).hexdigest()
print("python", "%d.%d.%d" % sys.version_info[:3])
print("lock", digest("requirements.lock"))
print("folder", os.getcwd())
print("project", digest("pyproject.toml"))' 2>/dev/null
}

pip() { "$py" -m pip --disable-pip-version-check -qq "$@"; }

# The requirement of uv in the lock with its hashes; with "!", all the others.
locked_uv() { awk "/^[^ ]/ {on = ${1:-}/^uv==/} on" requirements.lock; }

# Installs uv from the lock. Fails only where there is no uv to be had; anything else, a wrong hash above all, stops.
install_uv() {
    locked_uv >"$env/uv.txt"
    if pip install --only-binary :all: --require-hashes -r "$env/uv.txt" 2>"$env/uv.log"; then
        has_uv
    elif grep -q 'No matching distribution' "$env/uv.log"; then
        return 1
    else
        cat "$env/uv.log" >&2
        die "uv was not installed, for the reason above"
    fi
}

has_uv() { "$py" -m uv --version >/dev/null 2>&1; }

install_packages() {
    if install_uv; then
        "$py" -m uv pip install --python "$py" --quiet --compile-bytecode --require-hashes -r requirements.lock
    else
        echo "set-up: uv cannot be had here; pip does the same, slower" >&2
        locked_uv ! >"$env/packages.txt"
        pip install --require-hashes -r "$env/packages.txt"
    fi || die "packages were not installed, for the reason above"
}

install_project() {
    if has_uv; then
        "$py" -m uv pip install --python "$py" --quiet --no-deps --no-build-isolation -e .
    else
        pip install --no-deps --no-build-isolation -e .
    fi || die "the project itself was not installed, for the reason above"
}

# Says so where it has to compile. Whatever keeps it from that is said too, and stops runs, not the set-up.
compile_model() {
    "$py" -m partnering warm || echo "set-up: the model was not compiled, for the reason above" >&2
}

make_environment() {
    # The interpreter behind an active .venv, which is about to go.
    base=$("$1" -c 'import sys; print(getattr(sys, "_base_executable", None) or sys.executable)')
    "$base" -c 'import ensurepip, venv' 2>/dev/null ||
        die "$1 has no venv module; on Debian and Ubuntu install python3-venv"
    echo "Making .venv with Python $(version_of "$base"); half a minute, or two without uv." >&2
    rm -rf "$env"
    "$base" -m venv "$env"
    install_packages
}

now=$(state || true)
was=$(cat "$env/ok" 2>/dev/null || true)
if [ -n "${PYTHON:-}" ]; then
    python=$(find_python)
    [ "python $(version_of "$python")" = "$(echo "$now" | head -n 1)" ] || was=
fi
[ -z "$now" ] || [ "$now" != "$was" ] || exit 0

if [ -z "$now" ] || [ "${now%project*}" != "${was%project*}" ]; then
    python=${python:-$(find_python)}
    make_environment "$python"
fi
rm -f "$env/ok"
install_project
compile_model
state >"$env/ok.new"
mv "$env/ok.new" "$env/ok"
