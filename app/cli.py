"""The commands: the page, one question, a batch of questions, the tools, what visitors thought.

Answers go to standard output, progress and problems to standard error. Exit codes:

    0  done                              2  the command or its input cannot be understood
    1  done, but lines of a batch        3  the letter, the model, the index or the port cannot be used
       could not be answered           130  stopped with Ctrl-C
"""

import argparse
import json
import os
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO, cast

from tqdm import tqdm

from app import feedback, render
from app.settings import Settings, SettingsError
from index.lexical import Language

if TYPE_CHECKING:
    from index.assistant import Assistant

DONE, PARTLY, MISUSED, UNUSABLE, STOPPED = 0, 1, 2, 3, 130

_EXAMPLES = """
examples:
  python -m app
      the page, on http://127.0.0.1:7860
  python -m app ask "Hoeveel militairen levert Nederland?"
      one question; the answer is in the language of the question
  python -m app ask "En tot wanneer?" --history "Hoeveel militairen levert Nederland?"
      a follow-up; repeat --history for each earlier question, oldest first
  python -m app ask --json "Until when is the contribution extended?"
      the whole answer, with positions, as JSON
  python -m app ask --batch questions.jsonl --out answers.jsonl
      one {"id", "question", "history": [...]} a line; an answer a line
  python -m app feedback --out questions.jsonl
      what visitors said of answers, a question a line, for python -m eval --questions
  python -m app mcp
      tools for another assistant: ask, search, quote

exit codes: 0 done, 1 some lines of a batch could not be answered, 2 wrong command or input, 3 the letter, the model,
the index or the port cannot be used, 130 stopped with Ctrl-C
"""


class InputError(Exception):
    """What the user gave cannot be used; the message says what and where."""


@dataclass(frozen=True, slots=True)
class _Line:
    """One question of a batch."""

    id: str | None
    question: str
    history: tuple[str, ...]
    language: Language | None


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit code."""
    options = _parser().parse_args(arguments)
    # An answer is UTF-8 whatever the terminal's locale says: the letter has letters that ASCII lacks.
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    try:
        return int(options.run(options))
    except InputError as error:
        print(f"briefwijzer: {error}", file=sys.stderr)
        return MISUSED
    except KeyboardInterrupt:
        print("\nbriefwijzer: stopped", file=sys.stderr)
        return STOPPED
    except BrokenPipeError:
        # The reader, "head" for instance, has seen enough. Nothing more may be written, not even at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m app",
        description="Ask an official letter: short answers with exact quotations, or 'the letter does not say'.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--host", help=f"address of the page (default: {Settings.host}, this machine only)")
    parser.add_argument("--port", type=_port, help=f"port of the page (default: {Settings.port})")
    parser.set_defaults(run=_page)
    commands = parser.add_subparsers(metavar="ask | mcp | feedback")
    ask = commands.add_parser(
        "ask",
        help="answer on the terminal: one question, or a batch",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    ask.add_argument("question", nargs="?", help="the question, in Dutch or English")
    ask.add_argument(
        "--history", action="append", default=[], metavar="QUESTION", help="an earlier question; repeatable"
    )
    ask.add_argument("--language", choices=("nl", "en"), help="answer in this language (default: that of the question)")
    ask.add_argument("--json", action="store_true", help="print the whole answer as JSON")
    ask.add_argument("--batch", type=Path, metavar="IN.jsonl", help="answer every line of a file ('-': standard input)")
    ask.add_argument("--out", type=Path, metavar="OUT", help="write to a file instead of standard output")
    ask.set_defaults(run=_ask)
    served = commands.add_parser(
        "mcp", help="serve the letter to another assistant, on standard input and output (MCP)"
    )
    served.set_defaults(run=_mcp)
    given = commands.add_parser("feedback", help="what visitors said of answers, as questions for the evaluation")
    given.add_argument("--out", type=Path, metavar="OUT.jsonl", help="write to a file instead of standard output")
    given.set_defaults(run=_feedback)
    return parser


def _port(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 65_535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port: expected a number from 1 to 65535")
    return int(text)


def _page(options: argparse.Namespace) -> int:
    said = _settings()
    # Imported late: it costs a second, and a wrong setting needs none of it.
    from app.server import ServerError, serve

    try:
        serve(replace(said, host=options.host or said.host, port=options.port or said.port))
    except ServerError as error:
        print(f"briefwijzer: {error}", file=sys.stderr)
        return UNUSABLE
    return DONE


def _mcp(_: argparse.Namespace) -> int:
    settings = _settings()
    from app.desk import Desk
    from app.observe import Observer
    from app.tools import tools
    from app.warmup import Warmup
    from corpus.letter import LetterError, load_letter

    try:
        letter = load_letter()
    except LetterError as error:
        print(f"briefwijzer: {error}", file=sys.stderr)
        return UNUSABLE
    warmup = Warmup()
    warmup.start()
    warmup.wait()
    if warmup.problem is not None:
        print(f"briefwijzer: {warmup.problem}", file=sys.stderr)
        return UNUSABLE
    tools(letter, Desk(warmup, settings, Observer(settings.log))).run("stdio")
    return DONE


def _settings() -> Settings:
    try:
        return Settings.of()
    except SettingsError as error:
        raise InputError(str(error)) from error


def _ask(options: argparse.Namespace) -> int:
    if (options.question is None) == (options.batch is None):
        raise InputError('give either a question or --batch, for example: python -m app ask "Wat kost de verlenging?"')
    if options.batch is None:
        return _ask_one(options)
    if options.history:
        raise InputError('--history goes with a question; in a batch each line has its own "history"')
    return _ask_batch(options)


def _ask_one(options: argparse.Namespace) -> int:
    with _Output(options.out) as out, _assistant() as assistant:
        if assistant is None:
            return UNUSABLE
        answer = assistant.ask(options.question, options.history, options.language)
        out.write(_json(answer.as_json()) if options.json else render.plain(answer, assistant.letter))
    return DONE


def _ask_batch(options: argparse.Namespace) -> int:
    lines = list(_lines(options.batch))
    if options.out and options.out.exists() and options.batch.exists() and options.out.samefile(options.batch):
        raise InputError(f"--out {options.out} is the batch itself and would overwrite it: name another file")
    total = sum(isinstance(line, _Line) for _, line in lines)
    done = 0
    with _Output(options.out) as out, _assistant() as assistant:
        if assistant is None:
            return UNUSABLE
        try:
            for number, line in tqdm(lines, desc="answering", unit="question", file=sys.stderr):
                if isinstance(line, str):
                    tqdm.write(f"briefwijzer: {options.batch}, line {number}: {line}", file=sys.stderr)
                    continue
                answer = assistant.ask(line.question, line.history, line.language or options.language)
                answer = replace(answer, id=line.id) if line.id is not None else answer
                out.write(_json(answer.as_json()))
                done += 1
        except KeyboardInterrupt:
            print(f"\nbriefwijzer: stopped; {done} of {total} questions are answered and written", file=sys.stderr)
            return STOPPED
    if broken := len(lines) - total:
        print(f"briefwijzer: {done} questions answered, {broken} lines could not be read (see above)", file=sys.stderr)
        return PARTLY
    return DONE


def _feedback(options: argparse.Namespace) -> int:
    path = feedback.configured()
    if path is None:
        raise InputError("feedback is switched off: BRIEFWIJZER_FEEDBACK is off")
    try:
        rows = list(feedback.exported(path))
    except feedback.FeedbackError as error:
        raise InputError(str(error)) from error
    with _Output(options.out) as out:
        for row in rows:
            out.write(_json(row))
    print(f"briefwijzer: {len(rows)} questions; where one was found bad, fill in its evidence", file=sys.stderr)
    return DONE


class _Output:
    """A file or standard output, a line at a time.

    That a file can be written is known before seconds of loading; what it holds is given up with the first line.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._file: TextIO | None = None if path else sys.stdout
        if path is not None:
            new = not path.exists()
            self._open("a").close()
            if new:
                path.unlink()

    def __enter__(self) -> "_Output":
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if self._path is not None and self._file is not None:
            try:
                self._file.close()
            except OSError as error:
                if kind is None:  # else this is what came of a problem that is being told already
                    raise self._problem(error) from error

    def write(self, line: str) -> None:
        self._file = self._file or self._open("w")
        try:
            print(line, file=self._file, flush=True)
        except BrokenPipeError:
            raise
        except OSError as error:
            raise self._problem(error) from error

    def _open(self, mode: str) -> TextIO:
        assert self._path is not None
        try:
            # A surrogate out of an "id" is no text that UTF-8 can hold: it may not cost the other answers.
            return cast(TextIO, self._path.open(mode, encoding="utf-8", errors="replace"))
        except OSError as error:
            raise self._problem(error) from error

    def _problem(self, error: OSError) -> InputError:
        return InputError(f"cannot write {self._path or 'to standard output'}: {error.strerror}")


