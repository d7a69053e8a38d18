"""Ten thousand webhooks that nobody should act on: forged, changed on the way, replayed, signed but senseless."""

from __future__ import annotations

import asyncio
import copy
import json
import random
import sqlite3
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

import httpx
import pytest

from router.intake.whatsapp.webhook import PATH
from tests.live.api.test_whatsapp_webhook import of, post, tickets_of
from tests.support.brokers import until
from tests.support.whatsapp_webhooks import body_of, message, signed, status, value
from warroom.config.paths import DataDirectory
from warroom.config.secrets import WHATSAPP_SIMULATOR, read_secret

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.live.api.conftest import Api

COUNT: Final = 10_000
AT_ONCE: Final = 20
KNOWN: Final = 5
_TICKETS: Final = "SELECT count(*) FROM tickets"
ODD_VALUES: Final = (
    None, True, -1, 0, 1e308, 10**400, "", " ", "\x00", "\ud800", "नमस्ते", "A" * 5_000, [], [[]], {}, {"": None},
    "0" * 40, "../../etc/passwd", "<script>", "wamid." + "x" * 400, "IN." + "9" * 300, "919812343210",
    "-5", "1e9", "9" * 30,
)  # fmt: skip


def known_message(which: int) -> dict[str, Any]:
    """A message of a person who has a ticket."""
    return of(700 + which)


def every_kind(chance: random.Random) -> dict[str, Any]:
    """A message that asks for nothing, of any kind."""
    place = {"latitude": chance.uniform(-95, 95), "longitude": chance.uniform(-190, 190)}
    kind, content = chance.choice(
        [
            ("text", {"body": "नमस्ते"}),
            ("location", place),
            ("reaction", {"message_id": "wamid.x", "emoji": "👍"}),
            ("interactive", {"type": "button_reply", "button_reply": {"id": "forged:1:yes", "title": "हाँ"}}),
            ("interactive", {"type": "list_reply", "list_reply": {"id": "x" * 200, "title": "y"}}),
            ("button", {"payload": "confirm/100000013/yes", "text": "हाँ"}),
            ("edit", {"original_message_id": "wamid.x", "message": {"type": "text", "text": {"body": "x"}}}),
            ("revoke", {"original_message_id": "wamid.x"}),
            ("system", {"type": "user_changed_number", "wa_id": "917000000701", "body": "x"}),
            ("contacts", [{"phones": [{"phone": "1"}]}]),
            ("order", {"catalog_id": "1", "product_items": [{"quantity": 1}]}),
            ("unsupported", {"type": "unknown"}),
            ("of-the-future", {"a": [1]}),
        ]
    )
    return message(kind, content, number=f"9171{chance.randrange(40):08d}")


def mutated(chance: random.Random, document: Any) -> Any:
    """A document with some of its values, at any depth, put out of shape."""
    whole = copy.deepcopy(document)
    for _ in range(chance.randrange(1, 4)):
        here: Any = whole
        while True:
            key = chance.choice(list(here) if isinstance(here, dict) else range(len(here)))
            if not (isinstance(here[key], dict | list) and here[key]) or chance.random() < 0.15:
                break
            here = here[key]
        if isinstance(here, dict) and chance.random() < 0.2:
            del here[key]
        else:
            here[key] = copy.deepcopy(chance.choice(ODD_VALUES))
        if not whole:
            return whole
    return whole


def bytes_changed(chance: random.Random, body: bytes) -> bytes:
    """A body with some bytes changed, left out or put in."""
    changed = bytearray(body)
    for _ in range(chance.randrange(1, 5)):
        at = chance.randrange(len(changed))
        changed[at : at + chance.randrange(2)] = bytes(chance.randrange(256) for _ in range(chance.randrange(3)))
    return bytes(changed) if bytes(changed) != body else body + b" "


