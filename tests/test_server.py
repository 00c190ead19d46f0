"""The server for programs and behind a proxy: who comes in, how often, what it tells, how it stops."""

from __future__ import annotations

import asyncio
import base64
import concurrent.futures
import io
import json
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import uvicorn
from jsonschema import Draft202012Validator, ValidationError
from starlette.testclient import TestClient

from app.api import schema
from app.desk import Desk, Refusal
from app.frame import announcement
from app.gate import MOST_BODY, Gate, Rate
from app.observe import Observer
from app.server import for_programs
from app.sessions import Sessions, new_cookie, read, session_of, visitor
from app.settings import Settings, SettingsError
from app.warmup import Warmup
from corpus.letter import Letter, load_letter
from eval.questions import QUESTIONS, load_questions
from index.answer import Answer
from index.wording import MAX_QUESTION
from tests.browser import free_port

if TYPE_CHECKING:
    from index.assistant import Assistant

QUESTION = "Wat kost de verlenging?"


def warm(assistant: Assistant) -> Warmup:
    warmup = Warmup(assistant=assistant)
    warmup._over.set()
    return warmup


def application(warmup: Warmup, settings: Settings) -> Gate:
    """The server without its page, which has tests of its own."""
    observer = Observer(settings.log)
    letter = load_letter()
    return Gate(for_programs(letter, Desk(warmup, settings, observer), observer), settings, observer)


def opened(warmup: Warmup, **settings: Any) -> TestClient:
    return TestClient(application(warmup, Settings(**settings)), base_url="http://127.0.0.1")


@pytest.fixture(scope="module")
def client(assistant: Assistant) -> Iterator[TestClient]:
    with opened(warm(assistant), rate=0) as each:
        yield each


# Settings


def test_without_an_environment_the_server_is_open_to_this_machine_alone() -> None:
    settings = Settings.of({})
    assert (settings.host, settings.port, settings.user, settings.log) == ("127.0.0.1", 7860, "", "off")


@pytest.mark.parametrize(
    ("environment", "complaint"),
    [
        ({"BRIEFWIJZER_PORT": "http"}, "BRIEFWIJZER_PORT='http' is no number from 1 to 65535"),
        ({"BRIEFWIJZER_PORT": "٣"}, "is no number"),
        ({"BRIEFWIJZER_RATE": "-1"}, "is no number from 0"),
        ({"BRIEFWIJZER_WAITING": "0"}, "is no number from 1"),
        ({"BRIEFWIJZER_LOG": "loud"}, "is none of off, requests, questions"),
        ({"BRIEFWIJZER_USER": "eva"}, "go together"),
        ({"BRIEFWIJZER_PASSWORD": "secret"}, "go together"),
    ],
)
def test_a_setting_that_makes_no_sense_is_named(environment: dict[str, str], complaint: str) -> None:
    with pytest.raises(SettingsError, match=re.escape(complaint)):
        Settings.of(environment)


def test_a_password_is_not_shown_with_the_settings() -> None:
    assert "secret" not in repr(Settings.of({"BRIEFWIJZER_USER": "eva", "BRIEFWIJZER_PASSWORD": "secret"}))


# For programs


def test_a_question_over_http_gets_the_answer_that_the_command_line_gets(
    client: TestClient, assistant: Assistant
) -> None:
    given = client.post("/api/ask", json={"question": QUESTION}).json()
    same = {"id": given["id"], "seconds": given["seconds"]}
    assert given == {**assistant.ask(QUESTION).as_json(), **same}


def test_a_follow_up_over_http_leans_on_its_history(client: TestClient) -> None:
    asked = {
        "question": "En dat van UNITAD?",
        "history": ["Tot wanneer loopt het mandaat van UNAMI?"],
        "language": "en",
    }
    given = client.post("/api/ask", json=asked).json()
    assert "UNITAD" in given["citations"][0]["quote"]
    assert given["language"] == "en"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"\xff",
        b'{"question": 1}',
        b'{"question": "x", "history": "y"}',
        b'{"question": "x", "language": "fr"}',
        b'{"question": "x", "more": 1}',
        json.dumps({"question": "x", "history": ["y"] * 41}).encode(),
    ],
)
def test_what_is_no_question_is_refused_with_a_reason(client: TestClient, body: bytes) -> None:
    refused = client.post("/api/ask", content=body, headers={"content-type": "application/json"})
    assert refused.status_code in (400, 422)
    assert refused.json()["detail"]


