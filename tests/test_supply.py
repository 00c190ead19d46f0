"""What the project is made of: every package locked with its sums, needed, used, and under a licence that fits."""

import re
import tomllib
from importlib.metadata import Distribution, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.supply import (
    BY_HAND,
    DEVELOPMENT,
    ROOT,
    RUNTIME,
    is_free,
    licence,
    listing,
    locked,
    normal,
    size,
)
from tests.test_structure import imports

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
WANTED = {
    RUNTIME: [Requirement(one) for one in PROJECT["project"]["dependencies"]],
    DEVELOPMENT: [Requirement(one) for one in PROJECT["dependency-groups"]["dev"]],
}
ALL = {**locked(*RUNTIME), **locked(*DEVELOPMENT)}


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


# The lock


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_every_locked_version_has_its_sums_and_nothing_else_stands_there(name: str) -> None:
    lines = [line for line in read(name).splitlines() if not line.startswith("#")]
    entry = r"[a-z0-9-]+==[a-z0-9.]+( \\\n    --hash=sha256:[0-9a-f]{64})+"
    assert re.fullmatch(rf"({entry}\n)+", "\n".join(lines) + "\n")


def test_torch_alone_is_pinned_by_its_number_and_pyproject_pins_the_same() -> None:
    (pin,) = [line for line in read("requirements-torch.txt").splitlines() if not line.startswith("#")]
    assert re.fullmatch(r"torch==[0-9.]+", pin)
    assert pin in PROJECT["project"]["dependencies"]
    assert "torch" not in {**locked("requirements.txt"), **locked(*DEVELOPMENT)}


def test_no_package_is_locked_twice() -> None:
    assert not locked(*RUNTIME).keys() & locked(*DEVELOPMENT).keys()


@pytest.mark.parametrize("files", [RUNTIME, RUNTIME + DEVELOPMENT], ids=["runtime", "development"])
def test_what_pyproject_asks_for_is_what_is_locked(files: tuple[str, ...]) -> None:
    wanted = WANTED[RUNTIME] + (WANTED[DEVELOPMENT] if files != RUNTIME else [])
    pins = locked(*files)
    assert [one for one in wanted if not one.specifier.contains(pins[normal(one.name)])] == []


@pytest.mark.parametrize("files", [RUNTIME, RUNTIME + DEVELOPMENT], ids=["runtime", "development"])
def test_every_locked_package_is_needed_by_one_that_pyproject_names(files: tuple[str, ...]) -> None:
    waiting = [*WANTED[RUNTIME], *(WANTED[DEVELOPMENT] if files != RUNTIME else [])]
    reached: set[tuple[str, str]] = set()
    while waiting:
        one = waiting.pop()
        for extra in ("", *one.extras):
            if normal(one.name) in ALL and (found := (normal(one.name), extra)) not in reached:
                reached.add(found)
                requires = map(Requirement, distribution(one.name).requires or [])
                waiting += [need for need in requires if not need.marker or need.marker.evaluate({"extra": extra})]
    assert locked(*files).keys() == {name for name, _ in reached}


def test_what_is_installed_is_what_is_locked() -> None:
    installed = {name: distribution(name).version.split("+")[0] for name in ALL}
    assert installed == ALL


def test_the_readme_counts_the_packages() -> None:
    assert f"\n{len(locked(*RUNTIME))} packages to run and {len(locked(*DEVELOPMENT))} more" in read("README.md")


# What is used. deptry, in `make test`, does the same for what the shipped code imports.


def test_every_dependency_for_development_is_used() -> None:
    tools = {
        "ruff": ("Makefile", ".venv/bin/ruff check"),
        "deptry": ("Makefile", ".venv/bin/deptry"),
        "mypy": ("Makefile", ".venv/bin/mypy"),
        "pytest-socket": ("pyproject.toml", "--disable-socket"),
        "pytest-timeout": ("pyproject.toml", "\ntimeout = "),
    }
    paths = [*(ROOT / "tests").glob("*.py"), *(ROOT / "eval").glob("*.py")]
    imported = {name for path in paths for name in imports(path)}
    for name in (one.name for one in WANTED[DEVELOPMENT]):
        file, words = tools.get(name, ("", ""))
        assert words in read(file) if file else name.replace("-", "_") in imported, name


