"""The letter as tools for other assistants, by the Model Context Protocol: ask, search, quote.

Served by the web server at `/mcp`, and by `python -m app mcp` on standard input and output.
"""

import logging
from typing import Any, Literal

from mcp.server.fastmcp import FastMCP
from mcp.server.fastmcp.exceptions import ToolError
from mcp.server.transport_security import TransportSecuritySettings

from app.desk import Desk, Refusal
from app.quoting import AddressError, passage
from corpus.letter import Letter
from index.wording import MAX_QUESTION

_MOST_FOUND = 20


def tools(letter: Letter, desk: Desk) -> FastMCP:
    """A server of three tools about `letter`, answered by `desk`."""
    # The library sets up the logging of the whole process, every library's debugging included, unless that is done.
    handler = logging.StreamHandler()
    handler.setLevel(logging.WARNING)
    logging.basicConfig(handlers=[handler])
    server = FastMCP(
        "briefwijzer",
        instructions=(
            f"Answers questions, in Dutch or English, about one official letter ({letter.title_en}; {letter.title}) "
            "with exact quotations. What it does not find there it declines; do not answer in its place. "
            "Quote the Dutch text; translations are unofficial."
        ),
        log_level="WARNING",
        stateless_http=True,
        json_response=True,
        # Which names the server goes by is known to the proxy in front of it, not here; and nothing here may be
        # changed by anybody, so a page from elsewhere that reached it would learn what is public.
        transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False),
    )

    @server.tool()
    async def ask(
        question: str, history: list[str] | None = None, language: Literal["nl", "en"] | None = None
    ) -> dict[str, Any]:
        """Answer a question about the letter, or say that the letter does not answer it.

        `history` has the earlier questions of the conversation, oldest first; `language` is that of the answer, by
        default that of the question. The answer has a status (answered, not_in_letter or unclear), a text with markers,
        exact quotations with page and section, and the probability that it is right.
        """
        try:
            return (await desk.ask_soon(question, history or (), language)).as_json()
        except Refusal as refusal:
            raise ToolError(str(refusal)) from refusal

    @server.tool()
    async def search(question: str, limit: int = 5) -> dict[str, Any]:
        """Find the passages of the letter that come nearest to a question, whether they answer it or not."""
        if not 1 <= limit <= _MOST_FOUND:
            raise ToolError(f"limit is {limit}: expected 1 to {_MOST_FOUND}")
        if len(question) > MAX_QUESTION:
            raise ToolError(f"question has {len(question)} characters: expected {MAX_QUESTION} at most")
        try:
            return await desk.search_soon(question, (), limit)
        except Refusal as refusal:
            raise ToolError(str(refusal)) from refusal

    @server.tool()
    def quote(positions: str, hash: str | None = None) -> dict[str, Any]:
        """Give the exact text at positions of the letter, like 100-250 or 100-250,310-402, with page and section.

        With `hash`, the first 12 hexadecimal digits of the SHA-256 of a quotation, it says whether that is what stands
        there.
        """
        try:
            return passage(letter, positions).as_json(letter, hash)
        except AddressError as error:
            raise ToolError(str(error)) from error

    return server
