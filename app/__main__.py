"""`python -m app`: the page; `python -m app ask "..."`: one question."""

import sys

from app.cli import main

if __name__ == "__main__":
    sys.exit(main())
