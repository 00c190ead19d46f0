"""Fit what is set on questions: the weights of the search, then the coefficients of the confidence.

The questions are those of `dev` and those of `fitting.jsonl`, which neither train nor measure: what the adapter was
trained on, it reads better than what a stranger asks.

The weights: the likelihood of the evidence among all units (a softmax over their scores), with a ridge penalty. The
confidence: logistic regression with a ridge penalty on standardised signals; what is predicted is that the best unit is
evidence for the question. How well either does is estimated by cross-validation over pairs, so that no question is
judged by its own twin; the confidence with search weights that were fitted on all of them.
"""

from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from tqdm import tqdm

from eval.questions import labelled, labelled_dev
from index.assistant import Assistant
from index.confidence import PREFERRED
from index.search import BY_HAND, WEIGHTS, on_common_scale
from index.understanding import Asked, heard, understand

FITTING = Path(__file__).parent / "fitting.jsonl"
_PENALTY = 0.01  # of the squared weights, beside the mean log-likelihood
_RIDGE = 0.5  # scikit-learn's C, the inverse of the penalty's weight
_FOLDS = 8


@dataclass(frozen=True, slots=True)
class _Example:
    """A question as it is understood; the units that answer it, if any does; and a name that twins share."""

    asked: Asked
    language: str
    evidence: frozenset[str]
    pair: str


def report(assistant: Assistant) -> Iterator[str]:
    """The lines of the report: weights and coefficients to paste, and what they would do."""
    examples = _examples(assistant)
    weights = yield from _weights(assistant, [example for example in examples if example.evidence])
    # The confidence is that of a search with these weights: the share of the best in the likelihood hangs on them.
    assistant.search = assistant.search.weighed(weights)
    yield from _confidence(assistant, examples)


def _examples(assistant: Assistant) -> list[_Example]:
    return [
        _Example(understand(heard(one.question, one.history)), one.language, one.evidence, one.pair)
        for one in labelled_dev(assistant.letter) + labelled(FITTING)
    ]


def _weights(assistant: Assistant, examples: Sequence[_Example]) -> Generator[str, None, dict[str, float]]:
    """The lines on the weights of the search; returns all of them, as they are printed."""
    names = [name for name in WEIGHTS if name not in BY_HAND]
    seen, evidence = [], []
    for example in tqdm(examples, desc="searching", leave=False, disable=None):
        scores = on_common_scale(assistant.scores(example.asked))
        seen.append(np.stack([scores[name] for name in names], axis=1))
        evidence.append([unit.id in example.evidence for unit in assistant.letter.units])
    ways, right = np.array(seen), np.array(evidence)
    weights = _fitted(ways, right)
    fitted = {name: round(float(weight), 2) for name, weight in zip(names, weights, strict=True)}
    yield from (f'    "{name}": {weight:.2f},' for name, weight in fitted.items())

    ranks = np.zeros(len(examples))
    for train, held_out in GroupKFold(_FOLDS).split(ways, groups=_pairs(examples)):
        scores = ways[held_out] @ _fitted(ways[train], right[train])
        best = np.where(right[held_out], scores, -np.inf).max(axis=1, keepdims=True)
        ranks[held_out] = (scores > best).sum(axis=1)
    for language in ("nl", "en"):
        some = ranks[[example.language == language for example in examples]]
        yield f"{language}: evidence first {np.mean(some < 1):.3f}, in five {np.mean(some < 5):.3f} (cross-validated)"
    return {**WEIGHTS, **fitted}


def _fitted(ways: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Weights, none below zero, for `ways` of shape `(questions, units, ways)` and `right` of `(questions, units)`."""

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        scores = ways @ weights
        likely = np.exp(scores - scores.max(axis=1, keepdims=True))
        of_all = likely / likely.sum(axis=1, keepdims=True)
        of_right = likely * right / (likely * right).sum(axis=1, keepdims=True)
        value = -np.log((of_all * right).sum(axis=1)).mean() + _PENALTY * (weights**2).sum()
        slope = np.einsum("qu,quw->w", of_all - of_right, ways) / len(ways) + 2 * _PENALTY * weights
        return float(value), slope

    size = ways.shape[2]
    found: np.ndarray = minimize(loss, np.full(size, 0.3), jac=True, bounds=[(0, None)] * size).x
    return found


def _confidence(assistant: Assistant, examples: Sequence[_Example]) -> Iterator[str]:
    rows: list[Mapping[str, float]] = []
    right: list[bool] = []
    for example in tqdm(examples, desc="weighing", leave=False, disable=None):
        part, found = assistant.weigh(example.asked)[0]
        rows.append(found)
        right.append(part.hits[0].unit.id in example.evidence)
    names = [name for name in rows[0] if name != "constant"]
    signals = np.array([[row[name] for name in names] for row in rows])
    silent = np.array([not example.evidence for example in examples])
    given: dict[str, np.ndarray] = {}
    for name, target in (("RIGHT", np.array(right)), ("SILENT", silent)):
        model = make_pipeline(StandardScaler(), LogisticRegression(C=_RIDGE))
        folds = GroupKFold(_FOLDS)
        given[name] = cross_val_predict(
            model, signals, target, groups=_pairs(examples), cv=folds, method="predict_proba"
        )[:, 1]
        model.fit(signals, target)
        scaler, regression = model[0], model[1]
        weights = regression.coef_[0] / scaler.scale_
        yield name
        yield f'    "constant": {float(regression.intercept_[0] - weights @ scaler.mean_):.3f},'
        yield from (f'    "{signal}": {weight:.3f},' for signal, weight in zip(names, weights, strict=True))
        yield f"area under the curve {roc_auc_score(target, given[name]):.3f} (cross-validated)"
    for preferred in sorted({0.5, 0.7, 1.0, 1.4, 2.0, PREFERRED}):
        declined = given["RIGHT"] < preferred * given["SILENT"]
        yield (
            f"preferred {preferred}: declined {declined[silent].mean():.2f} of what the letter does not answer, "
            f"{declined[~silent].mean():.2f} of what it does, "
            f"{declined[np.array(right)].mean():.2f} of what the best unit answers"
        )


def _pairs(examples: Sequence[_Example]) -> np.ndarray:
    numbers: np.ndarray = np.unique([example.pair for example in examples], return_inverse=True)[1]
    return numbers
