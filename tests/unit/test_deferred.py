"""What is loaded late is the same as what is loaded at once."""

import json
import subprocess
import sys

import pytest

from homeport.cli.deferred import PARTS

# In an interpreter of its own: what pytest has loaded cannot be deferred any more.
BEGIN = "import sys; from homeport.cli.deferred import *; defer(); "
STACK = "import_msgspec(); from homeport.cli import stack_run; "
LOADED = f"print([p for p in {PARTS} if '__getattr__' not in vars(sys.modules[p])])"


def python(program: str) -> str:
    return subprocess.check_output([sys.executable, "-c", program], text=True).strip()


def test_what_moves_a_stack_looks_into_none_of_them() -> None:
    heavy = "print([m for m in ('click', 'typing_extensions', 'yaml', 'http') if m in sys.modules])"
    assert "[]\n[]" == python(BEGIN + STACK + LOADED + "; " + heavy)


@pytest.mark.parametrize("part", PARTS)
def test_each_has_the_names_that_it_has_at_once(part: str) -> None:
    names = (
        f"; import {part}; print(sorted(n for n in vars(sys.modules['{part}']) if n[:2] != '__'))"
    )
    first = f"sys.modules['{part}'].__doc__; getattr(sys.modules['{part}'], 'x', 0)"
    assert python("import sys" + names) == python(BEGIN + first + names)


def test_a_name_that_none_of_them_has_is_an_attribute_error() -> None:
    program = "import ssl\ntry: ssl.nothing\nexcept AttributeError as error: print(error)"
    assert "module 'ssl' has no attribute 'nothing'" == python(f"{BEGIN}\n{program}")


def test_threads_that_look_into_one_at_once_find_it_whole() -> None:
    program = (
        "import inspect; from concurrent.futures import ThreadPoolExecutor\n"
        "with ThreadPoolExecutor(8) as pool:\n"
        "    found = list(pool.map(lambda _: inspect.signature(len).parameters, range(64)))\n"
        "print(len(found))"
    )
    assert "64" == python(f"{BEGIN}\n{program}")


def test_msgspec_is_the_same_without_typing_extensions() -> None:
    program = (
        "import msgspec, json; from typing import *\n"
        "class Point(msgspec.Struct):\n"
        "    x: Annotated[int, msgspec.Meta(ge=0)]\n"
        "    y: Literal['a'] | None = None\n"
        "class Loose(TypedDict):\n"
        "    name: Required[str]\n"
        "    size: NotRequired[int]\n"
        "made = msgspec.convert([{'x': 1, 'y': 'a'}], list[Point])\n"
        "made = made, msgspec.convert({'name': 'n'}, Loose)\n"
        "try: msgspec.convert({'x': -1}, Point)\n"
        "except msgspec.ValidationError as error: print(json.dumps([str(made), str(error)]))"
    )
    found = python(f"{BEGIN}import_msgspec()\n{program}")
    assert python(program) == found
    assert "Expected `int` >= 0 - at `$.x`" == json.loads(found)[1]