def _json(row: object) -> str:
    """A row on one line, whoever reads it: what steers a terminal, or ends a line for some, is escaped."""
    return re.sub(
        r"[\x7f-\x9f\u2028\u2029]", lambda found: f"\\u{ord(found[0]):04x}", json.dumps(row, ensure_ascii=False)
    )


def _lines(path: Path) -> Iterator[tuple[int, _Line | str]]:
    """The lines of a batch with their number, from 1: a question, or what is wrong with it. Blank ones are left out."""
    try:
        raw = sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from error
    for number, line in enumerate(raw.splitlines(), 1):
        if line.strip():
            yield number, _line(line)


def _line(raw: bytes) -> _Line | str:
    try:
        row: Any = json.loads(raw.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        return f"not UTF-8 at byte {error.start}"
    except json.JSONDecodeError as error:
        return f"not JSON: {error.msg} at column {error.colno}"
    except (RecursionError, ValueError):  # the latter: a number of thousands of digits
        return "not JSON that can be read: nested too deep, or a number too long"
    if not isinstance(row, dict) or not isinstance(row.get("question"), str):
        return 'expected {"id": ..., "question": "...", "history": [...]}, "question" being text'
    history = row.get("history") or []
    if not isinstance(history, list) or not all(isinstance(earlier, str) for earlier in history):
        return '"history" must be a list of earlier questions, each a text'
    if row.get("language") not in (None, "nl", "en"):
        return f'"language" must be "nl" or "en", not {row["language"]!r}'
    name = row.get("id")
    return _Line(None if name is None else str(name), row["question"], tuple(history), row.get("language"))


@contextmanager
def _assistant() -> "Iterator[Assistant | None]":
    """The assistant, with progress on standard error; None when it cannot be loaded, which has then been said."""
    # Imported late: it costs seconds, and "--help" or a wrong option needs none of it.
    from index.assistant import PROBLEMS, load_assistant

    with tqdm(desc="loading", bar_format="{desc}{postfix}", file=sys.stderr, leave=False) as status:

        def step(done: int, total: int) -> None:
            status.set_postfix_str(f": {done} of {total} passages", refresh=True)

        def say(what: str) -> None:
            status.set_postfix_str("", refresh=False)
            status.set_description_str(what)

        try:
            loaded = load_assistant(say=say, step=step)
            problem = None
        except PROBLEMS as error:
            loaded, problem = None, error
    if problem is not None:
        print(f"briefwijzer: {problem}", file=sys.stderr)
    yield loaded
