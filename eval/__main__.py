"""`python -m eval bench`: speed and memory, as ratios in one run."""

import argparse
import sys

from eval.bench import report
from index.assistant import PROBLEMS


def main() -> int:
    """Run a command; returns the exit code: 0, or 3 when the letter, the model or the index cannot be used."""
    parser = argparse.ArgumentParser(prog="python -m eval", description="Measure the assistant.")
    commands = parser.add_subparsers(required=True, metavar="bench", dest="command")
    bench = commands.add_parser("bench", help="speed and memory, as ratios in one run; takes a minute or two")
    bench.add_argument("--repeat", type=int, default=3, help="rounds of each measurement (default: %(default)s)")
    options = parser.parse_args()
    try:
        for line in report(options.repeat):
            print(line, flush=True)
    except PROBLEMS as error:
        print(f"briefwijzer: {error}", file=sys.stderr)
        return 3
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
