"""The one place that compiles: the decorator, its options, and where compiled code is kept.

Code is kept in a folder named by the digest of the model, of numba, of Python and of the processor, so that an edited
callee is never served stale: numba itself looks at the file of the caller only.
"""

import hashlib
import os
import platform
import sys
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import numba
import numpy as np
from llvmlite.binding import get_host_cpu_features, get_host_cpu_name
from numba import njit

SETTINGS: Any = numba.config
TYPES: Any = numba.types

OPTIONS: dict[str, Any] = {"error_model": "numpy", "_nrt": False}
"""No exceptions for a division, no allocation: faster, and the condition for running anywhere else."""

Function = TypeVar("Function", bound=Callable[..., Any])


@cache
def kernel_digest() -> str:
    """Return sha256 over all that decides what compiled code does: model, numba, NumPy, Python and processor."""
    total = hashlib.sha256()
    here = Path(__file__).parent
    for file in (*sorted(here.glob("*.py")), here.parent / "inputs" / "lines.yaml"):
        total.update(file.name.encode() + b"\0" + hashlib.sha256(file.read_bytes()).digest())
    about = (numba.__version__, np.__version__, platform.python_version())
    total.update(repr((about, get_host_cpu_name(), get_host_cpu_features().flatten())).encode())
    return total.hexdigest()


def cache_folder() -> Path:
    """Return where compiled code is kept: below PARTNERING_CACHE if that is set, else in the environment."""
    chosen = os.environ.get("PARTNERING_CACHE")
    root = Path(chosen) if chosen else Path(sys.prefix) / "var" / "partnering"
    return root / f"kernel-{kernel_digest()[:20]}"


def make_folder() -> Path:
    """Return where compiled code is kept, made if it is not there. Raises OSError where nothing can be written."""
    folder = cache_folder()
    folder.mkdir(parents=True, exist_ok=True)
    tempfile.TemporaryFile(dir=folder).close()
    return folder


def compiled(function: Function) -> Function:
    """Return a function of the kernel, compiled with those that call it."""
    return _once(njit(**OPTIONS)(function))


def inlined(function: Function) -> Function:
    """Return a function of the kernel that becomes part of its callers: for steps of a loop with one call each."""
    return _once(njit(forceinline=True, **OPTIONS)(function))


def _once(made: Any) -> Any:
    """Have a function compiled once, not for every constant and size of whole number that it is called with."""
    if not SETTINGS.DISABLE_JIT:
        called = made.get_call_template
        made.get_call_template = lambda given, named: called(
            tuple(map(_plain, given)), {name: _plain(kind) for name, kind in named.items()}
        )
    return made


def _plain(kind: Any) -> Any:
    plain = TYPES.unliteral(kind)
    return TYPES.int64 if isinstance(plain, TYPES.Integer) else plain


def entry(function: Function) -> Function:
    """Return a function that Python calls, compiled once and kept; where it cannot be, `warm` says so."""
    keeps = not SETTINGS.DISABLE_JIT
    try:
        if keeps:
            SETTINGS.CACHE_DIR = str(make_folder())
    except OSError:
        keeps = False
    return njit(cache=keeps, **OPTIONS)(function)