def test_half_characters_and_thousands_of_them_are_answered_in_good_form(client: TestClient) -> None:
    for question in ("\\ud800 kosten?", "x" * 20_000, "", "\\u0000"):
        body = f'{{"question": "{question}"}}'.encode()
        given = client.post("/api/ask", content=body, headers={"content-type": "application/json"})
        assert given.status_code == 200
        Draft202012Validator(schema()).validate(given.json())


def test_what_is_refused_is_not_sent_back(client: TestClient) -> None:
    for body in (b'{"question": ["\\ud83d"]}', b'{"question": "x", "more \\ud83d": 1}'):
        refused = client.post("/api/ask", content=body, headers={"content-type": "application/json"})
        assert refused.status_code == 422
        assert all(one.keys() == {"type", "loc", "msg"} for one in refused.json()["detail"])


def test_a_search_is_no_longer_than_a_question(client: TestClient) -> None:
    long = " ".join(f"w{number}?" for number in range(MAX_QUESTION))
    assert client.get("/api/search", params={"q": long}).status_code == 422
    fits = client.get("/api/search", params={"q": long[:MAX_QUESTION]})
    assert len(fits.json()["passages"]) == 5


def test_search_gives_the_nearest_passages_whether_they_answer_or_not(client: TestClient) -> None:
    found = client.get("/api/search", params={"q": "Hoeveel geld?", "limit": 3}).json()["passages"]
    assert [passage["number"] for passage in found] == [1, 2, 3]
    assert "euro" in found[0]["quote"]
    assert client.get("/api/search", params={"q": "x", "limit": 0}).status_code == 422


def test_answers_of_every_status_have_the_published_form(assistant: Assistant) -> None:
    Draft202012Validator.check_schema(schema())
    validator = Draft202012Validator(schema())
    questions = [question for question in load_questions(QUESTIONS, assistant.letter) if question.split == "dev"][::9]
    asked = [*(question.question for question in questions), "Hallo", "", "Vat de brief samen"]
    answers = [json.loads(json.dumps(assistant.ask(question).as_json())) for question in asked]
    for answer in answers:
        validator.validate(answer)
    assert {answer["status"] for answer in answers} == {"answered", "not_in_letter", "unclear"}


