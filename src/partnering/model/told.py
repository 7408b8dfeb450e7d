"""What management and the market saw in a quarter, kept of the first paths."""

TOLD = ("going_on", "winding_down", "need", "market_value", "new_shares", "paused", "closing_cash")

GOING_ON, WINDING_DOWN, NEED, MARKET_VALUE, NEW_SHARES, PAUSED, CLOSING_CASH = range(7)
