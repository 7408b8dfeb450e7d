"""The command `partnering`: stdout carries results only, messages go to stderr, bad input exits with 2."""

import signal
import sys
from collections.abc import Sequence

# What follows takes a second: until somebody is there to say so, Ctrl-C just ends it.
if __name__ == "__main__" and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, signal.SIG_DFL)

from partnering.commands.arguments import make_parser
from partnering.commands.common import BAD_INPUT, FAULT, INTERRUPTED
from partnering.commands.process import give_up_output, open_streams, stoppable
from partnering.results.faults import say_fault


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
        print("partnering: interrupted", file=sys.stderr)
        return INTERRUPTED
    except Exception as error:
        return _fail(error)


def _fail(error: Exception) -> int:
    """Say on stderr what is wrong, a line a problem, and return the exit code."""
    from partnering.inputs import InputError  # slow to import, and a report with nothing to do reads no input

    if isinstance(error, InputError):
        print(*error.problems, sep="\n", file=sys.stderr)
        return BAD_INPUT
    print(f"partnering: {say_fault(error)}", file=sys.stderr)
    give_up_output()
    return FAULT


if __name__ == "__main__":
    sys.exit(main())
