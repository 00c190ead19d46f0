"""`python -m index`: build the index, or check it, and print its manifest."""

import argparse
import json
import sys
from dataclasses import asdict

from tqdm import tqdm

from index.assistant import PROBLEMS, load_store


def main() -> int:
    """Build or check the index; returns the exit code: 0, or 3 when letter, model or index cannot be used."""
    argparse.ArgumentParser(
        prog="python -m index",
        description="Build the index of the letter where there is none that may be searched, and print its manifest.",
    ).parse_args()
    with tqdm(desc="embedding the letter", unit="passage", file=sys.stderr, disable=None) as bar:

        def step(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        try:
            _, _, store = load_store(say=lambda what: tqdm.write(f"briefwijzer: {what}", file=sys.stderr), step=step)
        except PROBLEMS as error:
            tqdm.write(f"briefwijzer: {error}", file=sys.stderr)
            return 3
    print(json.dumps(asdict(store.manifest), indent=2))
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
