"""How right and how fast the assistant is, measured.

`bench`: speed and memory, as ratios in one run.
"""
