"""Tax by hand: losses carried forward, oldest first, until they lapse."""

from collections import deque


class Clerk:
    """Losses as a tax clerk keeps them: a list of (year, amount), oldest first."""

    def __init__(self, opening: float, lasts: int) -> None:
        self.losses, self.lasts = deque([[-1, opening]]), lasts

    def tax_on(self, year: int, income: float) -> float:
        """What is left of a year's income to tax."""
        while self.losses and year - self.losses[0][0] > self.lasts:
            self.losses.popleft()
        if income <= 0:
            self.losses.append([year, -income])
            return 0.0
        while income > 0 and self.losses:
            used = min(income, self.losses[0][1])
            income -= used
            self.losses[0][1] -= used
            if self.losses[0][1] <= 0:
                self.losses.popleft()
        return income
