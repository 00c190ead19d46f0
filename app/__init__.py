"""The browser page and the command line.

Read in this order: `wording`, `quoting` (a passage and its address), `render` (an answer), `sheets` (the letter) and
`aids` (what helps to read it), `export` (a conversation as a file), `feedback`, `published` and `evaluation` (what the
figures are); `warmup` (the assistant while it loads), `settings`, `observe`, `desk` (where every question is asked),
`conversation`, `frame` and `page` (Gradio, with `room.js` and `page.css`); `api` and `tools` (for programs), `sessions`
and `gate` (who comes in), `server`; `cli` (the commands).
"""