@pytest.mark.parametrize(
    "change",
    [{"status": "maybe"}, {"citations": []}, {"more": 1}, {"schema": 2}, {"language": "de"}, {"short_answer": 18.3}],
)
def test_the_published_form_refuses_what_is_no_answer(assistant: Assistant, change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Draft202012Validator(schema()).validate({**assistant.ask(QUESTION).as_json(), **change})


def test_the_http_interface_describes_itself(client: TestClient) -> None:
    described = client.get("/api/openapi.json").json()["paths"]
    assert {"/api/ask", "/api/search", "/api/schema", "/passage", "/healthz", "/readyz"} <= described.keys()
    assert client.get("/api/schema").json() == schema()


TOOLS = {"ask", "search", "quote"}


def test_another_assistant_finds_and_uses_the_tools_over_http(served: Any) -> None:
    from mcp import ClientSession
    from mcp.client.streamable_http import streamable_http_client

    async def use() -> None:
        async with (
            streamable_http_client(f"{served.address}/mcp") as (read, write, _),
            ClientSession(read, write) as session,
        ):
            await session.initialize()
            await use_tools(session)

    asyncio.run(use())


def test_another_assistant_finds_and_uses_the_tools_on_standard_input_and_output() -> None:
    from mcp import ClientSession, StdioServerParameters
    from mcp.client.stdio import stdio_client

    async def use() -> None:
        command = StdioServerParameters(command=sys.executable, args=["-m", "app", "mcp"])
        with Path("/dev/null").open("w") as quiet:
            async with stdio_client(command, errlog=quiet) as (read, write), ClientSession(read, write) as session:
                await session.initialize()
                await use_tools(session)

    asyncio.run(use())


async def use_tools(session: Any) -> None:
    assert {tool.name for tool in (await session.list_tools()).tools} == TOOLS
    answered = (await session.call_tool("ask", {"question": QUESTION})).structuredContent
    Draft202012Validator(schema()).validate(answered)
    assert answered["status"] == "answered"
    (start, end), *_ = answered["citations"][0]["spans"]
    found = (await session.call_tool("search", {"question": QUESTION, "limit": 2})).structuredContent
    assert len(found["passages"]) == 2
    quoted = (await session.call_tool("quote", {"positions": f"{start}-{end}"})).structuredContent
    assert quoted["quote"] == answered["citations"][0]["quote"]
    wrong = await session.call_tool("quote", {"positions": "9-3"})
    assert wrong.isError
    assert "is not a row of positions" in wrong.content[0].text
    assert (await session.call_tool("search", {"question": QUESTION, "limit": 99})).isError


def test_gradios_own_client_gets_the_answer(served: Any) -> None:
    from gradio_client import Client

    client = Client(served.address, verbose=False, analytics_enabled=False)
    given = client.predict(QUESTION, [], None, api_name="/ask")
    Draft202012Validator(schema()).validate(given)
    assert "18,3" in given["answer"]
    assert list(client.view_api(return_format="dict", print_info=False)["named_endpoints"]) == ["/ask"]
    client.close()


# Who comes in


def basic(user: str, password: str) -> dict[str, str]:
    return {"authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


def test_with_a_password_nobody_else_comes_in_by_any_door(assistant: Assistant) -> None:
    with opened(warm(assistant), user="eva", password="geheim:é") as client:
        for door in ("/", "/config", "/api/search?q=x", "/metrics", "/report", "/passage?p=1-9", "/no/such/door"):
            refused = client.get(door)
            assert refused.status_code == 401, door
            assert refused.headers["www-authenticate"].startswith("Basic")
        bearer = {"authorization": basic("eva", "geheim:é")["authorization"].replace("Basic", "Bearer")}
        wrong = [basic("eva", "geheim"), basic("", ""), basic("EVA", "geheim:é"), {"authorization": "Basic !"}, bearer]
        for headers in wrong:
            assert client.post("/api/ask", json={"question": QUESTION}, headers=headers).status_code == 401
        assert client.get("/healthz").status_code == client.get("/readyz").status_code == 200
        right = basic("eva", "geheim:é")
        assert client.get("/api/schema", headers=right).status_code == 200
        assert client.post("/api/ask", json={"question": QUESTION}, headers=right).json()["status"] == "answered"


def test_passwords_cannot_be_tried_out_by_the_thousand(assistant: Assistant) -> None:
    with opened(warm(assistant), user="eva", password="geheim", rate=5) as client:
        tried = [client.get("/", headers=basic("eva", str(number))).status_code for number in range(8)]
    assert tried == [401] * 5 + [429] * 3


def test_who_asks_too_often_is_told_when_to_come_back(assistant: Assistant) -> None:
    with opened(warm(assistant), rate=3) as client:
        codes = [client.post("/api/ask", json={"question": QUESTION}) for _ in range(5)]
        assert [answer.status_code for answer in codes] == [200, 200, 200, 429, 429]
        seconds = codes[-1].headers["retry-after"]
        assert 1 <= int(seconds) <= 21
        said = codes[-1].json()["detail"]
        assert f"Over {seconds} s kunt u weer vragen. You can ask again in {seconds} s." in said
        assert client.get("/healthz").status_code == 200
        assert 'briefwijzer_refused_total{reason="rate"} 2.0' in client.get("/metrics").text


def test_a_button_that_brings_a_conversation_counts_and_others_do_not() -> None:
    async def library(_: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"{}"})

    client = TestClient(Gate(library, Settings(rate=2), Observer("off")))
    said = [{"role": "user", "content": QUESTION}, {"role": "assistant", "content": "?"}]

    def codes(data: Any) -> list[int]:
        return [client.post("/gradio_api/run/predict", json={"data": data}).status_code for _ in range(4)]

    assert codes([]) == codes([[], None]) == codes(None) == codes(["text"]) == [200] * 4
    assert codes([said, None]) == [200, 200, 429, 429]


def test_whoever_asks_the_page_waits_in_its_queue_and_is_counted(served: Any) -> None:
    with httpx.Client(base_url=served.address) as client:
        asking = [one["id"] for one in client.get("/config").json()["dependencies"] if one["queue"] is not False]
        codes = [client.post("/gradio_api/run/predict", json={"fn_index": n, "data": []}).status_code for n in asking]
    assert len(asking) > 5
    assert set(codes) == {404}


def test_an_assistant_that_cannot_be_imported_keeps_nobody_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "index.assistant", None)
    warmup = Warmup()
    with pytest.raises(ImportError):
        warmup._load(lambda: None)
    assert warmup.wait(0.0)
    assert "could not be loaded" in str(warmup.problem)


