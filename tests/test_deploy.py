"""Served for real: behind nginx under a path of its own, as a service, in a container."""

from __future__ import annotations

import http.client
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser import ask, browser_test, free_port, wait_for, watch

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ROOT = Path(__file__).parent.parent
NGINX = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
# Missing in CI it is an error, not a reason to skip.
nginx_test = pytest.mark.skipif(NGINX is None and not os.environ.get("CI"), reason="needs Debian's nginx")

# All that nginx needs around the file that the project ships.
AROUND = """
daemon off;
pid {folder}/nginx.pid;
error_log stderr warn;
worker_processes 1;
events {{ }}
http {{
    access_log off;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{port};
        location = /favicon.ico {{ return 204; }}
        include {folder}/briefwijzer.conf;
    }}
}}
"""


@pytest.fixture(scope="module")
def behind_nginx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of nginx, with the server behind it at /brief/."""
    assert NGINX is not None
    folder = tmp_path_factory.mktemp("nginx")
    port, own = free_port(), free_port()
    shipped = (ROOT / "deploy" / "nginx.conf").read_text(encoding="utf-8")
    assert "127.0.0.1:7860/;" in shipped
    (folder / "briefwijzer.conf").write_text(shipped.replace(":7860/;", f":{own}/;"), encoding="utf-8")
    (folder / "nginx.conf").write_text(AROUND.format(folder=folder, port=port), encoding="utf-8")
    settings = {"BRIEFWIJZER_ROOT_PATH": "/brief", "BRIEFWIJZER_RATE": "40", "BRIEFWIJZER_FEEDBACK": "off"}
    serve = [sys.executable, "-m", "app", "--port", str(own)]
    with (
        subprocess.Popen(serve, stderr=subprocess.DEVNULL, env={**os.environ, **settings}) as server,
        subprocess.Popen([NGINX, "-c", str(folder / "nginx.conf"), "-p", str(folder)]) as nginx,
    ):
        try:
            wait_for(f"http://127.0.0.1:{own}/readyz", 200, server)
            wait_for(f"http://127.0.0.1:{port}/brief/readyz", 200, nginx)
            yield port
        finally:
            nginx.terminate()
            server.terminate()


@nginx_test
@browser_test
def test_behind_nginx_the_page_works_under_its_path(behind_nginx: int, browser: Browser) -> None:
    address = f"http://127.0.0.1:{behind_nginx}/brief/"
    context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="nl-NL")
    page = context.new_page()
    problems = watch(page, address, "about:", f"http://127.0.0.1:{behind_nginx}/favicon.ico")
    page.goto(address)
    page.wait_for_selector("#box textarea")
    assert "18,3 miljoen euro" in ask(page, "Wat kost de verlenging?")
    page.locator("#chat .bot a.cite").last.click()
    page.wait_for_function("CSS.highlights.size > 0")
    opened = page.url
    page.goto("about:blank")
    page.goto(opened)  # the link that somebody was sent
    page.wait_for_selector("#box textarea")
    page.get_by_role("tab", name="Hoe goed klopt het?").click()
    page.frame_locator("#report").locator("h1").wait_for()
    assert page.url.startswith(address)
    context.close()
    assert problems == []


@nginx_test
def test_nginx_passes_on_what_is_written_at_once(behind_nginx: int) -> None:
    """A page's quiet connection says one word and stays open: held back until it is full, it would never come."""
    connection = http.client.HTTPConnection("127.0.0.1", behind_nginx, timeout=10)
    connection.request("GET", "/brief/gradio_api/heartbeat/visitor")
    assert b"ALIVE" in connection.getresponse().read1(100)
    connection.close()


@nginx_test
def test_behind_nginx_a_visitor_cannot_pass_for_another(behind_nginx: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", behind_nginx, timeout=10)
    codes = []
    for number in range(60):
        connection.request("GET", "/brief/api/search?q=kosten", headers={"X-Forwarded-For": f"192.0.2.{number}"})
        reply = connection.getresponse()
        reply.read()
        codes.append(reply.status)
    connection.close()
    assert codes[0] == 200
    assert codes[-1] == 429


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd")
def test_the_service_is_one_that_systemd_understands(tmp_path: Path) -> None:
    unit = (ROOT / "deploy" / "briefwijzer.service").read_text(encoding="utf-8")
    installed = tmp_path / "briefwijzer.service"
    installed.write_text(unit.replace("/opt/briefwijzer/.venv/bin/python", sys.executable), encoding="utf-8")
    done = subprocess.run(
        ["systemd-analyze", "verify", str(installed)], capture_output=True, text=True, check=False, timeout=60
    )
    assert [line for line in done.stderr.splitlines() if "briefwijzer" in line] == []


def test_what_service_and_container_name_is_there() -> None:
    service = (ROOT / "deploy" / "briefwijzer.service").read_text(encoding="utf-8")
    container = (ROOT / "Containerfile").read_text(encoding="utf-8")
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    settings = re.findall(
        r'said\("(BRIEFWIJZER_\w+)"\)|_number\("(BRIEFWIJZER_\w+)"', (ROOT / "app/settings.py").read_text()
    )
    known = {name for pair in settings for name in pair if name}
    assert {*re.findall(r"BRIEFWIJZER_\w+", service + container)} <= known | {"BRIEFWIJZER_FEEDBACK"}
    assert {*re.findall(r"make (\w+)", service + container)} - {"install"} <= {*targets}
    assert "install" in targets
    for copied in re.findall(r"^COPY (?!--from)(.*) \./$", container, re.MULTILINE):
        assert all(list(ROOT.glob(name)) for name in copied.split())
    last = container.split("FROM ")[-1]
    assert "\nUSER briefwijzer\n" in last
    assert last.index("USER") < last.index("CMD")


def test_a_container_leaves_out_what_it_has_no_use_for() -> None:
    left_out = (ROOT / ".containerignore").read_text(encoding="utf-8").split("\n")
    assert {".git", ".venv*", "runs", "tests"} <= {*left_out}
