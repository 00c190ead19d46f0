"""From sentences to a cited answer.

Read in this order: `weights` (the model's files), `adapter` (its reading of questions), `embedding` (text to vectors),
`views` (how a unit is indexed), `late_interaction` (word by word), `store` (the index on disk), `lexical` (BM25),
`expect` (what kind of thing is asked for), `search` (question to ranked units), `language`, `conversation`
(follow-ups), `understanding` (what is asked), `locate` (places in the letter), `answer` (the value), `confidence`,
`selection` (what to cite), `wording`, `assistant` (question to `Answer`). Beside these: `terms` and `commitments`, what
the letter spells out and promises.
"""