# Licences


def test_the_list_of_licences_is_what_the_command_writes() -> None:
    assert read("LICENSES.md") == "".join(listing()), "make licences"


def test_the_list_of_licences_has_every_locked_package_and_each_licence_fits() -> None:
    runtime, development = read("LICENSES.md").split("\n## Runtime")[1].split("\n## Development")
    row = re.compile(r"^\| ([a-z0-9-]+) \| (\d[\w.]*) \| ([^|]+) \| [^|]* \|$", re.MULTILINE)
    for text, files in ((runtime, RUNTIME), (development, DEVELOPMENT)):
        found = row.findall(text)
        assert {name: version for name, version, _ in found} == locked(*files)
        assert [entry for entry in found if not is_free(entry[2])] == []


def test_no_licence_is_read_by_hand_for_a_package_that_is_gone() -> None:
    assert BY_HAND.keys() <= ALL.keys()


@pytest.mark.parametrize(
    ("expression", "fit"),
    [
        ("MIT", True),
        ("MPL-2.0 AND (Apache-2.0 OR MIT)", True),
        ("MIT OR GPL-3.0-only", True),
        ("GPL-3.0-only", False),
        ("MIT AND GPL-3.0-only", False),
        ("MIT AND (GPL-3.0-only OR AGPL-3.0-only)", False),
        ("", False),
    ],
)
def test_an_expression_fits_if_each_part_leaves_a_fit_choice(expression: str, fit: bool) -> None:
    assert is_free(expression) is fit


def package(folder: Path, *fields: str) -> Distribution:
    info = folder / "thing-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("\n".join(["Metadata-Version: 2.4", "Name: thing", "Version: 1.0", *fields, "", ""]))
    return Distribution.at(info)


MIT = "Classifier: License :: OSI Approved :: MIT License"


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (["License-Expression: BSD-3-Clause", MIT], "BSD-3-Clause"),
        (["License: Apache 2.0", MIT], "Apache-2.0"),
        (["License: MIT License", " ", " Copyright (c) somebody"], "MIT"),
        ([MIT], "MIT"),
        ([MIT, "Classifier: License :: OSI Approved :: Mozilla Public License 2.0 (MPL 2.0)"], "MIT AND MPL-2.0"),
    ],
)
def test_a_licence_is_read_from_the_most_exact_field(tmp_path: Path, fields: list[str], expected: str) -> None:
    assert licence(package(tmp_path, *fields)) == (expected, "")


@pytest.mark.parametrize(
    "fields",
    [
        [],
        ["License: BSD"],
        ["License-Expression: GPL-3.0-only", MIT],
        ["License: Our own", MIT],
        [MIT, "Classifier: License :: OSI Approved :: GNU General Public License v3 (GPLv3)"],
    ],
)
def test_a_licence_that_is_not_known_to_fit_has_to_be_read_by_somebody(tmp_path: Path, fields: list[str]) -> None:
    with pytest.raises(LookupError, match=r"^thing: .*BY_HAND$"):
        licence(package(tmp_path, *fields))


def test_a_size_is_the_sum_of_the_files_that_are_there(tmp_path: Path) -> None:
    thing = package(tmp_path)
    (tmp_path / "thing.py").write_bytes(b"x" * 10)
    (tmp_path / "thing.pyc").write_bytes(b"x" * 5)
    (tmp_path / "thing-1.0.dist-info/RECORD").write_text("thing.py,,\nthing.pyc,,\ngone.py,,\n")
    assert size(thing) == (15, 5)
