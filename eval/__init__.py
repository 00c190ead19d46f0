"""How right and how fast the assistant is, measured.

`bench`: speed and memory, as ratios in one run. `fit`: the coefficients of the confidence. `questions.jsonl`: questions
with their evidence; `LOG.md`: experiments.
"""
