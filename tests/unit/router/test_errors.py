"""Every exception of the product hangs on one root, and its name says what it is."""

from __future__ import annotations

import ast
import builtins
import importlib
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from router.errors import ConfigError, UserError, WarroomError

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[3]
EXCEPTION = re.compile("Error|Exception|Warning")
CLASS_OF_ITS_KIND = re.compile(f"class [^:]*({EXCEPTION.pattern})")
PACKAGES = ("agi", "board", "recordings", "router", "warroom")


@cache
def exceptions_of_the_product() -> tuple[type[BaseException], ...]:
    return tuple(_exceptions())


def _exceptions() -> Iterator[type[BaseException]]:
    for path in sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py")):
        text = path.read_text("utf-8")
        if not CLASS_OF_ITS_KIND.search(text):
            continue
        classes = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ClassDef)]
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for node in classes:
            if EXCEPTION.search(" ".join([node.name, *map(ast.unparse, node.bases)])):
                found = getattr(importlib.import_module(module), node.name)
                if issubclass(found, BaseException):
                    yield found


def test_every_exception_has_the_one_root() -> None:
    found = exceptions_of_the_product()
    assert len(found) > 40
    assert [one for one in found if not issubclass(one, WarroomError)] == []


def test_no_exception_has_the_name_of_another() -> None:
    names = [one.__name__ for one in exceptions_of_the_product()]
    assert sorted({name for name in names if names.count(name) > 1 or hasattr(builtins, name)}) == []


def test_mistakes_of_a_file_are_told_together() -> None:
    error = ConfigError(["a.toml: line 1: one", "a.toml: line 7: two"])
    assert isinstance(error, UserError)
    assert str(error).splitlines() == list(error.problems) == ["a.toml: line 1: one", "a.toml: line 7: two"]
