"""A job as one program for bash: its phases in order, with Travis's own rules of what fails it."""
