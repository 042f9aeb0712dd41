"""Parts of the standard library that are loaded when something of them is used, and not before.

asyncio, dataclasses, http.client and urllib import them at once, and a command that moves
containers or asks the daemon needs nothing of them: 8 ms of the 60 that its imports take.
"""

from __future__ import annotations

import os
import sys
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import module_from_spec
from threading import RLock
from types import ModuleType
from typing import Any

PARTS = ("inspect", "linecache", "ssl", "asyncio.sslproto", "ipaddress")


def defer() -> None:
    """Let an `import` of these bring an empty module, which is filled when it is looked into."""
    for name in PARTS:
        spec = PathFinder.find_spec(name, _folder_of(name))
        if spec and name not in sys.modules:
            sys.modules[name] = _deferred(spec)


def import_msgspec() -> None:
    """Import it without typing_extensions, which takes 5 ms.

    It would take from there what `typing` has since Python 3.11, and takes it from `typing` then.
    """
    name = "typing_extensions"
    if name in sys.modules:
        return
    sys.modules[name] = None  # type: ignore[assignment]  # for `import`: it is not there
    try:
        import msgspec  # noqa: F401
    finally:
        del sys.modules[name]


def _folder_of(name: str) -> list[str] | None:
    """Where a part of a package is looked for; the package itself is not imported for that."""
    package = name.rpartition(".")[0]
    return [os.path.join(os.path.dirname(os.__file__), package)] if package else None  # noqa: PTH118, PTH120 - pathlib would import what is to be deferred


def _deferred(spec: ModuleSpec) -> ModuleType:
    """A module with a `__getattr__` (PEP 562) that loads it, once."""
    module, lock, begun = module_from_spec(spec), RLock(), False

    def load(name: str) -> Any:
        nonlocal begun
        with lock:  # another thread waits until it is loaded; this one may look into what it loads
            if spec.loader and not begun:
                begun = True
                spec.loader.exec_module(module)
                del module.__dict__["__getattr__"]
        try:
            return module.__dict__[name]
        except KeyError:
            text = f"module {spec.name!r} has no attribute {name!r}"
            raise AttributeError(text, name=name, obj=module) from None

    module.__dict__["__getattr__"] = load
    return module
