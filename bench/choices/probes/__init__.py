"""One small program for each choice; each runs in .venv-choices, in a process of its own."""
