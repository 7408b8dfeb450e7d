"""What commands share: exit codes, where a refusal is said, and how far a long one has come."""

import sys
from collections.abc import Callable

DONE, FAULT, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130  # exit codes of the contract


def refuse(text: str) -> int:
    """Say why on stderr and return the exit code of bad input."""
    print(f"partnering: {text}", file=sys.stderr)
    return BAD_INPUT


def to_stderr(text: str) -> None:
    """Print a line of progress."""
    print(text, file=sys.stderr, flush=True)


def progress(name: str, unit: str = "block") -> Callable[[int, int], None]:
    """Return a progress bar with time left on a terminal, and nothing elsewhere."""
    from tqdm import tqdm

    bar = tqdm(desc=name, unit=unit, disable=None, leave=False)

    def show(done: int, of: int) -> None:
        """Show how much is done of how much."""
        bar.total, bar.n = of, done
        bar.refresh()
        if done == of:
            bar.close()

    return show