def requests(chance: random.Random, known: list[dict[str, Any]], simulator: str) -> list[tuple[bytes, dict[str, str]]]:
    """All of them, in any order: bodies and headers."""

    def forged() -> tuple[bytes, dict[str, str]]:
        body = body_of(value(of(chance.randrange(800, 900))))
        return body, chance.choice(
            [
                {},
                signed(body, "guess"),
                signed(body, ""),
                {"X-Hub-Signature-256": "sha256=" + "0" * chance.choice([0, 63, 64, 65, 10_000])},
                {"X-Hub-Signature-256": signed(body)["X-Hub-Signature-256"].upper()},
                {"X-Hub-Signature-256": "sha1=" + "0" * 40},
            ]
        )

    def changed() -> tuple[bytes, dict[str, str]]:
        body = body_of(value(of(chance.randrange(800, 900))))
        return bytes_changed(chance, body), signed(body)

    def simulators() -> tuple[bytes, dict[str, str]]:
        body = body_of(value(of(chance.randrange(800, 900))))
        return body, signed(body, simulator)

    def replayed() -> tuple[bytes, dict[str, str]]:
        body = body_of(value(*chance.sample(known, chance.randrange(1, KNOWN + 1))))
        return body, signed(body)

    def senseless() -> tuple[bytes, dict[str, str]]:
        reports = (status("wamid.unknown", chance.choice(["sent", "read", "failed", "x"])),)
        document = json.loads(body_of(value(every_kind(chance), every_kind(chance), statuses=reports)))
        body = json.dumps(mutated(chance, document)).encode()
        return body, signed(body)

    def nothing_like_it() -> tuple[bytes, dict[str, str]]:
        body = chance.choice([b"", b"[" * 5_000, b"\xff" * 99, b"0" * 9_000, b'{"a":' * 500, chance.randbytes(300)])
        return body, signed(body)

    kinds: list[Callable[[], tuple[bytes, dict[str, str]]]] = [
        forged, forged, forged, changed, changed, simulators, replayed, senseless, senseless, nothing_like_it,
    ]  # fmt: skip
    return [kinds[which % len(kinds)]() for which in chance.sample(range(COUNT), COUNT)]


@pytest.mark.long
async def test_no_ticket_no_crash_and_the_next_message_is_answered(api: Api) -> None:
    chance = random.Random(13)
    known = [known_message(which) for which in range(KNOWN)]
    async with httpx.AsyncClient(base_url=api.url, timeout=20) as client:
        for one in known:
            assert await post(client, one) == 200
        await until(lambda: all(tickets_of(api.data, f"+9170{700 + which:08d}") for which in range(KNOWN)))
        before = rows(api, _TICKETS)
        todo = iter(requests(chance, known, read_secret(api.data, WHATSAPP_SIMULATOR)))
        answers: Counter[int] = Counter()

        async def send() -> None:
            for body, headers in todo:
                while (code := (await client.post(PATH, content=body, headers=headers)).status_code) == 503:
                    pass  # the store is busy: whoever delivers does so again
                answers[code] += 1

        await asyncio.gather(*(send() for _ in range(AT_ONCE)))
        assert answers.keys() <= {200, 400, 401}
        assert answers.total() == COUNT
        assert await post(client, of(950)) == 200
        await until(lambda: tickets_of(api.data, f"+9170{950:08d}"), seconds=180)
        await until(lambda: no_message_waits(api), seconds=180)
    assert rows(api, _TICKETS) == before + 1
    assert all(not tickets_of(api.data, f"+9170{number:08d}") for number in range(800, 900))
    assert all(len(tickets_of(api.data, f"+9170{700 + which:08d}")) == 1 for which in range(KNOWN))
    assert rows(api, "SELECT count(*) FROM chat_in WHERE state = 'set-aside'") == 0


def rows(api: Api, query: str) -> int:
    """The number that a query of the store gives."""
    with sqlite3.connect(f"file:{DataDirectory(api.data).store}?mode=ro", uri=True) as store:
        return int(store.execute(query).fetchone()[0])


def no_message_waits(api: Api) -> bool:
    """Whether all is worked off, but for messages of the program to itself."""
    return rows(api, "SELECT count(*) FROM chat_in WHERE state = 'waiting' AND kind != 'timeout'") == 0
