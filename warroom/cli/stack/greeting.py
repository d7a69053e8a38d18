"""What `warroom up` says once the stack is ready: what to dial, what to open, where the passwords lie."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from warroom.cli.common import console
from warroom.config.apply.trunks import applied_trunks
from warroom.config.secrets import BOARD_ADMIN

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from warroom.config.settings import Settings
    from warroom.services.supervision.start import StartedStack


@dataclass(frozen=True, slots=True)
class Greeting:
    """The lines, for the terminal alone.

    Attributes:
        data: The data directory.
        settings: Its settings.
        stack: That has been started.
        demo_accounts: Whether an account of each role is made and shown with its password.
    """

    data: Path
    settings: Settings
    stack: StartedStack
    demo_accounts: bool

    def say(self, *, end: str) -> None:
        """Print them.

        Args:
            end: What stops the stack.
        """
        trunk = applied_trunks(self.data).trunk[0]
        settings, secrets = self.settings, self.data / "secrets"
        at = f"{settings.calls.sip_bind}:{settings.calls.sip_port}"
        lines = [
            "",
            f"ready. Dial {', '.join(trunk.dids)} at {at} (SIP over UDP)",
            f"  from {', '.join(trunk.sources)}, the address of trunk '{trunk.name}'; a test call: warroom test-call",
            f"  sound:          UDP ports {self.stack.sound}",
            f"  Open311:        http://{settings.api.host}:{settings.api.port}/open311/v2/services.json",
            f"  screens:        {settings.board.address}/, as admin; first password: {secrets / BOARD_ADMIN}",
            *(self._sign_ins() if self.demo_accounts else ()),
            "  watch a room:   warroom room watch district-bhopal",
            f"  broker:         {settings.router.broker.host}:{settings.router.broker.port}, MQTT 3.1.1 and 5",
            f"  passwords:      {secrets}/ (one file each, readable by root)",
            f"  logs:           {self.data}/log/, or: warroom logs",
            "  check all:      warroom status, warroom doctor",
            f"  stop:           {end}",
        ]
        console.print("\n".join(lines), markup=False, highlight=False, soft_wrap=True)

    def _sign_ins(self) -> Iterator[str]:
        from warroom.cli.stack.demo_accounts import ensure_demo_accounts  # here: `up` need not wait for the store

        for one in ensure_demo_accounts(self.data):
            yield f"    {one.user:<16}{one.password:<34}{self.settings.board.address}{one.page}"
