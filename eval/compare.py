"""Two runs beside each other: what changed, question by question, and whether chance would do as much."""

from collections.abc import Iterator, Mapping, Sequence

from eval.intervals import paired_p
from eval.questions import UNSEEN
from eval.scores import Scored, table
from eval.systems import ASSISTANT


def compare(before: Sequence[Scored], after: Sequence[Scored]) -> Iterator[str]:
    """The lines of a comparison: totals by split with a paired test, then the dev questions that came out differently.

    A question counts as good when it is RIGHT, or declined where the letter does not answer. Only questions that both
    runs put to the assistant are compared.
    """
    first, second = _ours(before), _ours(after)
    both = [name for name in first if name in second]
    for split in dict.fromkeys(first[name].question.split for name in both):
        some = [name for name in both if first[name].question.split == split]
        change = [second[name].as_it_should_be - first[name].as_it_should_be for name in some]
        p = paired_p(change, [first[name].question.pair for name in some])
        was, now = (sum(run[name].as_it_should_be for name in some) / len(some) for run in (first, second))
        yield (
            f"{split}: {len(some)} questions, good {was:.3f} -> {now:.3f}; "
            f"{sum(c > 0 for c in change)} became good, {sum(c < 0 for c in change)} became bad; paired p = {p:.3f}"
        )
    for name in both:
        old, new = first[name], second[name]
        if old.failure != new.failure and old.question.split not in UNSEEN:
            mark = "+" if new.as_it_should_be > old.as_it_should_be else "-" if new.failure and not old.failure else "~"
            yield f"{mark} {name}: {old.question.question}"
            yield f"    before: {old.failure or 'good'}"
            yield f"    after:  {new.failure or 'good'}"
    if not both:
        yield "the runs have no question in common"


def _ours(scored: Sequence[Scored]) -> Mapping[str, Scored]:
    return {one.question.id: one for one in scored if one.reply.system == ASSISTANT}


_SHOWN = ("right", "recall@1", "recall@5", "answered although unanswerable", "declined although answerable")


def ablations(scored: Sequence[Scored]) -> Iterator[str]:
    """A row for each system beside the assistant, with what it loses: some figures, and a paired test of the replies.

    The change is of the share of replies that are as they should be; p says how often chance would change as much.
    """
    whole = _ours(scored)
    yield f"{'':<34}" + "".join(f"{name:>32}" for name in _SHOWN) + f"{'change':>9}{'p':>7}"
    for system in dict.fromkeys(one.reply.system for one in scored):
        some = [one for one in scored if one.reply.system == system]
        change = [one.as_it_should_be - whole[one.question.id].as_it_should_be for one in some]
        p = paired_p(change, [one.question.pair for one in some])
        found = table(some)
        figures = "".join(f"{figure.value if (figure := found[name]) else float('nan'):>32.3f}" for name in _SHOWN)
        yield f"{system:<34}{figures}{sum(change) / len(change):>+9.3f}{p:>7.3f}"
