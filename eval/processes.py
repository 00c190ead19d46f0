"""Processes that are measured from outside: where they listen, when they are ready, how much memory they hold."""

import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

_WAIT = 180.0  # seconds for a process to come up


def free_port() -> int:
    """A port on which nothing listens just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(**settings: str) -> dict[str, str]:
    """The environment of this process, with some settings of the server changed."""
    return {**os.environ, **settings}


def wait_until(url: str, process: subprocess.Popen[bytes]) -> None:
    """Wait until an address answers 200. Raises `RuntimeError` when the process ends before, or takes too long."""
    deadline = time.perf_counter() + _WAIT
    while time.perf_counter() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.02)
    raise RuntimeError(f"{url} did not come up (exit code {process.poll()})")


def resident(process: int) -> float:
    """The memory of a process in megabytes, as Linux counts it."""
    for line in Path(f"/proc/{process}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError(f"/proc/{process}/status does not tell the resident memory")
