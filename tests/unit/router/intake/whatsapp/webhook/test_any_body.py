"""Whatever a signed body holds, it is read without an error, stored, and stored once."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from router.intake.whatsapp.webhook.delivery import read_delivery
from router.intake.whatsapp.webhook.keeping import keep_delivery
from router.intake.whatsapp.webhook.messages import MODELS
from tests.support.stores import opened_store
from tests.support.whatsapp_webhooks import ACCOUNT, SENT_AT, body_of, value

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime.fromtimestamp(SENT_AT, UTC)
ACCOUNTS = frozenset((ACCOUNT,))
QUICK = settings(max_examples=80, suppress_health_check=HealthCheck, database=None)

words = st.one_of(
    st.text(max_size=30), st.sampled_from(["919812343210", "IN.1", "wamid.1", "\ud800", "\x00", "1e5", ""])
)
anything = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), words),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(words, inner, max_size=3)),
    max_leaves=8,
)
kinds = st.sampled_from([*MODELS, "unknown", "", "of-the-future"])


@st.composite
def messages(draw: st.DrawFn) -> dict[str, Any]:
    """Something like a message: its parts are right, absent, or anything."""
    kind = draw(kinds)
    fields = {
        "id": st.sampled_from(["wamid.1", "wamid.2", "wamid.3"]),
        "from": st.sampled_from(["919812343210", "919800000001"]),
        "from_user_id": st.sampled_from(["IN.1", "IN.2"]),
        "timestamp": st.sampled_from([str(SENT_AT), SENT_AT, "0", "99999999999"]),
        "type": st.just(kind),
        "context": anything,
        "referral": anything,
        kind: draw(st.sampled_from([_content(kind), anything])),
    }
    whole = {}
    for name, right in fields.items():
        part = draw(st.one_of(right, right, right, anything, st.none()))
        if part is not None or draw(st.booleans()):
            whole[name] = part
    return whole


def _content(kind: str) -> st.SearchStrategy[Any]:
    """An object that has some of the fields of a kind."""
    model = MODELS.get(kind)
    names = list(model.model_fields) if model else ["x"]
    return st.dictionaries(st.sampled_from(names), st.one_of(words, anything), max_size=len(names))


@st.composite
def bodies(draw: st.DrawFn) -> bytes:
    """Something like a body."""
    some = draw(st.lists(messages(), max_size=3))
    statuses = draw(
        st.lists(st.dictionaries(st.sampled_from(["id", "status", "errors"]), anything, max_size=3), max_size=2)
    )
    whole = value(*some, contacts=draw(st.sampled_from([[], [{"user_id": "IN.1", "wa_id": "919812343210"}]])))
    whole["statuses"] = statuses
    if draw(st.booleans()):
        whole |= draw(st.dictionaries(st.sampled_from(list(whole)), anything, max_size=1))
    right = [{"changes": [{"field": "messages", "value": whole}]}]
    entries = draw(st.sampled_from([right, right, right, right, [], [{"changes": []}]]))
    document: Any = {"object": "whatsapp_business_account", "entry": entries}
    return json.dumps(draw(st.sampled_from([document, document, document, whole, [document]]))).encode()


@QUICK
@given(st.one_of(st.binary(max_size=200), anything.map(lambda one: json.dumps(one).encode()), bodies()))
def test_any_bytes_are_read(body: bytes) -> None:
    found = read_delivery(body, ACCOUNTS, NOW)
    assert found.arrivals or found.reports or found.kept
    for arrival in found.arrivals:
        assert arrival.wamid.isascii()
        assert arrival.sent <= NOW
        assert arrival.contact.user
        json.dumps(dict(arrival.content), ensure_ascii=False).encode()
        json.loads(arrival.raw)


async def test_any_body_is_stored_once(tmp_path: Path) -> None:
    async with opened_store(tmp_path / "s.sqlite") as store:

        @QUICK
        @given(st.lists(bodies(), min_size=1, max_size=3))
        def keep(several: list[bytes]) -> None:
            deliveries = [(read_delivery(body, ACCOUNTS, NOW), body) for body in several]

            def job(uow: Any) -> None:
                for again in (False, True):
                    before = _counts(uow)
                    for delivery, body in deliveries:
                        keep_delivery(uow, delivery=delivery, body=body, now=NOW)
                    assert not again or _counts(uow) == before

            written.append(job)

        written: list[Any] = []
        keep()
        for job in written:
            await store.write(partial(job))


def _counts(uow: Any) -> list[int]:
    tables = ("chat_people", "chat_in", "webhook_bodies", "messages_out", "early_reports")
    return [uow.connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar() for table in tables]


@pytest.mark.parametrize("kind", sorted(MODELS))
def test_each_kind_without_its_content_is_unknown_or_empty(kind: str) -> None:
    message = {"id": "wamid.1", "from": "919812343210", "timestamp": str(SENT_AT), "type": kind}
    (arrival,) = read_delivery(body_of(value(message)), ACCOUNTS, NOW).arrivals
    assert arrival.kind in (kind, "unknown")
