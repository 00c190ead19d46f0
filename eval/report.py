"""One HTML page that says how right the assistant is; it asks nothing of any server.

The questions of `test` and `strangers` appear in it as totals alone.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from corpus.letter import Letter
from eval import plots
from eval.intervals import Figure, figure, mean
from eval.questions import UNSEEN
from eval.run import write
from eval.scores import TITLES, Scored, Table, tables
from eval.systems import ASSISTANT

_TEMPLATE = "report.html.j2"


def report(scored: Sequence[Scored], config: Mapping[str, Any], letter: Letter) -> str:
    """The page on a run."""
    ours = [one for one in scored if one.reply.system == ASSISTANT]
    listed = sorted((one for one in ours if one.question.split not in UNSEEN), key=lambda one: one.as_it_should_be)
    questions = [_question(one, letter) for one in listed]
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(_TEMPLATE).render(
        title=letter.title_en,
        config=config,
        splits=[
            _split(name, found, [one for one in ours if one.question.split == name], letter)
            for name, found in tables(scored).items()
        ],
        questions=questions,
        filters=list(_filters(listed, questions)),
    )


def save_report(scored: Sequence[Scored], config: Mapping[str, Any], letter: Letter, folder: Path) -> Path:
    """Write the page into the folder of a run; returns where."""
    path = folder / "report.html"
    write(path, report(scored, config, letter))
    return path


def lines(scored: Sequence[Scored]) -> Iterator[str]:
    """The same figures for the terminal: for each split the assistant with its intervals, and what it was beside."""
    for split, systems in tables(scored).items():
        others = [name for name in systems if name != ASSISTANT]
        yield f"\n{split:<52}{'all':>26}{'Dutch':>8}{'English':>9}" + "".join(f"{name:>22}" for name in others)
        for name, title in TITLES.items():
            ours = systems[ASSISTANT]
            row = f"{title:<52}{_with_interval(ours['all'][name]):>26}"
            row += f"{_short(ours['nl'][name]):>8}{_short(ours['en'][name]):>9}"
            yield row + "".join(f"{_short(systems[other]['all'][name]):>22}" for other in others)


def _with_interval(figure: Figure | None) -> str:
    return f"{figure.value:.3f} ({figure.low:.2f}-{figure.high:.2f}) n={figure.n}" if figure else "-"


def _short(figure: Figure | None) -> str:
    return f"{figure.value:.3f}" if figure else "-"


def _split(
    name: str, found: Mapping[str, Mapping[str, Table]], ours: Sequence[Scored], letter: Letter
) -> dict[str, Any]:
    floors = [system for system in found if system != ASSISTANT]
    columns = [found[ASSISTANT][language] for language in ("all", "nl", "en")] + [found[s]["all"] for s in floors]
    by_kind = {
        kind: _by_language([one for one in ours if one.question.kind == kind])
        for kind in dict.fromkeys(one.question.kind for one in ours)
    }
    drawn = [
        ("Is the probability to be believed?", plots.reliability(ours)),
        ("RIGHT, or rightly declined, by kind and language", plots.bars("By kind and language", by_kind)),
        ("How long an answer takes", plots.latency(ours)),
    ]
    if name not in UNSEEN:
        drawn.append(("Where the evidence lies (green: found, red: missed)", plots.pages(ours, letter)))
    return {
        "name": name,
        "questions": len(ours),
        "columns": ["all", "Dutch", "English", *floors],
        "rows": [{"title": TITLES[row], "figures": [column[row] for column in columns]} for row in TITLES],
        "plots": drawn,
    }


def _by_language(scored: Sequence[Scored]) -> dict[str, Figure | None]:
    return {language: _good([one for one in scored if one.question.language == language]) for language in ("nl", "en")}


def _good(scored: Sequence[Scored]) -> Figure | None:
    return figure(mean([one.as_it_should_be for one in scored]), [one.question.pair for one in scored])


def _question(one: Scored, letter: Letter) -> dict[str, Any]:
    evidence = {unit for group in one.question.evidence for unit in group}
    return {
        "question": one.question,
        "answer": one.reply.answer,
        "outcome": one.failure or "good",
        "gold": [[letter.by_id[name] for name in group] for group in one.question.evidence],
        "accepted": one.question.answers.get(one.question.language, ()),
        "rank": next((rank for rank, unit in enumerate(one.reply.ranking, 1) if unit in evidence), None),
    }


def _filters(listed: Sequence[Scored], questions: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, list[str]]]:
    yield "outcome", sorted({question["outcome"] for question in questions})
    for name in ("language", "kind", "split"):
        values = sorted({str(getattr(one.question, name)) for one in listed})
        if len(values) > 1:
            yield name, values
