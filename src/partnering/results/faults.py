"""What stops a command although its inputs hold: such an error's text is the line that is said."""


class Refusal(Exception):
    """A reason to stop that has been found out; one line, which says all."""


class IdentityError(Refusal):
    """An identity does not hold."""

    def __str__(self) -> str:
        """Its name and residual."""
        return f"identity failed: {super().__str__()}"
