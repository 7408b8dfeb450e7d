"""The capped lognormal peak of a product: limited expectations, tails and parts of it, exact."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from partnering.model.draws import Luck


def limited_expectation(limit: NDArray, median: NDArray, log_sd: NDArray) -> NDArray[np.float64]:
    """Return E[min(P, limit)] of a lognormal P, exact; 0 at a limit of 0."""
    with np.errstate(divide="ignore"):  # log 0 is -inf, as it should be
        z = (np.log(limit) - np.log(median)) / log_sd
    return median * np.exp(log_sd**2 / 2) * ndtr(z - log_sd) + limit * ndtr(-z)


@dataclass(frozen=True)
class Peak:
    """The capped peak given its forecast, at each theta; arrays (class, theta, 1)."""

    median: NDArray[np.float64]
    log_sd: NDArray[np.float64]
    cap: float

    def limited(self, limit: NDArray | float = np.inf) -> NDArray[np.float64]:
        """Return E[min(peak, limit)]."""
        return limited_expectation(np.minimum(limit, self.cap), self.median, self.log_sd)

    def tail(self, least: NDArray) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return (E[peak; peak >= least], P(peak >= least)); both 0 above the cap."""
        with np.errstate(divide="ignore"):
            z = (np.log(least) - np.log(self.median)) / self.log_sd
        above = ndtr(-z) * (least <= self.cap)
        below = self.median * np.exp(self.log_sd**2 / 2) * ndtr(z - self.log_sd)
        return np.where(least <= self.cap, self.limited() - below, 0.0), above

    def parts(self, count: int) -> Iterator[NDArray[np.float64]]:
        """Yield the peak at the middle of each of a number of equally likely parts."""
        for z in ndtri((np.arange(count) + 0.5) / count):
            yield np.minimum(self.median * np.exp(self.log_sd * z), self.cap)


def peak_given(theta: Luck, forecast_z: NDArray | None) -> Peak:
    """Return the peak by class of forecast (its place among forecasts, in standard deviations), or as one class."""
    median, log_sd, share = (
        theta.each(f"sales.{name}")[:, None] for name in ("peak_median_musd", "peak_log_sd", "forecast_share")
    )
    cap = theta.scenario["sales.peak_cap_musd"]
    if forecast_z is None:
        return Peak(median[None], log_sd[None], cap)
    forecast = np.exp(np.sqrt(share) * log_sd * np.asarray(forecast_z)[:, None, None])
    return Peak(median * forecast, (np.sqrt(1 - share) * log_sd)[None], cap)
