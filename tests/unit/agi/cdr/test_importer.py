"""The books of calls come into the store once, whatever happens to the files and to us."""

from __future__ import annotations

import contextlib
import shutil
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from agi.cdr import importer, tail
from agi.cdr.importer import CdrImporter
from agi.cdr.parser import read_cdr, read_cel, whole_or_end
from router.storage.errors import StorageUnavailableError
from router.storage.repositories.calls.cdr_repository import CdrRepository
from router.storage.schema import cdr, cel
from tests.support.cdr_lines import TEN, Books, quoted

if TYPE_CHECKING:
    from pathlib import Path

    from router.storage.engine import Storage

DIDS = {"181": "181", "104": "104", "07552550104": "104"}


@pytest.fixture
def written(tmp_path: Path) -> Books:
    return Books(tmp_path / "asterisk-log")


def reading(store: Storage, written: Books) -> CdrImporter:
    return CdrImporter(store, written.folder, dids=DIDS)


async def calls(store: Storage) -> list[str]:
    return await store.read(
        lambda uow: list(uow.connection.execute(sa.select(cdr.c.uniqueid).order_by(cdr.c.uniqueid)).scalars())
    )


async def test_books_line_of_asterisk_22_is_read_without_the_callers_number() -> None:
    line = (
        '"181","9811480032","181","helplines",""""" <9811480032>","PJSIP/loopback-00000002","","Read",'
        '"WR_KEYS,/srv/prompts/hi/stage-acknowledged&/srv/w","2026-11-24 22:57:48","2026-11-24 22:57:48",'
        '"2026-11-24 22:58:00",11,11,"ANSWERED","DOCUMENTATION","1795561068.2","","1795561068.2",2'
    )
    row = read_cdr(line, DIDS)
    assert (row.uniqueid, row.sequence, row.helpline, row.line, row.app) == (
        "1795561068.2",
        2,
        "181",
        "loopback",
        "Read",
    )
    assert (row.answered, row.ended - row.started) == (1795561068, 12)
    event = read_cel(
        '"CHAN_START","1795561068.614328","9811480031","181","from-trunk","PJSIP/loopback-00000001","","","",'
        '"1795561068.1","1795561068.1","",""',
        DIDS,
    )
    assert event is not None
    assert (event.at, event.line, event.note) == (1795561068_614328, "loopback", "181")
    assert "98114800" not in f"{row} {event}"


def test_books_way_that_answered_for_a_changed_call_is_kept() -> None:
    line = (
        '"{event}","1795561068.614328","9811480031","s","dial","PJSIP/far-00000001","AppDial","(Outgoing Line)","181",'
        '"1795561068.4","1795561068.1","","{{""extra"":""{destination}""}}"'
    )
    event = read_cel(line.format(event="DESTINATION", destination="line-104"), DIDS)
    assert event is not None
    assert (event.uniqueid, event.event, event.linkedid, event.note) == (
        "1795561068.4",
        "DESTINATION",
        "1795561068.1",
        "line-104",
    )
    for other in ({"event": "DESTINATION", "destination": "98114 80031"}, {"event": "ELSE", "destination": "line-104"}):
        assert read_cel(line.format(**other), DIDS) is None


def test_books_call_that_maxcalls_refused_has_seen_no_application() -> None:
    line = (
        '"","9811900007","181","from-trunk",""""" <9811900007>","PJSIP/loopback-00000007","","","",'
        '"2026-11-25 02:21:08",,"2026-11-25 02:21:08",0,0,"NO ANSWER","DOCUMENTATION",'
        '"1795573268.7","","1795573268.7",7'
    )
    row = read_cdr(line, DIDS)
    assert (row.context, row.helpline) == ("rejected-maxcalls", "181")


async def test_books_event_that_the_records_tell_too_is_left_out() -> None:
    common = '"helplines","PJSIP/loopback-00000000","","","181","1795561065.0","1795561065.0","","{}"'
    for event in ("ANSWER", "CHAN_START", "CHAN_END", "LINKEDID_END", "HANGUP"):
        assert read_cel(f'"{event}","1795561068.570880","9811480031","181",{common}', DIDS) is None


