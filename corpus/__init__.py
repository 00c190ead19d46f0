"""The letter, its translation, and how text becomes sentences with positions.

Read in this order: `span` (a position and the text at it), `parse` (text to units), `letter` (a folder to a `Letter`).
"""
