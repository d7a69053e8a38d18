"""The conversations there are, each read from its flow file and checked."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from agi.ivr.flow import CALLBACK_FILE, FLOW_FILE, LIMITED_FILE, VOICEMAIL_FILE, Flow, load_flow

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from agi.destinations.schema import Helplines


@dataclass(frozen=True, slots=True)
class ConversationFlows:
    """All conversations.

    Attributes:
        main: For citizens who call.
        limited: With a number that gets urgent help only.
        callback: For citizens who are called.
        rooms: With a room that calls to hear its messages.
    """

    main: Flow
    limited: Flow
    callback: Flow
    rooms: Flow


class CallsInForce:
    """The helplines and conversations for new calls; a call that goes on keeps those it began with.

    Args:
        helplines: How each is answered.
        flows: The conversations.

    Attributes:
        helplines: Those in force.
        flows: Likewise.
    """

    def __init__(self, helplines: Helplines, flows: ConversationFlows) -> None:
        self.helplines = helplines
        self.flows = flows

    def replace(self, other: CallsInForce) -> None:
        """Take others for the calls that begin from now on."""
        self.helplines, self.flows = other.helplines, other.flows


def load_flows(
    prompts: Mapping[str, Collection[str]], needs: Collection[str], starts: Collection[str]
) -> ConversationFlows:
    """Read all of them. Blocks.

    Args:
        prompts: Of each language the names of all prompts there are.
        needs: The needs that a step may put on a ticket.
        starts: Steps that helplines begin with.

    Raises:
        FlowError: one has mistakes.
    """
    load = partial(load_flow, prompts=prompts, needs=needs)
    return ConversationFlows(
        main=load(FLOW_FILE, starts=starts),
        limited=load(LIMITED_FILE),
        callback=load(CALLBACK_FILE),
        rooms=load(VOICEMAIL_FILE),
    )
