"""The provider's map and secrets in force, read again whenever a file has changed."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final, NoReturn

from router.intake.sms.provider.loader import SmsMapError, read_map
from router.polling import poll_forever

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from router.intake.sms.provider.schema import SmsMap
    from router.intake.sms.provider.templates import Variables

POLL_INTERVAL_S: Final = 2.0
"""An admin who has saved a file looks at the log some seconds later."""
PROVIDER_SECRET: Final = "provider"  # noqa: S105 - the name of a secret
"""The account's password or token at the provider."""
SIGNATURE_SECRET: Final = "signature"  # noqa: S105
"""With which the provider signs its requests, where it does."""
PATH_SECRET: Final = "path"  # noqa: S105
"""The part of our addresses that only the provider knows."""

_log = logging.getLogger(__name__)


class SmsInForce:
    """What is in force. A file with a mistake changes nothing: the map before it stays, the log and an alert say why.

    Args:
        path: Of ``sms.toml``, which need not exist: then there is no SMS.
        variables: What templates may name.
        secret: Returns a secret by its name, None when there is none. Blocks.

    Attributes:
        sms: The map; None: no provider.
        problems: What is wrong with the file, or which secret is missing.
    """

    def __init__(self, path: Path, variables: Variables, secret: Callable[[str], str | None]) -> None:
        self._path = path
        self._variables = variables
        self._read = secret
        self._mark: tuple[int, int, int] | None = None
        self._secrets: dict[str, str] = {}
        self._mistakes: tuple[str, ...] = ()
        self.sms: SmsMap | None = None
        self.problems: tuple[str, ...] = ()

    def secret(self, name: str) -> str:
        """Return a secret as it was read last; empty when there is none."""
        return self._secrets.get(name, "")

    def report_url(self) -> str:
        """Return the address at which the provider reports; empty when it has none of ours."""
        if self.sms is None or not self.sms.webhook.public_url:
            return ""
        return f"{self.sms.webhook.public_url}/sms/{self.secret(PATH_SECRET)}/report"

    def look(self) -> bool:
        """Read what has changed; return whether the file had. Blocks: not for the event loop."""
        self._secrets = {
            name: value
            for name in (PROVIDER_SECRET, SIGNATURE_SECRET, PATH_SECRET)
            if (value := self._read(name)) is not None
        }
        mark = self._present_mark()
        if changed := mark != self._mark:
            self._mark = mark
            self._load()
        self.problems = (*self._mistakes, *self._missing())
        return changed

    def look_and_log(self) -> None:
        """Read what has changed, and write to the log what is in force then. Blocks: not for the event loop."""
        if not self.look():
            return
        for problem in self._mistakes:
            _log.error("SMS map not taken: %s", problem)
        if self.sms is not None and not self._mistakes:
            _log.info("SMS by %s: %d templates", self.sms.provider.name, len(self.sms.templates))

    async def run(self) -> NoReturn:
        """Look again and again until cancelled."""
        await poll_forever(lambda: asyncio.to_thread(self.look_and_log), every_s=POLL_INTERVAL_S)

    def _load(self) -> None:
        try:
            self.sms = read_map(self._path, self._variables)
            self._mistakes = ()
        except SmsMapError as error:
            self._mistakes = error.problems

    def _missing(self) -> list[str]:
        if self.sms is None:
            return []
        wanted = [PROVIDER_SECRET, *([SIGNATURE_SECRET] if self.sms.webhook.signature != "none" else [])]
        return [
            f"the secret sms-{name} is missing, or only root may read it: warroom sms secret {name}"
            for name in wanted
            if not self.secret(name)
        ]

    def _present_mark(self) -> tuple[int, int, int] | None:
        try:
            status = self._path.stat()
        except OSError:
            return None
        return status.st_ctime_ns, status.st_size, status.st_ino  # of a file that could not be read, chmod changes this
