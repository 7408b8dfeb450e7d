"""The one place that compiles: the decorator, its options, and where compiled code is kept.

Code is kept in a folder named by the digest of the model, of numba, of Python and of the processor, so that an edited
callee is never served stale: numba itself looks at the file of the caller only.
"""

import hashlib
import os
import platform
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import llvmlite.binding
import numba
import numpy as np
from numba import njit

OPTIONS = {"error_model": "numpy", "_nrt": False}
"""No exceptions for a division, no allocation: faster, and the condition for running anywhere else."""

Function = TypeVar("Function", bound=Callable[..., Any])


def kernel_digest() -> str:
    """Return sha256 over all that decides what compiled code does: model, numba, NumPy, Python and processor."""
    total = hashlib.sha256()
    for file in sorted(Path(__file__).parent.glob("*.py")):
        total.update(file.name.encode() + b"\0" + hashlib.sha256(file.read_bytes()).digest())
    about = (numba.__version__, np.__version__, platform.python_version(), llvmlite.binding.get_host_cpu_name())
    total.update(repr(about).encode())
    return total.hexdigest()


def cache_folder() -> Path:
    """Return where compiled code is kept: below PARTNERING_CACHE if that is set, else in the environment."""
    chosen = os.environ.get("PARTNERING_CACHE")
    root = Path(chosen) if chosen else Path(sys.prefix) / "var" / "partnering"
    return root / f"kernel-{kernel_digest()[:20]}"


def compiled(function: Function) -> Function:
    """Return a function of the kernel, compiled with those that call it."""
    return njit(**OPTIONS)(function)


def entry(function: Function) -> Function:
    """Return a function that Python calls, compiled once and kept."""
    numba.config.CACHE_DIR = str(cache_folder())
    return njit(cache=True, **OPTIONS)(function)
