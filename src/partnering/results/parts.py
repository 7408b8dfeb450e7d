"""A block of a run as one small file that a headline can be made of, and such files joined again."""

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
    """Return what a headline asks of a block as a compressed npz; the same arrays are the same bytes."""
    arrays: Arrays = {}
    for view, results in block.views.items():
        for slug, result in results.items():
            arrays[f"programme.{view}.{slug}.all"] = result.programme
            for name in BY_KEY:
                arrays |= {f"{name}.{view}.{slug}.{key}": array for key, array in getattr(result, name).items()}
    content = io.BytesIO()
    write_arrays(arrays, content, zipfile.ZIP_DEFLATED)
    return content.getvalue()


def unpack_block(content: bytes, size: int) -> Arrays:
    """Return the arrays of a block of so many paths. Raises ValueError for what is no such file, or a damaged one."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            sound = archive.testzip() is None
        with np.load(io.BytesIO(content), allow_pickle=False) as stored:
            arrays = dict(stored)
    except Exception as error:  # a damaged archive fails in a dozen ways, none of which says more
        raise ValueError("damaged") from error
    if not sound or not arrays or any(array.shape != (size,) for array in arrays.values()):
        raise ValueError("damaged")
    return arrays


def read_part(file: Path, size: int) -> bytes | None:
    """Return the content of the file of a block of so many paths; None where there is none, or a damaged one."""
    try:
        unpack_block(content := file.read_bytes(), size)
    except (FileNotFoundError, ValueError):
        return None
    return content


def write_part(file: Path, content: bytes) -> None:
    """Write the file of a block whole or not at all."""
    made = file.with_name(f".{file.stem}-{os.getpid()}")
    made.write_bytes(content)
    os.replace(made, file)


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
