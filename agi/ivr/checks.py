"""Finds mistakes in a flow that can be read, before the first caller does."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from agi.ivr.prompt_names import declared_prompts
from agi.ivr.references import MustEnd, NameOf, filled_in, names_in

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from pydantic_core import ErrorDetails

    from agi.ivr.flow import Flow
    from agi.ivr.steps.base import FlowStep

_OF_A_KEY = "[key]"
"""What pydantic puts behind the name of a key that is itself at fault."""


class FlowProblem(NamedTuple):
    """Something wrong: the dotted path of where it stands, and what to do about it."""

    where: str
    text: str


def describe_validation_error(step: str, error: ErrorDetails) -> FlowProblem:
    """The place of a step's wrong key or value, and what is wrong with it, in an admin's words."""
    key = ".".join(str(part) for part in error["loc"][1:] if part != _OF_A_KEY)  # the first is the step's kind
    given = error["input"]
    what = {
        "missing": f"key '{key}' is missing",
        "extra_forbidden": f"unknown key '{key}'",
        "string_type": f"'{key}': must be a text in quotes, not {given!r}",
        "tuple_type": f"'{key}': must be a list in [ ], not {given!r}",
        "float_type": f"'{key}': must be a number, not {given!r}",
        "bool_type": f"'{key}': must be true or false, not {given!r}",
        "dict_type": f"'{key}': must be a table, not {given!r}",
        "model_type": f"'{key}': must be a table such as {{ next = \"end\" }}, not {given!r}",
        "value_error": str(error.get("ctx", {}).get("error")),
    }.get(error["type"], f"'{key}': {error['msg']}, not {given!r}")
    return FlowProblem(f"steps.{step}.{key}", f"step '{step}': {what}")


class FlowChecks:
    """The checks of one flow.

    Args:
        flow: The steps that could be read.
        known: The names of all steps, those that could not be read too.
        prompts: Of each language the names of all prompts there are.
        needs: The ids of all needs.
        starts: Further steps that a call may begin with.
    """

    def __init__(
        self,
        flow: Flow,
        *,
        known: Collection[str],
        prompts: Mapping[str, Collection[str]],
        needs: Collection[str],
        starts: Collection[str] = (),
    ) -> None:
        self._flow = flow
        self._starts = starts
        self._steps = flow.steps
        self._known = known
        self._prompts = prompts
        self._needs = needs

    def problems(self) -> Iterator[FlowProblem]:
        """Everything wrong."""
        targets = [*self._roots(), *self._find_dangling_exits()]
        yield from targets
        yield from self._undefined_prompts()
        for name, step in self._steps.items():
            yield from self._of_step(name, step)
        yield from self._circles()
        if not targets and len(self._steps) == len(self._known):  # else these only say the same once more
            yield from self._unreached()
            yield from self._endless()

    def _roots(self) -> Iterator[FlowProblem]:
        for_rooms = any(step.for_rooms for step in self._steps.values())
        for key in ("start",) if for_rooms else ("start", "operator"):
            name: str = getattr(self._flow, key)
            if not name:
                yield FlowProblem(key, f"'{key}' is missing: name the step it is")
            elif name not in self._known:
                yield FlowProblem(key, f"{key} = '{name}': there is no such step")
        for name in self._starts:
            if name not in self._known:
                yield FlowProblem("steps", f"a helpline starts with '{name}' (helplines.toml): there is no such step")
        operator = self._steps.get(self._flow.operator)
        if operator is not None and not operator.takes_over:
            text = f"operator = '{self._flow.operator}': a step of kind {operator.kind_name()} cannot take a call over"
            yield FlowProblem("operator", text)

    def _find_dangling_exits(self) -> Iterator[FlowProblem]:
        for name, step in self._steps.items():
            for key, target in names_in(step, NameOf.STEP):
                if target not in self._known:
                    yield FlowProblem(
                        f"steps.{name}.{key}", f"step '{name}': {key} leads to '{target}', which is no step"
                    )

    def _of_step(self, name: str, step: FlowStep) -> Iterator[FlowProblem]:
        where = f"steps.{name}"
        for key, need in names_in(step, NameOf.NEED):
            if need not in self._needs:
                yield FlowProblem(f"{where}.{key}", f"step '{name}': {key}: '{need}' is no need (see needs.csv)")
        for key, template in names_in(step, NameOf.PROMPT):
            yield from self._missing_prompts(filled_in(template), f"{where}.{key}", f"step '{name}': {key}")
        for key, target in names_in(step, MustEnd.CALL):
            after = self._steps.get(target)
            if after is not None and (not after.ends or any(_targets(after))):
                text = f"step '{name}': {key} leads to '{target}', which does not end the call by itself"
                yield FlowProblem(f"{where}.{key}", text)

    def _undefined_prompts(self) -> Iterator[FlowProblem]:
        """Prompts that code plays and that have no text; reported at a step of that kind, if there is one."""
        kinds = {type(step).__module__: name for name, step in self._steps.items()}
        for prompt, declared in declared_prompts().items():
            name = kinds.get(declared.module)
            where = f"steps.{name}.kind" if name else "steps"
            who = f"step '{name}': kind {self._steps[name].kind_name()}" if name else declared.module
            yield from self._missing_prompts([prompt], where, who)

    def _missing_prompts(self, names: Collection[str], where: str, who: str) -> Iterator[FlowProblem]:
        for language, there in self._prompts.items():
            for name in names:
                if name not in there:
                    yield FlowProblem(where, f"{who}: prompt '{name}' is missing in language {language}")

    def _circles(self) -> Iterator[FlowProblem]:
        """Steps that lead back to themselves without the caller ever being asked."""
        silent = {name for name, step in self._steps.items() if not step.asks}
        for name in sorted(silent):
            if name in self._reached(_targets(self._steps[name]), within=silent):
                yield FlowProblem(f"steps.{name}", f"step '{name}': leads back to itself without asking the caller")

    def _unreached(self) -> Iterator[FlowProblem]:
        reached = self._reached([self._flow.start, self._flow.operator, *self._starts])
        for name in self._steps.keys() - reached:
            yield FlowProblem(f"steps.{name}", f"step '{name}': no other step leads here")

    def _endless(self) -> Iterator[FlowProblem]:
        for name, step in self._steps.items():
            if not any(self._steps[each].ends for each in self._reached([name])):
                yield FlowProblem(
                    f"steps.{name}", f"step '{name}': from here no step ends the call (kind {step.kind_name()})"
                )

    def _reached(self, names: Collection[str], within: Collection[str] | None = None) -> set[str]:
        """These steps and all that can follow them."""
        reached: set[str] = set()
        todo = list(names)
        while todo:
            name = todo.pop()
            if name in reached or name not in self._steps or (within is not None and name not in within):
                continue
            reached.add(name)
            todo += _targets(self._steps[name])
        return reached


def _targets(step: FlowStep) -> list[str]:
    """The steps that may follow."""
    return [target for _, target in names_in(step, NameOf.STEP)]
