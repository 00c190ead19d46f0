"""From sentences to a cited answer.

Read in this order: `weights` (the model's files), `embedding` (text to vectors), `views` (how a unit is indexed), `store`
(the index on disk), `lexical` (BM25), `search` (question to ranked units), `language`, `conversation`, `expect` (what kind
of thing is asked for), `answer` (question to `Answer`).
"""
