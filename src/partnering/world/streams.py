"""Named streams of uniform draws: luck has an address, so nothing that is added moves anything else."""

import hashlib

import numpy as np
from numpy.typing import NDArray

BLOCK = 4096
"""Paths in a block. A stream is keyed by block, so workers and chunks take whole blocks."""

_KEY_BYTES = 16  # Philox takes a 128-bit key
_HALF_STEP = 0.5**54  # moves the uniforms off zero
_BELOW_ONE = float(np.nextafter(1.0, 0.0))  # where the highest of them would round up to one


def uniforms(seed: int, name: str, block: int, slots: int) -> NDArray[np.float64]:
    """Return uniforms in (0, 1), shape (slot, path of the block), of the stream with this name.

    A further slot appends rows and leaves the earlier ones as they were.
    """
    digest = hashlib.sha256(f"{seed}/{name}/{block}".encode()).digest()
    key = int.from_bytes(digest[:_KEY_BYTES], "little")
    drawn = np.random.Generator(np.random.Philox(key=key)).random((slots, BLOCK))
    return np.minimum(drawn + _HALF_STEP, _BELOW_ONE)
