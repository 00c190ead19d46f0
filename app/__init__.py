"""The browser page and the command line.

Read in this order: `render` (an answer or a letter to Markdown and HTML), `cli` (the commands), `warmup` (the
assistant while it loads), `page` (Gradio, with its `page.js` and `page.css`), `server` (HTTP).
"""
