"""The command `partnering`: stdout carries results only, messages go to stderr, bad input exits with 2."""

import signal
import sys
from collections.abc import Sequence
from contextlib import suppress

# Until somebody is there to say so, Ctrl-C just ends it.
if __name__ == "__main__" and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, signal.SIG_DFL)

from partnering.arguments import make_parser
from partnering.process import BAD_INPUT, FAULT, INTERRUPTED, give_up_output, open_streams, say_fault, stoppable


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0 done, 2 bad input or usage, 1 system fault, 130 interrupted."""
    open_streams()
    try:
        with stoppable():
            arguments = make_parser().parse_args(argv)
            code = int(arguments.handler(arguments))
            sys.stdout.flush()
        return code
    except KeyboardInterrupt:
        return _end()
    except Exception as error:
        return _end() if _on_the_way_out(error) else _fail(error)


def _end() -> int:
    _say("partnering: interrupted")
    return INTERRUPTED


def _on_the_way_out(error: BaseException) -> bool:
    """Return whether an error came up while an interrupt was already ending the command."""
    before = error.__context__
    return before is not None and (isinstance(before, KeyboardInterrupt) or _on_the_way_out(before))


def _fail(error: Exception) -> int:
    """Say on stderr what is wrong, a line a problem, and return the exit code."""
    from partnering.inputs import InputError  # slow to import, and a report with nothing to do reads no input

    if isinstance(error, InputError):
        _say(*error.problems)
        return BAD_INPUT
    _say(f"partnering: {say_fault(error)}")
    give_up_output()
    return FAULT


def _say(*lines: object) -> None:
    """Print lines on stderr, if it is still there: a terminal may have closed."""
    with suppress(OSError):
        print(*lines, sep="\n", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
