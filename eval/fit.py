"""Fit the coefficients of `index.confidence` on the dev questions, and say how well they separate.

Logistic regression with a ridge penalty on standardised signals. What is predicted: the best unit is evidence for the
question. How well is estimated by cross-validation over pairs, so that no question is judged by its own twin.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from tqdm import tqdm

from index.assistant import Assistant
from index.confidence import ANSWERED_FROM
from index.understanding import clean, understand

QUESTIONS = Path(__file__).parent / "questions.jsonl"
_RIDGE = 0.5  # scikit-learn's C, the inverse of the penalty's weight
_FOLDS = 8


def report(assistant: Assistant) -> Iterator[str]:
    """The lines of the report: the coefficients, and what declining below the threshold would do."""
    lines = QUESTIONS.read_text(encoding="utf-8").splitlines()
    dev = [question for question in map(json.loads, lines) if question["split"] == "dev"]
    rows: list[dict[str, float]] = []
    right: list[bool] = []
    for question in tqdm(dev, desc="weighing", leave=False):
        part, found = assistant.weigh(understand(clean(question["question"]), question["history"]))[0]
        rows.append(found)
        right.append(any(part.hits[0].unit.id in group for group in question["evidence"]))
    names = [name for name in rows[0] if name != "constant"]
    signals = np.array([[row[name] for name in names] for row in rows])
    pairs = np.unique([question["pair"] for question in dev], return_inverse=True)[1]

    model = make_pipeline(StandardScaler(), LogisticRegression(C=_RIDGE))
    folds = GroupKFold(_FOLDS)
    probabilities = cross_val_predict(model, signals, right, groups=pairs, cv=folds, method="predict_proba")[:, 1]
    model.fit(signals, right)
    scaler, regression = model[0], model[1]
    weights = regression.coef_[0] / scaler.scale_
    constant = float(regression.intercept_[0] - weights @ scaler.mean_)
    yield f'    "constant": {constant:.3f},'
    yield from (f'    "{name}": {weight:.3f},' for name, weight in zip(names, weights, strict=True))

    answerable = np.array([question["answerable"] for question in dev])
    declined = probabilities < ANSWERED_FROM
    wrong = ~np.array(right)
    yield f"{len(dev)} questions; area under the curve {roc_auc_score(right, probabilities):.3f} (cross-validated)"
    yield f"declined of what the letter does not answer: {declined[~answerable].mean():.2f}"
    yield f"declined of what it answers: {declined[answerable].mean():.2f}"
    yield f"declined of what it answers and the best unit does: {declined[answerable & ~wrong].mean():.2f}"
