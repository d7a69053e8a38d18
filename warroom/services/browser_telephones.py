"""Operators' telephones in the browser, as the process `board` serves them: accounts, and the relay to Asterisk."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from agi.queues.asterisk_config import REALM, RELAY_ADDRESS
from board.telephone.account import TelephoneAccount, make_account
from board.telephone.sip_relay import AsteriskSocket, SipRelay
from warroom.config.apply.operators import OperatorsFile, password_of

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from board.telephone.sip_relay import SessionsHere


def make_relay(data: Path, http_port: int, sessions: SessionsHere, origins: Collection[str]) -> SipRelay:
    """Return the relay of a stack.

    Args:
        data: The data directory, with the operators in force and their passwords.
        http_port: Of Asterisk's own web server (``calls.http_port``).
        sessions: Who is signed in.
        origins: Public addresses of ours, beside the Host header.
    """
    operators = OperatorsFile(data)

    async def account_of(operator_id: str) -> TelephoneAccount | None:
        known = (await operators.read()).named(operator_id)
        if known is None or not known.in_browser:
            return None
        return make_account(known.endpoint, REALM, await asyncio.to_thread(password_of, data, operator_id))

    asterisk = AsteriskSocket(f"ws://127.0.0.1:{http_port}/ws", RELAY_ADDRESS)
    return SipRelay(sessions, origins, account_of, asterisk)
