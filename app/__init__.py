"""The browser page and the command line.

Read in this order: `render` (an answer or a letter to Markdown and HTML), `cli` (the commands), `server` (warm-up and
HTTP), `page` (Gradio), with its `page.js` and `page.css`.
"""
