"""Plots as SVG, drawn from figures; each has a title and a description for those who cannot see it."""

import html
import math
from collections.abc import Mapping, Sequence

import numpy as np

from corpus.letter import Letter
from eval.intervals import Figure
from eval.scores import Scored

_W, _H = 560, 300
# What the page of the report says of colours, for a plot that stands alone.
_ALONE = (
    "<style>svg{background:#fff;font-family:system-ui,sans-serif}polyline{fill:none;stroke-width:2}.grid{stroke:#cfcabd}"
    ".curve0{stroke:#2b5c8a}.curve1{stroke:#b06a00}.bar0{fill:#2b5c8a}.bar1{fill:#b06a00}</style>"
)


def _svg(height: int, title: str, description: str, body: Sequence[str]) -> str:
    return (
        f'<svg viewBox="0 0 {_W} {height}" role="img" aria-label="{html.escape(f"{title}. {description}")}">'
        f"<title>{html.escape(title)}</title>{''.join(body)}</svg>"
    )


def _text(x: float, y: float, text: str, anchor: str = "start", size: int = 12) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}">{html.escape(text)}</text>'


def _line(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" class="{kind}"/>'


def reliability(scored: Sequence[Scored], bins: int = 10) -> str:
    """How often replies were as they should be, against the probability that was given; dots as large as their n."""
    left, bottom, side = 60.0, 260.0, 230.0
    body = [_line(left, bottom, left + side, bottom - side, "rule")]
    for share in (0.0, 0.5, 1.0):
        body += [
            _line(left, bottom - share * side, left + side, bottom - share * side, "grid"),
            _text(left - 8, bottom - share * side + 4, f"{share:.1f}", "end"),
            _text(left + share * side, bottom + 18, f"{share:.1f}", "middle"),
        ]
    sure = [one for one in scored if one.reply.answer["confidence"] is not None]
    given = np.array([one.reply.answer["confidence"]["probability"] for one in sure])
    good = np.array([one.as_it_should_be for one in sure])
    said: list[str] = []
    for number in range(bins):
        inside = np.minimum((given * bins).astype(int), bins - 1) == number
        if inside.any():
            x, y, n = given[inside].mean(), good[inside].mean(), int(inside.sum())
            said.append(f"{x:.2f} given, {y:.2f} came out, n = {n}")
            radius = 2 + 8 * (n / len(given)) ** 0.5
            body.append(
                f'<circle cx="{left + x * side:.1f}" cy="{bottom - y * side:.1f}" r="{radius:.1f}" class="dot">'
                f"<title>{said[-1]}</title></circle>"
            )
    body += [_text(left + side / 2, bottom + 36, "probability given", "middle"), _text(left - 40, 18, "came out good")]
    return _svg(_H, "Reliability: is the probability to be believed?", "; ".join(said), body)


def bars(title: str, figures: Mapping[str, Mapping[str, Figure | None]]) -> str:
    """A row for each name, a bar with its interval for each series in it."""
    left, right = 130.0, _W - 90.0
    body: list[str] = []
    said: list[str] = []
    y = 16.0
    for name, series in figures.items():
        body.append(_text(left - 8, y + 7 * len(series) + 3, name, "end"))
        for number, (label, figure) in enumerate(series.items()):
            if figure is None:
                continue
            x, low, high = (left + share * (right - left) for share in (figure.value, figure.low, figure.high))
            note = f"{name} {label}: {figure.value:.2f} ({figure.low:.2f} to {figure.high:.2f}), n = {figure.n}"
            said.append(note)
            body += [
                f'<rect x="{left}" y="{y + 14 * number:.1f}" width="{x - left:.1f}" height="11" class="bar{number}">'
                f"<title>{html.escape(note)}</title></rect>",
                _line(low, y + 14 * number + 5.5, high, y + 14 * number + 5.5, "whisker"),
                _text(right + 8, y + 14 * number + 10, f"{label} {figure.value:.2f} · {figure.n}", size=11),
            ]
        y += 14 * len(series) + 8
    return _svg(int(y) + 8, title, "; ".join(said), body)


def pages(scored: Sequence[Scored], letter: Letter) -> str:
    """The letter as a strip of its pages, a tick for each unit: how often it is evidence, and how often found."""
    asked: dict[str, list[float]] = {}
    for one in scored:
        for name in {name for group in one.question.evidence for name in group}:
            asked.setdefault(name, []).append(one.as_it_should_be)
    most = max(map(len, asked.values()), default=1)
    gap, top, floor = 8.0, 24.0, 150.0
    width = (_W - 20 - gap * (len(letter.structure.pages) - 1)) / len(letter.structure.pages)
    body: list[str] = []
    for number, (start, end) in enumerate(letter.structure.pages):
        x = 10 + number * (width + gap)
        body += [
            f'<rect x="{x:.1f}" y="{top}" width="{width:.1f}" height="{floor - top}" class="page"/>',
            _text(x + width / 2, top - 8, f"p. {number + 1}", "middle"),
        ]
        for unit in letter.units:
            at = unit.spans[0][0]
            if start <= at < end and unit.id in asked:
                results = asked[unit.id]
                height = (floor - top) * len(results) / most
                good = sum(results) / len(results)
                tick = x + (at - start) / (end - start) * width
                note = f"<title>{unit.id}: evidence of {len(results)}, good {good:.2f}</title>"
                body += [
                    _line(tick, floor, tick, floor - height, "missed"),
                    f"<g>{note}{_line(tick, floor, tick, floor - height * good, 'found')}</g>",
                ]
    said = f"{len(asked)} of {len(letter.units)} units are evidence of a question"
    return _svg(int(floor) + 10, "Where the evidence lies, and where it was missed", said, body)


def latency(scored: Sequence[Scored]) -> str:
    """The share of questions that were answered within a time, up to the slowest one."""
    seconds = np.sort([s for one in scored if (s := one.values["seconds"]) is not None])
    if not seconds.size:
        return ""
    left, right, bottom, top = 60.0, _W - 20.0, 170.0, 20.0
    most = float(seconds[-1]) or 1.0
    shares = np.arange(1, seconds.size + 1) / seconds.size
    points = " ".join(
        f"{left + s / most * (right - left):.1f},{bottom - share * (bottom - top):.1f}"
        for s, share in zip(seconds, shares, strict=True)
    )
    body = [f'<polyline points="{left},{bottom} {points}" class="curve"/>', _line(left, bottom, right, bottom, "grid")]
    for share in (0.5, 1.0):
        body.append(_text(left - 8, bottom - share * (bottom - top) + 4, f"{share:.0%}", "end"))
    for share in (0.0, 0.5, 1.0):
        body.append(_text(left + share * (right - left), bottom + 18, f"{1000 * share * most:.0f} ms", "middle"))
    said = f"half within {1000 * float(np.median(seconds)):.0f} ms, all within {1000 * most:.0f} ms"
    return _svg(200, "How long an answer takes", said, body)


def curves(figures: Mapping[str, Mapping[str, Mapping[int, float]]], along: str) -> str:
    """A file of its own: for each title a plot with a line for each series, both scales in powers of ten.

    `figures` has by title, then by series, the value at each size; `along` says what the sizes are.
    """
    left, right, top, side = 70.0, _W - 150.0, 40.0, 200.0
    body: list[str] = []
    said: list[str] = []
    for number, (title, series) in enumerate(figures.items()):
        low, high = _powers([value for some in series.values() for value in some.values()])
        first, last = _powers([float(size) for some in series.values() for size in some])
        ground = top + side + number * (side + 100)

        def x_of(size: float, first: int = first, last: int = last) -> float:
            return left + (math.log10(size) - first) / (last - first) * (right - left)

        def y_of(value: float, low: int = low, high: int = high, ground: float = ground) -> float:
            return ground - (math.log10(value) - low) / (high - low) * side

        body.append(_text(left, ground - side - 14, title, size=14))
        for power in range(low, high + 1):
            y = y_of(10.0**power)
            body += [_line(left, y, right, y, "grid"), _text(left - 8, y + 4, f"{10.0**power:,.7g}", "end")]
        for power in range(first, last + 1):
            body.append(_text(x_of(10**power), ground + 18, f"{10**power:,}", "middle"))
        body.append(_text((left + right) / 2, ground + 36, along, "middle"))
        for colour, (name, values) in enumerate(series.items()):
            places = [(x_of(size), y_of(value)) for size, value in values.items()]
            body.append(f'<polyline points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in places)}" class="curve{colour}"/>')
            body += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" class="bar{colour}"/>' for x, y in places]
            body += [_text(places[-1][0] + 8, places[-1][1] + 4, name)] if places else []
            said += [f"{title}, {name}, {size:,} {along}: {value:.3g}" for size, value in values.items()]
    drawn = _svg(int(len(figures) * (side + 100) + top), ", ".join(figures), "; ".join(said), [_ALONE, *body])
    return drawn.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)


def _powers(values: Sequence[float]) -> tuple[int, int]:
    """The powers of ten between which values lie, two different ones."""
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    return low, max(high, low + 1)
