"""Which prompts speak of keys, and of which: of menus as the flow files say, of all else as the code does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agi.ivr.flow import CALLBACK_FILE, FLOW_FILE, LIMITED_FILE, VOICEMAIL_FILE, FlowError, readable_steps
from agi.ivr.prompt_names import declared_prompts
from agi.ivr.references import NameOf, filled_in, names_in
from agi.ivr.steps.menu import MenuStep
from agi.prompts.menus import KeyedText

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from agi.ivr.steps.base import FlowStep
    from agi.prompts.menus import Menus

FLOW_FILES = (FLOW_FILE, CALLBACK_FILE, VOICEMAIL_FILE, LIMITED_FILE)


def spoken_menus(files: Sequence[Path] = FLOW_FILES) -> Menus:
    """Return the parts of each prompt that names keys.

    A step that cannot be read is left out: `load_flow` reports what is wrong with it.

    Raises:
        FlowError: A file is no TOML; or a prompt would speak of one key in one step and of another in the next.
    """
    menus: dict[str, tuple[KeyedText, ...]] = {}
    problems: list[str] = []
    for prompt, parts in _all(files):
        earlier = menus.setdefault(prompt, parts)
        if _said(earlier) != _said(parts):
            problems.append(
                f"prompt '{prompt}' would name other keys or choices in {parts[0].source} than in {earlier[0].source}: "
                "give one of them a prompt of another name"
            )
    if problems:
        raise FlowError(problems)
    return menus


def _all(files: Sequence[Path]) -> Iterator[tuple[str, tuple[KeyedText, ...]]]:
    for prompt, declared in declared_prompts().items():
        if declared.keys:
            yield prompt, (KeyedText(declared.text or prompt, declared.keys, declared.module),)
    for file in files:
        for name, step in readable_steps(file).items():
            yield from _of_step(step, f"{file.name} step '{name}'")


def _of_step(step: FlowStep, source: str) -> Iterator[tuple[str, tuple[KeyedText, ...]]]:
    put_together = dict(_of_menu(step, source)) if isinstance(step, MenuStep) else {}
    yield from put_together.items()
    if step.keys:
        for _, template in names_in(step, NameOf.PROMPT):
            for prompt in filled_in(template):
                if prompt not in put_together:
                    yield prompt, (KeyedText(prompt, step.keys, source),)


def _of_menu(menu: MenuStep, source: str) -> Iterator[tuple[str, tuple[KeyedText, ...]]]:
    together = []
    for key, choice in menu.choices.items():
        keys = {"key": key}
        if choice.text not in menu.prompts:
            together.append(KeyedText(choice.text, keys, source))
            continue
        for prompt in filled_in(choice.text):
            yield prompt, (KeyedText(prompt, keys, source),)
    if menu.menu is not None:
        yield menu.menu, tuple(together)


def _said(parts: Sequence[KeyedText]) -> list[tuple[str, dict[str, str]]]:
    return [(part.text, dict(part.keys)) for part in parts]
