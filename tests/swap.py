"""Run a module's functions with other code for a while, wherever they have been imported.

The changed source is only compiled: each function of the module gets the code object of its
namesake. So `from module import function` elsewhere runs the changed code too, and
classes, constants and default arguments stay what they are.
"""

import ast
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any


def source_of(module: ModuleType) -> str:
    """The text of a module's file."""
    assert module.__file__ is not None
    return Path(module.__file__).read_text("utf-8")


def codes_of(source: str | ast.Module, name: str) -> dict[str, CodeType]:
    """Qualified name → code of each function and method that a source defines."""
    found: dict[str, CodeType] = {}
    waiting = [compile(source, name, "exec", dont_inherit=True)]
    while waiting:
        for const in waiting.pop().co_consts:
            if isinstance(const, CodeType):
                found[const.co_qualname] = const
                waiting.append(const)
    return found


def functions_of(module: ModuleType) -> dict[str, FunctionType]:
    """Qualified name → function: the module's own, and the methods of its own classes."""
    found: dict[str, FunctionType] = {}
    for thing in vars(module).values():
        if getattr(thing, "__module__", "") != module.__name__:
            continue
        inside = vars(thing).values() if isinstance(thing, type) else [thing]
        for one in inside:
            function = _function(one)
            if function is not None and function.__module__ == module.__name__:
                found[function.__qualname__] = function
    return found


def _function(thing: Any) -> FunctionType | None:
    """The plain function in a method, property or cached function."""
    for name in ("__func__", "fget", "__wrapped__"):
        thing = getattr(thing, name, None) or thing
    return thing if isinstance(thing, FunctionType) else None


def forget(module: ModuleType) -> None:
    """Empty the caches of a module's functions."""
    for thing in vars(module).values():
        if getattr(thing, "__module__", "") == module.__name__ and hasattr(thing, "cache_clear"):
            thing.cache_clear()


@contextmanager
def swapped(module: ModuleType, source: str | ast.Module) -> Iterator[list[str]]:
    """The module's functions with the code of another source; yields the names that differ."""
    fresh = codes_of(source, source_name(module))
    functions = functions_of(module)
    before = {
        name: function.__code__
        for name, function in functions.items()
        if name in fresh and fresh[name] != function.__code__
    }
    forget(module)
    try:
        for name in before:
            functions[name].__code__ = fresh[name]
        yield sorted(before)
    finally:
        for name, code in before.items():
            functions[name].__code__ = code
        forget(module)


def source_name(module: ModuleType) -> str:
    """The file name that the module's own code objects bear."""
    assert module.__file__ is not None
    return module.__file__
