"""Notices on a real store: written, heard, published, brought up to date, withdrawn, over."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from router.model.notice import NoticeStatus, PublicNotice
from router.mqtt.cloudevents import parse
from router.mqtt.retained.broker_identity import version_of
from router.mqtt.retained.kinds import FAMILIES
from router.mqtt.retained.reconciliation import newer_than_known
from router.tickets.errors import CommandRefusedError
from tests.support.notices import NOON, TEXT, Clock, published, service, words
from tests.support.stores import opened_store

if TYPE_CHECKING:
    from collections.abc import Callable

    from router.notices.service import NoticeService
    from router.storage.engine import Storage
    from router.storage.engines import Location


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def notices(store: Storage, clock: Clock) -> NoticeService:
    return service(store, clock)


async def on_topics(store: Storage) -> dict[str, str | None]:
    rows = await store.write(lambda uow: uow.outbox.advance([], 1000))
    return {row.topic: row.payload for row in rows}


async def caps(store: Storage) -> list[tuple[str, str]]:
    found = await store.read(lambda uow: uow.notices.caps_until(NOON, 100))
    return [(one.kind, one.document) for one in reversed(found)]


async def refused(step: object) -> str:
    with pytest.raises(CommandRefusedError) as caught:
        await step  # type: ignore[misc]
    assert caught.value.reason
    assert caught.value.reason_hi
    return caught.value.code


async def test_nothing_goes_out_that_nobody_has_heard(notices: NoticeService, store: Storage) -> None:
    notice = await notices.add(words(), by="asha")
    assert (notice.status, notice.revision, notice.area, notice.area_hi) == (NoticeStatus.DRAFT, 1, "Bhopal", "भोपाल")
    assert await refused(notices.publish(notice.id, by="asha")) == "not-heard"
    await notices.hear(notice.id, 1, by="asha")
    changed = await notices.update(notice.id, words(text="Other words"), by="asha")
    assert (changed.revision, changed.status) == (2, NoticeStatus.DRAFT)
    assert await refused(notices.publish(notice.id, by="asha")) == "not-heard"
    assert await refused(notices.publish(notice.id, 1, by="asha")) == "not-newest"
    assert await refused(notices.hear(notice.id, 1, by="asha")) == "not-newest"
    assert await on_topics(store) == {}
    assert await caps(store) == []


async def test_published_notice_lies_on_its_topic_and_leaves_it(
    notices: NoticeService, store: Storage, clock: Clock
) -> None:
    notice = await published(notices)
    topics = await on_topics(store)
    assert set(topics) == {f"notices/{notice.id}"}
    event = parse(topics[f"notices/{notice.id}"] or "")
    assert (event.type, event.subject) == ("warroom.notice.v1", notice.id)
    assert (event.data["text"], event.data["version"], event.data["districts"]) == (TEXT, 1, ["bhopal"])
    clock.forward(seconds=1)
    withdrawn = await notices.withdraw(notice.id, by="ravi", reason="the river fell")
    assert (withdrawn.status, withdrawn.ended_by, withdrawn.reason) == (
        NoticeStatus.WITHDRAWN,
        "ravi",
        "the river fell",
    )
    assert await on_topics(store) == {f"notices/{notice.id}": None}
    assert [kind for kind, _ in await caps(store)] == ["Alert", "Cancel"]
    assert await refused(notices.update(notice.id, words(), by="asha")) == "notice-over"


async def test_update_leaves_what_is_published_until_it_is_heard_and_published(
    notices: NoticeService, store: Storage, clock: Clock
) -> None:
    first = await published(notices, spoken_hi="बारिश होगी।")
    clock.forward(minutes=5)
    draft = await notices.update(first.id, words(text_hi="नई बात।"), by="asha")
    assert draft.said("hi") == "नई बात।"  # the spoken form of the old text does not go on
    there = parse((await on_topics(store))[f"notices/{first.id}"] or "")
    assert there.data["version"] == 1
    await notices.hear(first.id, 2, by="asha")
    second = await notices.publish(first.id, by="asha")
    there = parse((await on_topics(store))[f"notices/{first.id}"] or "")
    assert (there.data["version"], there.data["text_hi"]) == (2, "नई बात।")
    assert [one.status for one in await notices.revisions(first.id)] == [NoticeStatus.REPLACED, NoticeStatus.PUBLISHED]
    assert first.prompt != second.prompt
    (_, alert), (kind, update) = await caps(store)
    assert kind == "Update"
    assert f"<references>{first.cap}</references>" in update
    assert first.cap.split(",")[1] in alert


async def test_notice_ends_by_itself(notices: NoticeService, store: Storage, clock: Clock) -> None:
    notice = await published(notices)
    assert await notices.expire() == 0
    clock.forward(hours=6)
    assert await notices.expire() == 1
    assert await on_topics(store) == {f"notices/{notice.id}": None}
    assert (await notices.revisions(notice.id))[0].status is NoticeStatus.EXPIRED
    assert await notices.expire() == 0


async def test_same_command_again_is_the_same_notice(notices: NoticeService) -> None:
    first = await notices.add(words(), by="asha", key="c1")
    assert await notices.add(words(), by="asha", key="c1") == first
    second = await notices.update(first.id, words(text="x"), by="asha", key="c2")
    assert await notices.update(first.id, words(text="x"), by="asha", key="c2") == second
    assert [one.revision for one in await notices.revisions(first.id)] == [1, 2]
    await notices.hear(first.id, 2, by="a")
    once = await notices.publish(first.id, 2, by="a")
    assert await notices.publish(first.id, 2, by="a") == once


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"text_hi": " \u200b\n"}, "empty"),
        ({"text": ""}, "empty"),
        ({"ends": NOON}, "ends-past"),
        ({"starts": NOON + timedelta(hours=7)}, "ends-first"),
        ({"ends": NOON + timedelta(days=32)}, "too-long"),
        ({"districts": ["atlantis"]}, "no-district"),
    ],
)
async def test_words_that_make_no_notice(notices: NoticeService, changes: dict[str, object], code: str) -> None:
    assert await refused(notices.add(words(**changes), by="asha")) == code


async def test_unknown_notice(notices: NoticeService) -> None:
    for step in (notices.publish("1-000000", by="a"), notices.withdraw("1-000000", by="a")):
        assert await refused(step) == "no-notice"


async def test_statewide_notice_names_the_state(notices: NoticeService) -> None:
    notice = await notices.add(words(districts=[]), by="asha")
    assert (notice.area, notice.area_hi, notice.districts) == ("Madhya Pradesh", "मध्यप्रदेश", ())
    assert notice.concerns(None)
    assert notice.concerns("bhopal")


async def test_notice_of_a_district_is_for_nobody_whose_place_is_not_known(notices: NoticeService) -> None:
    notice = await notices.add(words(), by="asha")
    assert [notice.concerns(district) for district in (None, "bhopal", "indore")] == [False, True, False]


async def test_lost_store_takes_over_what_is_published(
    notices: NoticeService, store: Storage, new_location: Callable[[], Location], clock: Clock
) -> None:
    first = await published(notices)
    event = parse((await on_topics(store))[f"notices/{first.id}"] or "")
    found = PublicNotice.model_validate(event.data)
    async with opened_store(new_location()) as other:
        assert await other.write(lambda uow: uow.notices.take_over(found))
        assert not await other.write(lambda uow: uow.notices.take_over(found))
        again = service(other, clock)
        (kept,) = await again.notices()
        assert (kept.status, kept.text_hi, kept.prompt) == (NoticeStatus.PUBLISHED, first.text_hi, first.prompt)
        clock.forward(seconds=1)
        await again.withdraw(first.id, by="asha")
        assert f"<references>{first.cap}</references>" in (await caps(other))[0][1]


async def test_store_put_back_from_a_backup_is_found_out_by_a_notice_it_does_not_know(
    notices: NoticeService, store: Storage, new_location: Callable[[], Location]
) -> None:
    first = await published(notices)
    payload = (await on_topics(store))[f"notices/{first.id}"] or ""
    version = version_of(payload.encode())
    assert version
    (family,) = [one for one in FAMILIES if one.name == "notices"]
    seen = {f"notices/{first.id}": version}
    assert await newer_than_known(store, family, seen, 1) == []
    async with opened_store(new_location()) as older:
        assert await newer_than_known(older, family, seen, 1) == [f"notice/{first.id}"]


async def test_draft_whose_end_is_over_does_not_hold_up_what_is_published(notices: NoticeService, clock: Clock) -> None:
    first = await published(notices)
    await notices.update(first.id, words(ends=NOON + timedelta(hours=1)), by="asha")
    clock.forward(hours=2)
    await notices.expire()
    assert await refused(notices.publish(first.id, by="asha")) == "notice-over"
    third = await notices.update(first.id, words(text="Other words"), by="asha")
    assert third.revision == 3
    statuses = [one.status for one in await notices.revisions(first.id)]
    assert statuses == [NoticeStatus.PUBLISHED, NoticeStatus.EXPIRED, NoticeStatus.DRAFT]
