"""What a step names follows from the types of its fields: who writes a new kind of step can forget no check."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

import pytest
from pydantic import BaseModel, Field

from agi.ivr import prompt_names
from agi.ivr.checks import FlowChecks
from agi.ivr.flow import CALLBACK_FILE, FlowError, load_flow
from agi.ivr.flow import Flow as ReadFlow
from agi.ivr.prompt_names import PromptDeclarations, declared_prompts
from agi.ivr.references import LastTarget, NameOf, NeedId, PromptName, PromptNames, Target, names_in
from agi.ivr.steps.base import FlowStep
from agi.ivr.steps.ending.ending import EndStep
from tests.support.ivr_fakes import flow, places, prompts


class Branch(BaseModel):
    """A table within a step."""

    leads_to: Target
    wants: NeedId | None = None


class NewStep(FlowStep):
    """A kind that nobody has told the checks of."""

    asks: ClassVar[bool] = True

    kind: Literal["new"] = "new"
    left: Target
    right: Target | None = None
    other: Target = Field(default="end", alias="else")
    last: LastTarget = "end"
    branches: dict[Annotated[str, NameOf.KEY], Branch] = Field(default_factory=dict)
    listed: list[Branch] = Field(default_factory=list)
    pair: tuple[NeedId, PromptName] | None = None
    words: PromptNames = ()

    async def run(self, talk: object) -> str:
        return self.left


def found(**fields):
    """The problems of a flow whose first step is new."""
    steps = {"new": NewStep(**{"left": "end", **fields}), "end": EndStep(kind="end", prompts=("goodbye",))}
    checks = FlowChecks(
        ReadFlow("new", "end", steps), known=steps.keys(), prompts=prompts(), needs=places().needs.keys()
    )
    return [(problem.where, problem.text) for problem in checks.problems()]


def test_new_kind_of_step_is_sound():
    assert found() == []


@pytest.mark.parametrize(
    ("fields", "key"),
    [
        ({"left": "nowhere"}, "left"),
        ({"right": "nowhere"}, "right"),
        ({"else": "nowhere"}, "else"),
        ({"last": "nowhere"}, "last"),
        ({"branches": {"1": {"leads_to": "nowhere"}}}, "branches.1.leads_to"),
        ({"listed": [{"leads_to": "end"}, {"leads_to": "nowhere"}]}, "listed.leads_to"),
    ],
)
def test_new_kind_of_step_leads_nowhere(fields, key):
    assert found(**fields) == [(f"steps.new.{key}", f"step 'new': {key} leads to 'nowhere', which is no step")]


@pytest.mark.parametrize(
    ("fields", "where", "words"),
    [
        ({"branches": {"1": {"leads_to": "end", "wants": "gold"}}}, "branches.1.wants", "'gold' is no need"),
        ({"pair": ("gold", "goodbye")}, "pair", "'gold' is no need"),
        ({"pair": ("ration", "gold")}, "pair", "prompt 'gold' is missing in language en"),
        ({"words": ("goodbye", "gold")}, "words", "prompt 'gold' is missing in language hi"),
        ({"last": "new"}, "last", "last leads to 'new', which does not end the call by itself"),
    ],
)
def test_new_kind_of_step_names_what_is_not_there(fields, where, words):
    assert any(at == f"steps.new.{where}" and words in text for at, text in found(**fields)), found(**fields)


@pytest.mark.parametrize(
    "annotation", [str, str | None, list[str], dict[str, bool], tuple[Target, str], "object", dict, Annotated[str, 1]]
)
def test_field_of_plain_text_is_refused_when_the_kind_is_written(annotation):
    with pytest.raises(TypeError, match=r"Careless\.goes_on: say what the text names"):
        type("Careless", (FlowStep,), {"__annotations__": {"goes_on": annotation}, "__module__": __name__})


def test_every_step_of_the_shipped_flow_names_its_exits():
    exits = {name: [target for _, target in names_in(step, NameOf.STEP)] for name, step in flow().steps.items()}
    assert exits["check-food-helpline"] == ["food-helpline", "food"]
    assert exits["ticket"] == ["main", "nearest", "other-state-line", "end"]
    assert {name for name, targets in exits.items() if not targets} == {
        name for name, step in flow().steps.items() if step.ends and step.kind != "transfer-to-operator"
    }


def test_prompt_of_code_is_declared_once():
    taken = next(iter(declared_prompts()))
    with pytest.raises(ValueError, match=f"'{taken}' is declared in agi.ivr.prompt_names already"):
        PromptDeclarations("somewhere")(taken)


def test_prompt_of_code_without_a_text_is_told_at_the_step_that_says_it(monkeypatch):
    monkeypatch.setattr(prompt_names, "_declared", dict(declared_prompts()))
    PromptDeclarations("agi.ivr.steps.ticket.attach_recording")("no-such-prompt")
    PromptDeclarations("agi.ivr.steps.room.room_pin")("no-other-prompt")
    with pytest.raises(FlowError) as caught:
        load_flow(CALLBACK_FILE, prompts=prompts(), needs=places().needs.keys())
    line = CALLBACK_FILE.read_text(encoding="utf-8").splitlines().index('kind = "attach-recording"') + 1
    for language in ("hi", "en"):
        what = f"prompt 'no-such-prompt' is missing in language {language}"
        assert f"callback.toml line {line}: step 'add': kind attach-recording: {what}" in caught.value.problems
        what = f"prompt 'no-other-prompt' is missing in language {language}"
        assert f"callback.toml line 1: agi.ivr.steps.room.room_pin: {what}" in caught.value.problems
    assert len(caught.value.problems) == 4
