"""`python -m eval bench`: speed and memory, in one run. `python -m eval fit`: the coefficients of the confidence."""

import argparse
import sys
from collections.abc import Iterator

from index.assistant import PROBLEMS, load_assistant


def main() -> int:
    """Run a command; returns the exit code: 0, or 3 when the letter, the model or the index cannot be used."""
    parser = argparse.ArgumentParser(prog="python -m eval", description="Measure the assistant.")
    commands = parser.add_subparsers(required=True, metavar="bench | fit", dest="command")
    bench = commands.add_parser("bench", help="speed and memory, as ratios in one run; takes a minute or two")
    bench.add_argument("--repeat", type=_positive, default=3, help="rounds of each measurement (default: %(default)s)")
    commands.add_parser("fit", help="fit the coefficients of the confidence on the dev questions, and print them")
    options = parser.parse_args()
    try:
        for line in _lines(options):
            print(line, flush=True)
    except PROBLEMS as error:
        print(f"briefwijzer: {error}", file=sys.stderr)
        return 3
    return 0


def _lines(options: argparse.Namespace) -> Iterator[str]:
    # Imported by command: either brings what the other does not need.
    if options.command == "fit":
        from eval.fit import report

        return report(load_assistant())
    from eval.bench import report as measured

    return measured(options.repeat)


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of rounds: expected 1 or more")
    return int(text)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
