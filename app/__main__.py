"""`python -m app`: the page; `python -m app ask "..."`: one question."""

import sys

try:
    from app.cli import main

    sys.exit(main())
except KeyboardInterrupt:  # while the rest of the program is still being imported
    sys.exit(130)
