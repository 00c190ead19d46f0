"""The house: which room may import which, and what the README says of it."""

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from eval.questions import Question
from eval.train import TRAINING

ROOT = Path(__file__).parent.parent
ROOMS = {"corpus": set(), "index": {"corpus"}, "app": {"corpus", "index"}, "eval": {"corpus", "index"}}
DOORS = {
    "gradio": ["app/page.py"],
    "sentence_transformers": ["index/embedding.py"],
    "torch": ["index/adapter.py", "eval/train.py"],
    "llama_index": ["index/embedding.py", "index/store.py", "eval/systems.py"],
    "fastapi": ["app/api.py", "app/page.py", "app/server.py"],
    "mcp": ["app/tools.py"],
    "prometheus_client": ["app/observe.py"],
    "sqlite3": ["app/feedback.py"],
}  # fmt: skip
README = (ROOT / "README.md").read_text(encoding="utf-8")


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            yield (node.module or "").split(".")[0]


def sources() -> list[Path]:
    return [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))]


def test_there_is_source_to_look_at() -> None:
    assert len(sources()) > 20


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_go_one_way(path: Path) -> None:
    room = path.relative_to(ROOT).parts[0]
    assert set(imports(path)) & ROOMS.keys() <= ROOMS[room] | {room}


def test_no_two_files_import_each_other() -> None:
    needs: dict[str, set[str]] = {}
    for path in sources():
        tree = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        froms = [node for node in tree if isinstance(node, ast.ImportFrom)]
        named = {f"{node.module}.{alias.name}" for node in froms for alias in node.names}
        needs[".".join(path.relative_to(ROOT).with_suffix("").parts)] = named | {str(node.module) for node in froms}

    def reach(module: str, seen: frozenset[str] = frozenset()) -> frozenset[str]:
        for other in needs[module] & needs.keys() - seen:
            seen = reach(other, seen | {other})
        return seen

    assert [module for module in needs if module in reach(module)] == []


@pytest.mark.parametrize("library", DOORS)
def test_a_heavy_library_has_named_doors(library: str) -> None:
    found = [str(path.relative_to(ROOT)) for path in sources() if library in set(imports(path))]
    assert found == DOORS[library]


# The README


def test_the_readme_names_every_source_file_in_it_and_no_other() -> None:
    named = set(re.findall(r"`((?:corpus|index|app|eval)/[\w/.-]+\.(?:py|js|css|j2|jsonl|md))`", README))
    there = {
        str(path.relative_to(ROOT))
        for room in ROOMS
        for path in (ROOT / room).rglob("*")
        if path.suffix in {".py", ".js", ".css", ".j2"} and path.name not in {"__init__.py", "__main__.py"}
    }
    assert named >= there
    assert all((ROOT / name).exists() for name in named)


def test_the_commands_of_the_readme_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert {"run", "test"} <= set(re.findall(r"^ *make (\w+)", README, re.MULTILINE)) <= targets
    for module in re.findall(r"python -m (\w+)", README):
        assert (ROOT / module / "__main__.py").exists(), module


def test_the_settings_of_the_readme_are_those_of_the_code() -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in sources())
    assert set(re.findall(r"BRIEFWIJZER_\w+", README)) == set(re.findall(r"BRIEFWIJZER_\w+", code))


def test_the_figures_of_the_readme_are_the_published_ones() -> None:
    titles = {
        "RIGHT: correct": "right",
        "evidence among the first five": "recall@5",
        "citations that are evidence": "citation precision",
        "quotations exact": "verbatim",
        "answered although": "answered although unanswerable",
        "declined although": "declined although answerable",
    }
    found = json.loads((ROOT / "eval/published/scores.json").read_text(encoding="utf-8"))
    test, strangers = found["test"], found["strangers"]
    columns = [test["briefwijzer"]["nl"], test["briefwijzer"]["en"], test["embedding alone"]["all"]]
    columns += [strangers["briefwijzer"]["all"], strangers["embedding alone"]["all"]]
    for title, name in titles.items():
        (row,) = re.findall(rf"^\| {title}.*$", README, re.MULTILINE)
        assert re.findall(r"\d\.\d\d", row) == [f"{column[name]['value']:.2f}" for column in columns], title


def test_the_readme_says_on_how_many_questions_the_adapter_was_trained() -> None:
    (said,) = re.findall(r"trained\s+on some ([\d,]+) questions", README)
    assert abs(int(said.replace(",", "")) / len(TRAINING.read_text(encoding="utf-8").splitlines()) - 1) < 0.05


def test_the_fields_of_a_question_are_described_one_by_one() -> None:
    text = (ROOT / "eval/README.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE) == list(Question.__dataclass_fields__)


def test_the_page_is_there_before_what_answers_is_imported() -> None:
    heavy = {"torch", "llama_index", "sentence_transformers", "transformers"}
    look = f"import sys, app.server, app.page; print({heavy} & set(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", look], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert loaded.strip() == "set()"
