"""The HTTP interface for programs: questions, search, quotations, the schema, and how the server is."""

import json
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import FastAPI, HTTPException, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, ConfigDict, Field

import index.answer
from app import observe, published
from app.desk import Desk, Refusal
from app.quoting import AddressError, passage
from corpus.letter import Letter
from index.wording import MAX_QUESTION

SCHEMA = Path(index.answer.__file__).with_name("answer.schema.json")
"""The form of an answer, as JSON Schema."""

_MOST_HISTORY = 40


class AskedFor(BaseModel):
    """A question, with the ones before it, oldest first."""

    model_config = ConfigDict(extra="forbid")

    question: str
    history: list[str] = Field(default=[], max_length=_MOST_HISTORY)
    language: Literal["nl", "en"] | None = None


@cache
def schema() -> dict[str, Any]:
    """The JSON Schema of an answer."""
    read: dict[str, Any] = json.loads(SCHEMA.read_text(encoding="utf-8"))
    return read


def add_routes(application: FastAPI, letter: Letter, desk: Desk, observer: observe.Observer) -> None:
    """Add everything that is not the page."""

    @application.exception_handler(RequestValidationError)
    async def misunderstood(_: Request, error: RequestValidationError) -> Response:
        """What is wrong and where, without what was sent: half a character in that could not be sent back."""
        said = [{name: one[name] for name in ("type", "loc", "msg")} for one in error.errors()]
        return Response(json.dumps({"detail": said}), 422, media_type="application/json")

    @application.post("/api/ask")
    async def ask(asked: AskedFor) -> dict[str, Any]:
        """Answer a question. The answer has the form of `/api/schema`."""
        try:
            return (await desk.ask_soon(asked.question, asked.history, asked.language)).as_json()
        except Refusal as refusal:
            raise _unavailable(refusal) from refusal

    @application.get("/api/search")
    async def search(
        q: Annotated[str, Query(max_length=MAX_QUESTION)], limit: Annotated[int, Query(ge=1, le=20)] = 5
    ) -> dict[str, Any]:
        """The passages that come nearest to a question, the likeliest first, whether they answer it or not."""
        try:
            return await desk.search_soon(q, (), limit)
        except Refusal as refusal:
            raise _unavailable(refusal) from refusal

    @application.get("/api/schema")
    def answer_schema() -> dict[str, Any]:
        """The JSON Schema of an answer."""
        return schema()

    @application.get("/passage")
    def quoted(p: str, h: str | None = None) -> dict[str, Any]:
        """What stands at some positions, and whether it still has the hash `h`, if one is given."""
        try:
            return passage(letter, p).as_json(letter, h)
        except AddressError as error:
            raise HTTPException(422, str(error)) from error

    @application.get("/report", response_class=HTMLResponse, include_in_schema=False)
    def report(response: Response) -> str:
        found = published.report()
        response.status_code = 200 if found else 404
        return found or published.NO_REPORT

    @application.get("/healthz")
    def healthz() -> dict[str, bool]:
        """Whether the server lives."""
        return {"alive": True}

    @application.get("/readyz")
    def readyz(response: Response) -> dict[str, str | bool]:
        """Whether it answers questions yet, and what it is doing until then."""
        ready = desk.warmup.assistant is not None
        response.status_code = 200 if ready else 503
        return {"ready": ready, "stage": desk.warmup.problem or desk.warmup.stage}

    @application.get("/metrics", include_in_schema=False)
    def metrics() -> Response:
        return Response(observer.metrics(), media_type=observe.CONTENT_TYPE)


def _unavailable(refusal: Refusal) -> HTTPException:
    return HTTPException(503, str(refusal), {"retry-after": str(refusal.retry_after)})