def test_a_bucket_is_refilled_and_each_visitor_has_an_own_one() -> None:
    now = 0.0
    rate = Rate(60, lambda: now)
    assert [rate.wait("a") for _ in range(61)] == [0] * 60 + [1]
    assert rate.wait("b") == 0
    now = 2.0
    assert [rate.wait("a") for _ in range(3)] == [0, 0, 1]
    now = 1e6
    assert [rate.wait("a") for _ in range(61)] == [0] * 60 + [1]


def test_visitors_are_forgotten_before_they_fill_the_memory() -> None:
    rate = Rate(1, lambda: 0.0)
    for number in range(10_500):
        rate.wait(str(number))
    assert len(rate._buckets) == 10_000
    assert rate.wait("10499") > 0


def test_only_a_trusted_proxy_may_say_whom_it_asks_for(assistant: Assistant) -> None:
    def visitors(trusted: str) -> list[int]:
        settings = Settings(rate=1, proxies=trusted)
        config = uvicorn.Config(
            application(warm(assistant), settings), forwarded_allow_ips=settings.proxies, lifespan="off"
        )
        config.load()
        client = TestClient(config.loaded_app, base_url="http://127.0.0.1", client=("10.0.0.1", 5000))
        asked = [
            client.post("/api/ask", json={"question": QUESTION}, headers={"x-forwarded-for": f"192.0.2.{n}"})
            for n in range(3)
        ]
        return [answer.status_code for answer in asked]

    assert visitors("10.0.0.1") == [200, 200, 200]
    assert visitors("127.0.0.1") == [200, 429, 429]


def test_a_request_that_is_too_long_is_refused_however_it_is_sent(client: TestClient) -> None:
    body = json.dumps({"question": "x" * MOST_BODY}).encode()
    headers = {"content-type": "application/json"}
    assert client.post("/api/ask", content=body, headers=headers).status_code == 413
    in_pieces = (body[start : start + 65_536] for start in range(0, len(body), 65_536))
    assert client.post("/api/ask", content=in_pieces, headers=headers).status_code in (400, 422)


# Beyond its limits


