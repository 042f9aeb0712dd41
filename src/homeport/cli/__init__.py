"""The commands. Each file is loaded when one of its commands is called, and not before."""

import sys


def main() -> None:
    """The entry point.

    A command that needs no words of click does without it: it takes 9 ms to import, which whoever
    waits for a service to come back would wait, too.
    """
    from homeport.cli.ahead import certain
    from homeport.cli.deferred import defer

    if sys.argv[1:2] != ["up"]:  # the daemon uses all of it
        defer()
    asked = certain(sys.argv[1:])
    if asked:
        from homeport.cli.straight import go

        go(asked)
    from homeport.cli.main import run

    run()


__all__ = ["main"]
