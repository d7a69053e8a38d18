"""What the documentation names is there: files, commands with their options, settings, pages."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
import typer
from typer.core import TyperGroup

from warroom.cli.main import make_app
from warroom.config.paths import PROJECT
from warroom.config.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

APP = typer.main.get_command(make_app(()))
PAGES = [PROJECT / "README.md", PROJECT / "CONTRIBUTING.md", *sorted((PROJECT / "docs").glob("*.md"))]
ROOTS = "|".join(
    ("agi", "asterisk_conf", "board", "deploy", "docs", "recordings", "requirements", "router", "tests", "warroom")
)


def blocks(page: Path) -> list[str]:
    """Prose and blocks of code by turns; prose comes first."""
    return re.split(r"^```.*$", page.read_text("utf-8"), flags=re.MULTILINE)


def code(page: Path) -> Iterator[str]:
    """Spans in backticks, and the lines of blocks."""
    for place, text in enumerate(blocks(page)):
        yield from text.splitlines() if place % 2 else re.findall(r"`([^`\n]+)`", text)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_docs_files_exist(page: Path) -> None:
    prose = re.sub(r"`[^`\n]+`", "", "".join(blocks(page)[::2]))
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", prose)
    path = rf"(?<![\w/<>.-])(?:{ROOTS})/(?!1\b)[\w./*-]*[\w/*]"  # warroom/1 is the root of our topics
    named = {name for span in code(page) for name in re.findall(path, span)}
    missing = [link for link in links if not (page.parent / link).exists()]
    missing += [name for name in named if not any(PROJECT.glob(name.rstrip("/")))]
    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_docs_commands_exist(page: Path) -> None:
    wrong = []
    for span in code(page):
        for line in re.findall(r"(?:^|[\s/|])warroom((?: +[^\s|#`,;]+)+)", span):
            try:
                check_command(line.split())
            except LookupError as error:
                wrong.append(f"{span}: {error}")
    assert wrong == []


def check_command(words: list[str]) -> None:
    """Raise LookupError for a command or an option that there is not."""
    command = APP
    options = {name for parameter in command.params for name in parameter.opts}
    for word in words:
        if word.startswith("--"):
            if word.partition("=")[0] not in {*options, "--help"}:
                raise LookupError(word)
        elif isinstance(command, TyperGroup) and re.fullmatch(r"[a-z-]+", word) and command.commands:
            if word not in command.commands:
                raise LookupError(word)
            command = command.commands[word]
            options = {name for parameter in command.params for name in parameter.opts}


def test_docs_settings_exist() -> None:
    wrong = []
    for page in PAGES:
        for span in code(page):
            for name in re.findall(
                r"(?<![\w/.<-])(?<!-m )(?:calls|recordings|router|api|retention_days)(?:\.[a-z0-9_]+)+\b(?![(/])",
                span,
            ):
                part: object = Settings()
                for word in name.split("."):
                    part = getattr(part, word, None)
                if part is None and not name.endswith((".rtp_first", ".rtp_last")):
                    wrong.append(f"{page.name}: {name}")
    assert wrong == []


def test_docs_index_names_every_page() -> None:
    index = (PROJECT / "docs" / "README.md").read_text("utf-8")
    assert [page.name for page in PAGES if page.parent.name == "docs" and f"({page.name})" not in index] == [
        "README.md"
    ]


def test_make_starts_programs_of_ours_that_are_there() -> None:
    started = set(
        re.findall(r"-m ((?:agi|board|recordings|router|tests|warroom)[\w.]*)", (PROJECT / "Makefile").read_text())
    )
    assert started
    for module in started:
        path = PROJECT.joinpath(*module.split("."))
        file = path / "__main__.py" if path.is_dir() else path.with_suffix(".py")
        assert 'if __name__ == "__main__":' in file.read_text("utf-8"), module
