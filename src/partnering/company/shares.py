"""Issuing shares: what a raise brings, what it costs the owners of before."""

import numpy as np
from numpy.typing import ArrayLike, NDArray


def new_shares(gross: ArrayLike, market_value: ArrayLike, shares: ArrayLike, discount: float = 0.0) -> NDArray:
    """Return the shares sold for `gross` at the market value before it less a discount, same unit as `shares`."""
    price = np.asarray(market_value) * (1 - discount) / np.asarray(shares)
    return np.asarray(gross) / price


def value_per_share(
    opening_cash: ArrayLike, flows: ArrayLike, raised: ArrayLike, shares: ArrayLike
) -> NDArray[np.float64]:
    """Return value per existing share: cash on the day, present value of the flows and of the raises, by final shares.

    Flows carry the fees of the raises; raises are gross.
    """
    return (np.asarray(opening_cash) + np.asarray(flows) + np.asarray(raised)) / np.asarray(shares)
