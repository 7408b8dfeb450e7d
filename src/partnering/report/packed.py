"""A term sheet as bytes inside a page: arrays one after the other, means in full, the sample in single precision.

Terms that pay in few futures are kept as the futures in which they do; terms that pay the same in all of them as means.
"""

import base64
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from partnering.analysis.termsheet import TermSheet

SINGLE = np.float32
Layout = list[tuple[str, str, tuple[int, ...], int]]
"""Name, type, shape and first byte of each array; the widest types first, so that every array begins where it may."""


def pack(sheet: TermSheet) -> tuple[Layout, str]:
    """Return how the arrays lie, and their bytes in base 64."""
    arrays = _arrays(sheet)
    order = sorted(arrays, key=lambda name: -arrays[name].dtype.itemsize)
    layout: Layout = []
    total = b""
    for name in order:
        array = np.ascontiguousarray(arrays[name]).astype(arrays[name].dtype.newbyteorder("<"))
        layout.append((name, array.dtype.name, array.shape, len(total)))
        total += array.tobytes()
    return layout, base64.b64encode(total).decode()


def unpack(layout: Layout, text: str) -> dict[str, NDArray]:
    """Return the arrays of a page by name."""
    total = base64.b64decode(text)
    return {
        name: np.frombuffer(total, np.dtype(kind).newbyteorder("<"), int(np.prod(shape)), first).reshape(shape)
        for name, kind, shape, first in layout
    }


def _arrays(sheet: TermSheet) -> dict[str, NDArray]:
    """Return what a page carries: `gap` is what the company has of a term and the partner does not pay."""
    flat = _is_flat(sheet)
    company, gap = sheet.sample_company, sheet.sample_company + sheet.sample_partner
    return {
        "company": sheet.company,
        "partner": sheet.partner,
        "others": sheet.others,
        "company_error": _upper(sheet.company_error).astype(SINGLE),
        "partner_error": _upper(sheet.partner_error).astype(SINGLE),
        "rest_company": company[:, :, 0].astype(SINGLE),
        "rest_partner": sheet.sample_partner[:, :, 0].astype(SINGLE),
        "sample_others": sheet.sample_others.astype(SINGLE),
        **_sparse("entry", company[:, :, 1:], flat),
        **_sparse("gap", gap[:, :, 1:], flat),
        "flat": flat.astype(np.uint8),
        "taken": sheet.taken.astype(np.uint8),
    }


def _is_flat(sheet: TermSheet) -> NDArray[np.bool_]:
    """Return which terms pay the same in all futures, by number of extensions, shape (extensions, term)."""
    known = sheet.sample_company[:, :, 1:], sheet.sample_partner[:, :, 1:]
    means = sheet.company[1:, :, 1:], sheet.partner[1:, :, 1:]
    same = [
        np.isclose(sample, mean[..., None], rtol=1e-9, atol=1e-12) for sample, mean in zip(known, means, strict=True)
    ]
    return np.all(same, axis=(0, 2, 4))


def _upper(covariance: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the upper triangle of matrices, row by row, with both halves of what lies off the diagonal."""
    rows, columns = np.triu_indices(covariance.shape[-1])
    return covariance[..., rows, columns] * np.where(rows == columns, 1, 2)


def _sparse(name: str, values: NDArray[np.float64], flat: NDArray[np.bool_]) -> dict[str, NDArray]:
    """Return the futures in which terms pay and what: how many by (extensions, term), which, and (rate, entry)."""
    count, futures, paid = np.zeros(flat.shape, dtype=np.uint32), [], []
    for place in np.ndindex(flat.shape):
        extensions, term = place
        mine = values[extensions, :, term]
        pays = np.flatnonzero((mine.astype(SINGLE) != 0).any(axis=0) & (not flat[place]))
        count[place] = len(pays)
        futures.append(pays.astype(np.uint16))
        paid.append(mine[:, pays].astype(SINGLE))
    return {
        f"{name}_count": count,
        f"{name}_future": np.concatenate(futures),
        f"{name}_paid": np.concatenate(paid, axis=1),
    }


def sheet_of(arrays: Mapping[str, NDArray], like: TermSheet) -> TermSheet:
    """Return the term sheet that a page carries: names and rates are those of the sheet it was packed from."""
    company = _dense(arrays, "entry", arrays["company"], arrays["rest_company"])
    gap = _dense(arrays, "gap", arrays["company"] + arrays["partner"], np.zeros_like(arrays["rest_company"]))
    partner = gap - company
    partner[:, :, 0] = arrays["rest_partner"]
    return replace(
        like,
        company=arrays["company"],
        partner=arrays["partner"],
        others=arrays["others"],
        company_error=_whole(arrays["company_error"], like.company_error.shape[-1]),
        partner_error=_whole(arrays["partner_error"], like.partner_error.shape[-1]),
        taken=arrays["taken"].astype(np.int64),
        sample_company=company,
        sample_partner=partner,
        sample_others=arrays["sample_others"].astype(float),
    )


def _dense(arrays: Mapping[str, NDArray], name: str, mean: NDArray, rest: NDArray) -> NDArray[np.float64]:
    """Return a sample with all its futures, (extensions, rate, part, future)."""
    flat, count = arrays["flat"].astype(bool), arrays[f"{name}_count"]
    found = np.zeros((*rest.shape[:2], flat.shape[1] + 1, rest.shape[2]))
    found[:, :, 0] = rest
    first = 0
    for extensions, term in np.ndindex(flat.shape):
        last = first + int(count[extensions, term])
        if flat[extensions, term]:
            found[extensions, :, term + 1] = mean[extensions + 1, :, term + 1, None]
        futures = arrays[f"{name}_future"][first:last]
        found[extensions, :, term + 1, futures] = arrays[f"{name}_paid"][:, first:last].T
        first = last
    return found


def _whole(upper: NDArray, size: int) -> NDArray[np.float64]:
    """Return a matrix whose products with weights are those of its upper triangle."""
    rows, columns = np.triu_indices(size)
    found = np.zeros((*upper.shape[:-1], size, size))
    found[..., rows, columns] = upper
    return found
