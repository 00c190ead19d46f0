"""A run scored by a grader that is not ours: the package spancheck, beside our own figures, with every disagreement.

It judges three things by rules of its own: whether a question was declined that should be (abstention), whether an
expected answer stands in the text, and whether a cited span stands verbatim in the source and covers the claim.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from spancheck import Case, Output
from spancheck.graders import abstention_correct, expected_contains
from spancheck.span import citation_accuracy

from corpus.letter import Letter
from corpus.span import fold
from eval.questions import UNSEEN
from eval.scores import Scored
from eval.systems import ASSISTANT


def second_opinion(scored: Sequence[Scored], letter: Letter) -> Iterator[str]:
    """The lines of the comparison: agreement on each of three judgements, then each disagreement that may be seen."""
    ours = [one for one in scored if one.reply.system == ASSISTANT]
    sources = {"nl": fold(letter.text), "en": " ".join(letter.translations.values())}
    judgements: dict[str, tuple[Callable[[Scored], bool | None], Callable[[Scored], bool | None]]] = {
        "declining": (
            lambda one: one.reply.declined != one.question.answerable,
            lambda one: _abstention(one, sources),
        ),
        "correct answer": (lambda one: _as_bool(one.values["correct"]), lambda one: _expected(one, sources)),
        "exact citation": (
            lambda one: _as_bool(one.values["verbatim"]) if not one.reply.declined else None,
            lambda one: _citations(one, sources),
        ),
    }
    for name, (our_view, their_view) in judgements.items():
        views = [(one, our_view(one), their_view(one)) for one in ours]
        both = [(one, first, second) for one, first, second in views if first is not None and second is not None]
        counts = Counter((first, second) for _, first, second in both)
        yield (
            f"{name}: {len(both)} judged, both good {counts[True, True]}, both bad {counts[False, False]}, "
            f"good for us alone {counts[True, False]}, good for spancheck alone {counts[False, True]}"
        )
        for one, first, second in both:
            if first != second and one.question.split not in UNSEEN:
                yield f"    {one.question.id}: ours {first}, spancheck {second}: {one.reply.answer['answer'][:90]}"


def _as_bool(value: float | None) -> bool | None:
    return None if value is None else value == 1


def _case(one: Scored, expected: str | None = None) -> Case:
    question = one.question
    return Case(question.id, question.question, expected=expected, meta={"answerable": question.answerable})


def _output(one: Scored, sources: dict[str, str]) -> Output:
    answer = one.reply.answer
    cited = [
        {"span": citation["translation"] or citation["quote"], "claim": citation["translation"] or citation["quote"]}
        for citation in answer["citations"]
    ]
    return Output(
        answer=answer["answer"],
        contexts=[sources[answer["language"]]],
        citations=cited,
        abstained=one.reply.declined,
    )


def _abstention(one: Scored, sources: dict[str, str]) -> bool:
    return bool(abstention_correct()(_case(one), _output(one, sources)).passed)


def _expected(one: Scored, sources: dict[str, str]) -> bool | None:
    """Any accepted answer, each of its parts expected by itself: spancheck knows one text, and no alternatives."""
    accepted = one.question.answers.get(one.question.language)
    if not accepted:
        return None
    output, grade = _output(one, sources), expected_contains()
    return any(
        all(grade(_case(one, part.strip()), output).passed for part in answer.split("&&")) for answer in accepted
    )


def _citations(one: Scored, sources: dict[str, str]) -> bool | None:
    if one.reply.declined:
        return None
    return bool(citation_accuracy()(_case(one), _output(one, sources)).passed)