class Slow:
    """An assistant that answers when it is told to."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant
        self.go = threading.Event()

    def ask(self, question: str, *_: object) -> Answer:
        assert self.go.wait(30)
        return self._assistant.ask(question)


def test_questions_wait_in_line_and_the_one_too_many_is_told_so_at_once(assistant: Assistant) -> None:
    slow = Slow(assistant)
    observer = Observer()
    desk = Desk(warm(slow), Settings(at_once=1, waiting=2), observer)  # type: ignore[arg-type]
    with concurrent.futures.ThreadPoolExecutor(3) as people:
        asked = [people.submit(desk.ask, question) for question in (QUESTION, "Wie ondertekenen de brief?", "Hallo")]
        while b"briefwijzer_waiting 3.0" not in observer.metrics():
            time.sleep(0.01)
        with pytest.raises(Refusal, match="Too many questions are waiting"):
            desk.ask(QUESTION)
        slow.go.set()
        answers = [one.result().question for one in asked]
    assert answers == [QUESTION, "Wie ondertekenen de brief?", "Hallo"]
    assert b"briefwijzer_waiting 0.0" in observer.metrics()


def test_a_busy_server_says_so_over_http_with_when_to_come_back(assistant: Assistant) -> None:
    slow = Slow(assistant)
    with (
        opened(warm(slow), at_once=1, waiting=1) as client,  # type: ignore[arg-type]
        concurrent.futures.ThreadPoolExecutor(2) as people,
    ):
        asked = [people.submit(client.post, "/api/ask", json={"question": QUESTION}) for _ in range(2)]
        while "briefwijzer_waiting 2.0" not in client.get("/metrics").text:
            time.sleep(0.01)
        refused = client.post("/api/ask", json={"question": QUESTION})
        assert refused.status_code == 503
        assert refused.headers["retry-after"] == "5"
        assert client.get("/healthz").status_code == 200
        slow.go.set()
        assert [one.result().status_code for one in asked] == [200, 200]


def test_before_the_model_is_there_the_server_lives_and_says_that_it_is_not_ready() -> None:
    with opened(Warmup(stage="unpacking")) as client:
        assert client.get("/healthz").json() == {"alive": True}
        ready = client.get("/readyz")
        assert (ready.status_code, ready.json()) == (503, {"ready": False, "stage": "unpacking"})
        refused = client.post("/api/ask", json={"question": QUESTION})
        assert refused.status_code == 503
        assert "being loaded (unpacking)" in refused.json()["detail"]


# What it tells of itself


def test_metrics_count_answers_and_hold_neither_questions_nor_addresses(client: TestClient) -> None:
    client.post("/api/ask", json={"question": "Waar staat de zonderlinge xylofoon?"})
    client.get("/no/such/kwartelkoning")
    told = client.get("/metrics").text
    assert re.search(r'briefwijzer_answers_total\{language="nl",status="not_in_letter"\} [1-9]', told)
    assert "briefwijzer_answer_seconds_bucket" in told
    assert "xylofoon" not in told
    assert "kwartelkoning" not in told
    assert "testclient" not in told


@pytest.mark.parametrize(("log", "written"), [("off", False), ("requests", False), ("questions", True)])
def test_questions_are_logged_where_a_setting_says_so_and_nowhere_else(
    assistant: Assistant, log: Any, written: bool
) -> None:
    lines = io.StringIO()
    observer = Observer(log, lines)
    Desk(warm(assistant), Settings(), observer).ask(QUESTION)
    observer.request("GET", "/api/search", 200, 0.1)
    assert (QUESTION in lines.getvalue()) == written
    told = [json.loads(line) for line in lines.getvalue().splitlines()]
    assert [line["event"] for line in told] == ([] if log == "off" else ["answer", "request"])
    assert all(line["seconds"] for line in told)


def test_the_page_says_whether_questions_are_logged() -> None:
    assert "Deze server schrijft uw vragen in zijn logboek" in announcement(kept=True, logged=True)
    assert "Deze server schrijft" not in announcement(kept=True, logged=False)
    assert "Verder schrijft hij niets op" in announcement(kept=True, logged=False)
    assert "Opgeschreven worden ze niet" in announcement(kept=False, logged=False)


# How it stops


def test_a_server_that_is_stopped_finishes_the_answers_that_are_under_way() -> None:
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "app", "--port", str(port)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            try:
                if httpx.get(f"{address}/readyz").status_code == 200:
                    break
            except httpx.TransportError:
                pass
            time.sleep(0.1)
        with httpx.Client(base_url=address) as client, concurrent.futures.ThreadPoolExecutor(20) as people:
            asked = [
                people.submit(client.post, "/api/ask", json={"question": f"Wat staat er over kosten, keer {n}?"})
                for n in range(20)
            ]
            while "briefwijzer_waiting 0.0" in client.get("/metrics").text:
                pass
            process.send_signal(signal.SIGTERM)
            statuses = [one.result().status_code for one in asked if one.exception() is None]
            lost = [one.exception() for one in asked if one.exception() is not None]
        assert process.stderr is not None
        told = process.stderr.read()
        assert process.wait(20) in (0, -signal.SIGTERM)
    # What had not reached the server yet when it was stopped is refused by the machine, not lost by the server.
    assert all(isinstance(error, httpx.ConnectError) for error in lost)
    assert statuses
    assert set(statuses) == {200}
    assert "Traceback" not in told


def test_the_letter_is_the_one_that_is_served(client: TestClient, letter: Letter) -> None:
    unit = letter.units[0]
    (start, end), *_ = unit.spans
    given = client.get("/passage", params={"p": f"{start}-{end}"}).json()
    assert given["quote"] == letter.quote([(start, end)])


# Whose conversation


def test_a_session_belongs_to_the_visitor_who_used_it_first() -> None:
    sessions = Sessions()
    assert sessions.belongs("one", "eva")
    assert sessions.belongs("one", "eva")
    assert not sessions.belongs("one", "adam")
    assert not sessions.belongs("one", "")
    assert sessions.belongs("two", "")
    for number in range(10_000):
        sessions.belongs(f"other {number}", "adam")
    assert len(sessions._visitors) == 10_000


@pytest.mark.parametrize("name", ["x" * 65, "a b", "../x", "é", "a\n"])
def test_a_name_that_no_browser_makes_up_is_remembered_nowhere(client: TestClient, name: str) -> None:
    gate: Any = client.app
    before = len(gate._sessions._visitors)
    answer = client.post("/gradio_api/queue/join", json={"session_hash": name, "data": []})
    assert answer.status_code == 422
    assert len(gate._sessions._visitors) == before


def test_other_cookies_of_the_same_host_hide_nobody() -> None:
    own = new_cookie("/", secure=False).partition(b";")[0]
    for cookies in (own, b'prefs={"a":[1]}; ' + own, own + b"; consent={x, y}", b"a=b;" + own):
        assert visitor(cookies) == own.decode().partition("=")[2]


@pytest.mark.parametrize(
    "cookies", [b"", b"briefwijzer=", b"briefwijzer=short", b"briefwijzer=a b; x", b"\xff=\xff", b"="]
)
def test_a_cookie_that_was_not_given_here_names_nobody(cookies: bytes) -> None:
    assert visitor(cookies) == ""


def test_a_cookie_that_was_given_here_is_read_again_and_says_what_browsers_must_keep_to() -> None:
    given = new_cookie("/brief", secure=True)
    assert visitor(given.split(b";")[0]) != ""
    assert visitor(given.split(b";")[0]) != visitor(new_cookie("", secure=False).split(b";")[0])
    assert [part.strip() for part in given.split(b";")[1:]] == [b"Path=/brief", b"HttpOnly", b"SameSite=Lax", b"Secure"]


@pytest.mark.parametrize(
    ("body", "session", "names_a_file"),
    [
        (b'{"session_hash": "s", "data": ["x", null]}', "s", False),
        (b'{"session_hash": "s", "data": [{"a": [{"path": "/etc/passwd"}]}]}', "s", True),
        (b'{"path": 1}', "", True),
        (b"[", "", False),
        (b'"path"', "", False),
        (b"[" * 100_000, "", False),
    ],
)
def test_what_a_call_is_about_is_read_from_its_body(body: bytes, session: str, names_a_file: bool) -> None:
    call, named = read(body)
    assert named == names_a_file
    assert session_of("/gradio_api/queue/join", b"", call) == session


def test_what_a_call_is_about_is_read_from_its_address() -> None:
    assert session_of("/gradio_api/heartbeat/abc", b"", None) == "abc"
    assert session_of("/gradio_api/queue/data", b"x=1&session_hash=abc", None) == "abc"
