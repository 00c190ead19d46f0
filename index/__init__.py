"""From sentences to a cited answer.

Read in this order: `weights` (the model's files), `embedding` (text to vectors), `views` (how a unit is indexed),
`store` (the index on disk), `lexical` (BM25), `expect` (what kind of thing is asked for), `search` (question to ranked
units), `language`, `conversation` (follow-ups), `understanding` (what is asked), `answer` (the value), `confidence`,
`selection` (what to cite), `wording`, `assistant` (question to `Answer`).
"""
