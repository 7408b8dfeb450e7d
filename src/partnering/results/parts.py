"""A block of a run as one small file that a headline can be made of, and such files joined again."""

import hashlib
import io
import os
import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from partnering.inputs.scenario import Scenario
from partnering.results.measure import StrategyResult
from partnering.results.simulate import Run, Task
from partnering.results.store import write_arrays
from partnering.world.candidates import Reach

Arrays = dict[str, NDArray]
BY_KEY = ("npv", "counts", "company")
"""What a headline asks of a result beside the programme's value: arrays by path, by some key."""


def pack_block(block: Run) -> bytes:
    """Return what a headline asks of a block as a compressed npz, and its digest: the same arrays, the same bytes."""
    arrays: Arrays = {}
    for view, results in block.views.items():
        for slug, result in results.items():
            arrays[f"programme.{view}.{slug}.all"] = result.programme
            for name in BY_KEY:
                arrays |= {f"{name}.{view}.{slug}.{key}": array for key, array in getattr(result, name).items()}
    content = io.BytesIO()
    write_arrays(arrays, content, zipfile.ZIP_DEFLATED)
    return content.getvalue() + hashlib.sha256(content.getvalue()).digest()


def unpack_block(content: bytes) -> Arrays:
    """Return the arrays of a block by name. Raises ValueError for what has another digest than it says."""
    place = len(content) - hashlib.sha256().digest_size
    if hashlib.sha256(content[:place]).digest() != content[place:]:
        raise ValueError("damaged")
    with np.load(io.BytesIO(content[:place]), allow_pickle=False) as stored:
        return dict(stored)


def read_part(file: Path) -> bytes | None:
    """Return the content of the file of a block; None where there is none, or a damaged one."""
    try:
        unpack_block(content := file.read_bytes())
    except (FileNotFoundError, ValueError):
        return None
    return content


def write_part(file: Path, content: bytes) -> None:
    """Write the file of a block whole or not at all."""
    made = file.with_name(f".{file.stem}-{os.getpid()}")
    try:
        made.write_bytes(content)
        made.replace(file)
    finally:
        made.unlink(missing_ok=True)


def join_blocks(scenario: Scenario, seed: int, blocks: Sequence[Arrays]) -> Run:
    """Return the run of a scenario as far as a headline asks: its arrays by path, blocks in order."""
    joined = {name: np.concatenate([block[name] for block in blocks]) for name in blocks[0]}
    views: dict[str, dict[str, StrategyResult]] = {}
    for name, array in joined.items():
        kept, view, slug, key = name.split(".")
        results = views.setdefault(view, {})
        if slug not in results:
            results[slug] = StrategyResult({}, array, {}, {}, {}, {}, {}, {}, [], np.empty((0, 0, 0)))
        if kept in BY_KEY:
            getattr(results[slug], kept)[key] = array
    paths = len(next(iter(joined.values())))
    return Run(Task(scenario, seed, paths, 0, (), (), Reach(0, 0)), views, {}, [])
