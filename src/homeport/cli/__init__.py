"""The commands. Each file is loaded when one of its commands is called, and not before."""

import sys

from homeport.cli.ahead import begin


def main() -> None:
    """The entry point: what takes long is begun before click is imported, which takes 20 ms."""
    begun = begin(sys.argv[1:])
    from homeport.cli.main import run

    run(begun)


__all__ = ["main"]
