"""How right and how fast the assistant is, measured; `README.md` describes the questions and the figures.

Read in this order: `questions` (read and checked), `systems` (what replies), `run` (a run and its folder), `measures`,
`intervals`, `scores` (from replies to tables), `report` with `plots`, `compare`, `publish` (and the gate),
`second_opinion`. Apart from these: `fit` (search weights and confidence), `train` (the adapter), `bench` with
`beside`, `peers` and `growth` (speed and memory, other systems, more passages), `exactness` with `drawn` and `paper`
(questions that nobody wrote), `load` with `visitors` (many people at once), `LOG.md` (experiments).
"""
