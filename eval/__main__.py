"""`python -m eval`: how right the assistant is; `bench`, `train` and `fit` measure its speed, train and fit it.

`exactness` asks what nobody wrote, and holds every answer against the letter.

Exit codes: 0 done, 1 a figure fell below the gate or an answer broke a law, 2 wrong command, questions or run, 3 the
letter, the model or the index cannot be used, 130 stopped with Ctrl-C.
"""

import argparse
import math
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from tqdm import tqdm

from corpus.letter import load_letter
from eval.questions import SPLITS, Question, QuestionsError, load_questions, measuring
from eval.run import RUNS, Run, RunError
from index.adapter import ADAPTER, read_adapter
from index.assistant import PROBLEMS, Assistant, load_assistant, load_store
from index.store import no_step

DONE, BELOW, MISUSED, UNUSABLE, STOPPED = 0, 1, 2, 3, 130

_EXAMPLES = """
examples:
  python -m eval                                  every question; the assistant and the floors; a folder in runs/
  python -m eval --split dev --no-floors          the dev questions alone, the assistant alone
  python -m eval --questions mine.csv             your own questions, validated and scored the same way
  python -m eval --ablations                      the dev questions, each step of the assistant switched off in turn
  python -m eval --rescore runs/RUN               score old answers again, without answering anything
  python -m eval --compare runs/BEFORE runs/AFTER what changed, question by question, with a paired test
  python -m eval --second-opinion runs/RUN        the same answers scored by another grader
  python -m eval --report                         write the report of the newest run again
  python -m eval --gate                           fail when the dev figures fall below the committed ones
  python -m eval --publish                        run all, and commit figures and report to eval/published
  python -m eval exactness --questions 20000      questions that nobody wrote; no answer may break a law
  python -m eval load --people 50 --minutes 5     many people at once; no answer may be wrong or mixed up
  python -m eval bench                            speed and memory, as ratios in one run, beside other libraries
  python -m eval bench peers --questions 20       one part of that, on a few questions
  python -m eval fit                              fit the weights of search and confidence
  python -m eval train                            adapt the model's reading of questions, on questions of their own

exit codes: 0 done, 1 below the gate or a law broken, 2 wrong command, questions or run, 3 letter, model or index
cannot be used, 130 stopped
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit code."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except (QuestionsError, RunError) as error:
        print(f"briefwijzer: {error}", file=sys.stderr)
        return MISUSED
    except PROBLEMS as error:
        print(f"briefwijzer: {error}", file=sys.stderr)
        return UNUSABLE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m eval",
        description="Measure how right the assistant is.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--split", choices=(*SPLITS, "all"), default="all", help="which of the questions (default: %(default)s)"
    )
    parser.add_argument("--questions", type=Path, metavar="FILE", help="a .jsonl or .csv of your own questions")
    parser.add_argument(
        "--out", type=Path, metavar="FOLDER", help="where to write the run (default: a new one in runs/)"
    )
    parser.add_argument("--no-floors", action="store_true", help="the assistant alone")
    parser.add_argument("--progress", action="store_true", help="a line for every reply: for a program that shows it")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--ablations", action="store_true", help="switch off each step in turn, on the dev questions")
    what.add_argument("--rescore", type=Path, metavar="RUN", help="score the answers of a run again")
    what.add_argument(
        "--compare", type=Path, nargs=2, metavar=("BEFORE", "AFTER"), help="what changed between two runs"
    )
    what.add_argument(
        "--report", type=Path, nargs="?", const=RUNS, metavar="RUN", help="write a run's report again (default: newest)"
    )
    what.add_argument("--second-opinion", type=Path, metavar="RUN", help="score a run by the package spancheck as well")
    what.add_argument("--gate", action="store_true", help="hold the dev figures against the committed ones")
    what.add_argument("--publish", action="store_true", help="run all, and write eval/published")
    parser.set_defaults(run=_evaluate)
    commands = parser.add_subparsers(metavar="bench | exactness | load | fit | train")
    bench = commands.add_parser("bench", help="speed and memory, as ratios in one run; takes about ten minutes")
    bench.add_argument("parts", nargs="*", metavar="PART", help="alone, peers, growth (default: all three)")
    bench.add_argument("--repeat", type=_positive, default=3, help="rounds of each measurement (default: %(default)s)")
    bench.add_argument(
        "--questions", type=_positive, metavar="NUMBER", help="so many questions for the peers (default: all of test)"
    )
    bench.set_defaults(run=_bench)
    exactness = commands.add_parser(
        "exactness", help="ask what nobody wrote, and hold every answer against the letter by an independent checker"
    )
    exactness.add_argument(
        "--questions", type=_positive, default=20_000, metavar="NUMBER", help="how many (default: %(default)s)"
    )
    exactness.add_argument("--seed", type=int, default=1, help="which questions are drawn (default: %(default)s)")
    exactness.add_argument("--replay", type=Path, metavar="FILE", help="ask those of a file of failures again instead")
    exactness.add_argument(
        "--out", type=Path, metavar="FOLDER", help="where failures are written (default: a new one in runs/)"
    )
    exactness.set_defaults(run=_exactness)
    load = commands.add_parser("load", help="many people at once, on the page and over HTTP; takes some minutes")
    load.add_argument("--people", type=_positive, default=50, help="how many (default: %(default)s)")
    load.add_argument("--minutes", type=float, default=5.0, help="how long (default: %(default)s)")
    load.set_defaults(run=_load)
    fit = commands.add_parser("fit", help="fit the weights of search and confidence, and print them")
    fit.set_defaults(run=_fit)
    train = commands.add_parser(
        "train", help="adapt the model's reading of questions to the letter; takes an hour or more"
    )
    train.add_argument(
        "--epochs", type=_count, default=6,
        help="times through the questions (default: %(default)s); 0 writes the mean of those continued as it is",
    )  # fmt: skip
    train.add_argument("--order", type=int, default=0, help="which order of the questions (default: %(default)s)")
    train.add_argument(
        "--rates", type=_factor, default=1.0, metavar="FACTOR",
        help="of the rates of learning (default: %(default)s); lower ones where training goes on",
    )  # fmt: skip
    train.add_argument(
        "--continue", dest="go_on", type=Path, nargs="*", metavar="FILE",
        help="train on the mean of these adapters, or the one that is there",
    )  # fmt: skip
    train.add_argument("--out", type=Path, default=ADAPTER, metavar="FILE", help="where to (default: where it is used)")
    train.set_defaults(run=_train)
    return parser


def _count(text: str) -> int:
    return 0 if text == "0" else _positive(text)


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not how many: expected a number, 1 or more")
    return int(text)


def _factor(text: str) -> float:
    try:
        factor = float(text)
    except ValueError:
        factor = 0.0
    if not 0.0 < factor < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is not a factor: expected a number above 0, such as 0.3")
    return factor


def _evaluate(options: argparse.Namespace) -> int:
    if options.rescore:
        return _rescore(options.rescore, options.questions, options.out)
    if options.compare:
        return _compare(*options.compare)
    if options.second_opinion:
        return _second_opinion(options.second_opinion)
    if options.report:
        return _report(_newest() if options.report == RUNS else options.report)
    return _gate() if options.gate else _run(options)


def _run(options: argparse.Namespace) -> int:
    from eval.run import configuration, new_folder, run, save
    from eval.systems import Ours, System, ablations, floors

    if options.publish and (options.questions or options.no_floors or options.split != "all"):
        raise RunError("--publish goes with all questions and the floors: leave the other options out")
    # Known before seconds of loading, and before minutes of answering.
    questions = _questions(options.questions, "dev" if options.ablations else options.split)
    folder = new_folder(options.out)
    letter, embedder, store = load_store(say=_say)
    systems: list[System] = [Ours(Assistant(letter, embedder, store))]
    if options.ablations:
        systems += ablations(letter, embedder, store)
    elif not options.no_floors:
        systems += floors(letter, embedder)
    config = configuration(store.manifest, [system.name for system in systems], questions)
    made = run(systems, questions, config, _progress if options.progress else no_step)
    save(made, folder)
    _score(made, folder)
    if options.ablations:
        from eval.compare import ablations as rows

        _print(rows(made.scored(letter)))
    if options.publish:
        from eval.publish import publish

        publish(made.scored(letter), folder)
        print("published: commit eval/published")
    return DONE


def _rescore(folder: Path, questions: Path | None, out: Path | None) -> int:
    """Score a run again where it is; with other questions, in a folder of its own: the run stays what it was."""
    from eval.run import load, new_folder, save, with_questions

    letter = load_letter()
    made = load(folder, letter)
    if questions:
        made = with_questions(made, load_questions(questions, letter))
        folder = new_folder(out)
        save(made, folder)
    _score(made, folder)
    return DONE


def _score(made: Run, folder: Path) -> None:
    from eval.report import lines, save_report
    from eval.run import save_scores

    letter = load_letter()
    scored = made.scored(letter)
    save_scores(scored, folder)
    for line in lines(scored):
        print(line)
    print(f"\n{save_report(scored, made.config, letter, folder)}")


def _compare(before: Path, after: Path) -> int:
    from eval.compare import compare
    from eval.run import load

    letter = load_letter()
    for line in compare(load(before, letter).scored(letter), load(after, letter).scored(letter)):
        print(line)
    return DONE


def _second_opinion(folder: Path) -> int:
    from eval.run import load

    try:
        from eval.second_opinion import second_opinion
    except ModuleNotFoundError as error:
        raise RunError(f"the package {error.name} is not installed. Install it: make .venv/development") from error
    letter = load_letter()
    return _print(second_opinion(load(folder, letter).scored(letter), letter))


def _report(folder: Path) -> int:
    from eval.report import save_report
    from eval.run import load

    letter = load_letter()
    made = load(folder, letter)
    print(save_report(made.scored(letter), made.config, letter, folder))
    return DONE


def _newest() -> Path:
    runs = list(RUNS.glob("*/answers.jsonl"))
    if not runs:
        raise RunError(f"there is no run in {RUNS} yet. Make one: python -m eval")
    return max(runs, key=lambda answers: answers.stat().st_mtime).parent


def _gate() -> int:
    from eval.publish import check, committed
    from eval.run import run
    from eval.scores import score, table
    from eval.systems import Ours

    figures = committed()
    if not figures:
        raise RunError("nothing is published to hold the figures against. Publish first: python -m eval --publish")
    assistant = load_assistant(say=_say)
    made = run([Ours(assistant)], _questions(None, "dev"), {})
    results = list(check(table(score(made.questions, made.replies, assistant.letter)), figures))
    for _, line in results:
        print(line)
    return DONE if all(holds for holds, _ in results) else BELOW


def _bench(options: argparse.Namespace) -> int:
    from eval.bench import PARTS, report

    if unknown := [part for part in options.parts if part not in PARTS]:
        raise RunError(f"{unknown[0]!r} is no part of bench: expected some of {', '.join(PARTS)}")
    return _print(report(options.repeat, options.parts or tuple(PARTS), options.questions))


def _load(options: argparse.Namespace) -> int:
    from eval.load import KEPT, report

    if not 0 < options.minutes <= 24 * 60:
        raise RunError(f"--minutes {options.minutes} is no time: give more than 0, a day at most")
    lines = list(_passing(report(load_assistant(say=_say), _questions(None, "dev"), options.people, options.minutes)))
    return DONE if lines[-1] == KEPT else BELOW


def _passing(lines: Iterator[str]) -> Iterator[str]:
    """Print lines as they come, and pass them on."""
    for line in lines:
        print(line, flush=True)
        yield line


def _exactness(options: argparse.Namespace) -> int:
    from eval.drawn import Material, draw
    from eval.exactness import FAILURES, replayed, run, table
    from eval.paper import Paper
    from eval.run import new_folder

    # Known before seconds of loading: what can be asked, and where failures are written.
    letter = load_letter()
    if options.replay:
        cases = replayed(options.replay)
    else:
        material = Material.of(letter)
        cases = [draw(options.seed, number, material) for number in range(options.questions)]
    folder = new_folder(options.out)
    outcome = run(cases, load_assistant(say=_say).ask, Paper(), folder / FAILURES)
    _print(table(outcome))
    return DONE if outcome.holds else BELOW


def _fit(options: argparse.Namespace) -> int:
    from eval.fit import report

    return _print(report(load_assistant(say=_say)))


def _train(options: argparse.Namespace) -> int:
    from eval.train import report

    given = [] if options.go_on is None else options.go_on or [ADAPTER]
    if not (options.epochs or given):
        print("briefwijzer: without epochs, name adapters to take the mean of: --continue FILE ...", file=sys.stderr)
        return MISUSED
    adapters = [read_adapter(path) for path in given]
    return _print(report(load_letter(), options.epochs, options.out, adapters, options.order, options.rates))


def _print(lines: Iterator[str]) -> int:
    for line in lines:
        print(line, flush=True)
    return DONE


def _questions(own: Path | None, split: str) -> list[Question]:
    letter = load_letter()
    if own:
        return list(load_questions(own, letter))
    return [question for question in measuring(letter) if split in ("all", question.split)]


def _progress(done: int, total: int) -> None:
    print(f"progress {done} {total}", file=sys.stderr, flush=True)


def _say(what: str) -> None:
    tqdm.write(f"briefwijzer: {what}", file=sys.stderr)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        print("\nbriefwijzer: stopped", file=sys.stderr)
        sys.exit(STOPPED)