async def test_books_line_half_written_is_taken_when_it_is_whole(store: Storage, written: Books) -> None:
    written.call("1.1")
    whole = written.cdr.read_text()
    written.call("1.2", TEN + 5)
    second = written.cdr.read_text()[len(whole) :]
    read = reading(store, written)
    for cut in (0, 1, len(second) // 2, len(second) - 1):
        written.cdr.write_text(whole + second[:cut])
        await read.look()
        assert await calls(store) == ["1.1"]
    written.cdr.write_text(whole + second)
    await read.look()
    assert await calls(store) == ["1.1", "1.2"]


async def test_books_moved_or_copied_away_are_read_on_from_where_they_were(store: Storage, written: Books) -> None:
    read = reading(store, written)
    written.call("1.1")
    await read.look()
    written.call("1.2")
    written.cdr.rename(written.cdr.with_name("Master.csv.0"))  # logrotate
    written.call("1.3")
    await read.look()
    assert await calls(store) == ["1.1", "1.2", "1.3"]
    written.call("1.4")
    shutil.copy(written.cdr, written.cdr.with_name("Master.csv-20200401"))  # copytruncate
    written.cdr.write_text("")
    written.call("1.5")
    await read.look()
    assert await calls(store) == ["1.1", "1.2", "1.3", "1.4", "1.5"]
    positions = await store.read(lambda uow: uow.cdr.marks())
    assert sum(mark.log == "cdr" for mark in positions.values()) == 3


async def test_books_that_are_large_are_moved_aside_once_all_is_read_and_no_line_is_lost(
    store: Storage, written: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importer, "rotate", partial(tail.rotate, large=1000))
    read = reading(store, written)
    begun, sizes = set(), []
    for n in range(40):
        written.call(f"1.{n:02}")
        if n % 2:
            await read.look()
            begun.add(written.cdr.exists())
            sizes.append(sum(path.stat().st_size for path in tail.files(written.cdr)))
    assert await calls(store) == [f"1.{n:02}" for n in range(40)]
    assert begun == {True, False}
    assert max(sizes) < 4000
    written.call("2.1")
    assert not tail.rotate(written.cdr, {}, large=1)  # not yet in the store


async def test_books_read_from_the_start_again_change_nothing(store: Storage, written: Books) -> None:
    for n in range(5):
        written.call(f"1.{n}")
        written.dial(f"1.{n}", TEN, rings=2, spoken=9)
    await reading(store, written).look()
    before = await store.read(lambda uow: uow.connection.execute(sa.select(cel)).all())
    lines = written.cdr.read_text().splitlines(keepends=True)
    written.cdr.write_text("".join([*lines[1:], *lines, lines[0]]))  # another first line: another file
    written.cel.write_text("".join(reversed(written.cel.read_text().splitlines(keepends=True))))
    await reading(store, written).look()
    assert await calls(store) == [f"1.{n}" for n in range(5)]
    assert await store.read(lambda uow: uow.connection.execute(sa.select(cel)).all()) == before


async def test_books_read_by_a_service_that_died_in_the_middle(
    store: Storage, written: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows and position are one commit: whatever piece it dies at, the next one starts behind the last that is kept."""
    monkeypatch.setattr(tail, "PIECE", 1024)
    for n in range(40):
        written.call(f"1.{n:02}")
    take = CdrRepository.take
    left = 7

    def dying(self: CdrRepository, *values: Any) -> None:
        nonlocal left
        left -= 1
        take(self, *values)
        if left % 3 == 0:
            raise StorageUnavailableError("killed", "x", "start again")  # type: ignore[arg-type]

    monkeypatch.setattr(CdrRepository, "take", dying)
    deaths = 0
    for _ in range(60):
        try:
            await reading(store, written).look()  # a new process each time
            break
        except StorageUnavailableError:
            deaths += 1
    assert deaths > 3
    assert await calls(store) == [f"1.{n:02}" for n in range(40)]


async def test_books_with_a_line_nobody_can_read_go_on_and_count_it(
    store: Storage, written: Books, caplog: pytest.LogCaptureFixture
) -> None:
    written.call("1.1")
    with written.cdr.open("a") as file:
        file.write('"181","9812300000","18\x00\x00\n')
        file.write("x" * tail.PIECE + "\n")
    written.call("1.2")
    await reading(store, written).look()
    assert await calls(store) == ["1.1", "1.2"]
    (mark,) = [mark for mark in (await store.read(lambda uow: uow.cdr.marks())).values() if mark.log == "cdr"]
    assert mark.skipped_lines >= 2
    assert mark.position == written.cdr.stat().st_size
    assert "cannot be read" in caplog.text
    assert "9812300000" not in caplog.text


@given(st.data())
def test_books_line_put_after_half_of_another_is_not_lost(data: st.DataObject) -> None:
    """As after a full disk: half a line without its end, then a whole one."""
    first = (
        '"181","9811480032","181","helplines",""""" <9811480032>","PJSIP/loopback-00000002","","Read","a&""b",'
        '"2026-11-24 22:57:48","","2026-11-24 22:58:00",11,11,"ANSWERED","DOCUMENTATION","1.2","","1.2",2'
    )
    second = first.replace("1.2", "1.3").replace("ANSWERED", "BUSY")
    cut = data.draw(st.integers(0, len(first) - 1))
    row = whole_or_end(first[:cut] + second, lambda line: read_cdr(line, DIDS))
    assert (row.uniqueid, row.disposition, row.helpline) == ("1.3", "BUSY", "181")


@given(st.data())
def test_books_line_of_any_kind_is_refused_or_fits_the_store(data: st.DataObject) -> None:
    field = st.sampled_from(("181", "", "1.2", "2020-04-01 04:30:00", "9" * 30, "-1", "{}", "HANGUP", "é", '{"a":1}'))
    line = quoted(*data.draw(st.lists(field | st.text(max_size=9), min_size=12, max_size=21)))
    for read in (lambda text: read_cdr(text, DIDS), lambda text: read_cel(text, DIDS)):
        with contextlib.suppress(ValueError):
            for value in read(line) or ():
                assert value is None or isinstance(value, str) or -(2**62) < value < 2**62


async def test_books_older_than_a_year_are_let_go_bit_by_bit(store: Storage, written: Books) -> None:
    for n in range(5):
        written.call(f"1.{n}")
    read = reading(store, written)
    await read.look()
    assert len(await calls(store)) == 5
    written.call("2.1", TEN + 500 * 86_400)
    await read.look()
    assert await calls(store) == ["2.1"]


async def test_books_that_have_not_grown_are_not_read(
    store: Storage, written: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    written.call("1.1")
    read = reading(store, written)
    await read.look()
    written_again = 0

    def counted(*_: object, **__: object) -> None:
        nonlocal written_again
        written_again += 1

    monkeypatch.setattr(CdrRepository, "take", counted)
    await read.look()
    assert written_again == 0


async def test_books_that_are_not_there_yet(store: Storage, tmp_path: Path) -> None:
    await CdrImporter(store, tmp_path / "none", dids={}).look()
    assert await calls(store) == []
