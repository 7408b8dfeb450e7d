"""What stops a run although its inputs hold."""


class IdentityError(Exception):
    """An identity does not hold: its name and residual."""
