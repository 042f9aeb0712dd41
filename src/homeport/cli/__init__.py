"""The commands. Each file is loaded when one of its commands is called, and not before."""

from homeport.cli.main import main

__all__ = ["main"]
