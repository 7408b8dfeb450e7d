"""The command `partnering`: stdout carries results only, messages go to stderr, bad input exits with 2."""

import sys
from collections.abc import Sequence

from partnering.commands.arguments import make_parser
from partnering.commands.common import BAD_INPUT, FAULT, INTERRUPTED
from partnering.inputs import InputError


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0 done, 2 bad input or usage, 1 system fault, 130 interrupted."""
    arguments = make_parser().parse_args(argv)
    try:
        return int(arguments.handler(arguments))
    except InputError as error:
        print(*error.problems, sep="\n", file=sys.stderr)
        return BAD_INPUT
    except OSError as error:
        print(f"partnering: {error}", file=sys.stderr)
        return FAULT
    except KeyboardInterrupt:
        print("partnering: interrupted", file=sys.stderr)
        return INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
