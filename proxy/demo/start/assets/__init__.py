"""Template, style sheet and script of the start page."""
