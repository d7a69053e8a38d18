"""operators.toml, what Asterisk is told of it, and the order of queues."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agi.queues.asterisk_config import (
    HOLD,
    HTTP_SESSIONS,
    NUMBERS,
    QUEUES,
    REALM,
    RELAY_ADDRESS,
    SESSIONS_BESIDE,
    TELEPHONES,
    mask_secrets,
    render,
)
from agi.queues.loader import OperatorsError, parse_operators, read_operators
from agi.queues.priority import queue_priority
from agi.queues.requeue import RequeueOrder
from agi.queues.status import read_queues
from router.model.job import CALL
from router.storage.jobs import JobQueue
from tests.support.stores import opened_store
from warroom.config.paths import PROJECT

GOOD = """[queue]
ring_s = 15

[[operator]]
id = "101"
name = "आशा"
languages = ["hi", "en"]
skills = ["general", "division-bhopal"]

[[operator]]
id = "doctor"
name = "Dr. Rao"
skills = ["health"]
penalty = 5
supervisor = true
kind = "softphone"
transport = "tls"
"""
DIVISIONS = ("bhopal", "indore")


def test_operators_are_told_to_asterisk_as_written() -> None:
    operators = parse_operators(GOOD, "operators.toml", DIVISIONS)
    made = render(operators, {"101": "first-word", "doctor": "second-word"}, Path("/data/prompts"))
    first, second = made[TELEPHONES].split("\n\n")
    assert "[operator-101](operator)\nendpoint/context = from-operator\n" in first
    assert "transport-tls" not in first
    for line in (
        "[operator-doctor](operator)",
        "endpoint/context = from-supervisor",
        "transport = transport-tls",
        "endpoint/media_encryption = sdes",
        "endpoint/rtp_symmetric = yes",
        "inbound_auth/password = second-word",
    ):
        assert line in second.splitlines()
    assert "-word" not in mask_secrets(made[TELEPHONES])
    queues = dict(part.split("](queue)\n") for part in made[QUEUES].removeprefix("[").split("\n["))
    assert list(queues) == [
        *("general-hi", "general-en", "health-hi", "health-en", "division-bhopal-hi", "division-bhopal-en")
    ]
    assert "weight = 10\n" in queues["health-hi"]
    assert "weight = 0\n" in queues["general-hi"]
    assert "timeout = 15\n" in queues["general-en"]
    assert "queue-thereare = /data/prompts/en/queue-place\n" in queues["general-en"]
    assert made[HOLD].count("entry = /data/prompts/hi/queue-call-back\n") == 1
    assert "[hi]\n_[n]um:X => /data/prompts/hi/number-${SAY}\n" in made[NUMBERS]
    assert operators.operator[0].queues == ("general-hi", "general-en", "division-bhopal-hi", "division-bhopal-en")


@pytest.mark.parametrize(
    ("old", "new", "line", "told"),
    [
        ("ring_s = 15", "ring_s = 1", 2, "greater than or equal to 5"),
        ("ring_s = 15", "rings = 15", 2, "unknown key 'rings' (known: ring_s"),
        ('id = "101"', 'id = "1-1"', 5, "write 1 to 20 of a-z and 0-9"),
        ('id = "101"', 'id = "doctor"', 11, "the id 'doctor' is taken in line 4"),
        ('id = "101"', 'id = "warroom"', 5, "the id 'warroom' is the war room's own"),
        ('name = "आशा"', 'name = "a<b>"', 6, "characters without"),
        ('languages = ["hi", "en"]', 'languages = ["ta"]', 7, "'hi' or 'en'"),
        ('"division-bhopal"', '"division-pune"', 8, "no division 'pune': bhopal, indore"),
        ('"division-bhopal"', '"plumbing"', 8, "write general, health or division-<name>"),
        ("penalty = 5", "penalty = -1", 14, "greater than or equal to 0"),
        ("supervisor = true", 'supervisor = "often"', 15, "supervisor"),
        ("[[operator]]", "[operator]", 0, "[[operator]]"),
    ],
)
def test_operators_mistake_is_told_with_its_line(old: str, new: str, line: int, told: str) -> None:
    text = GOOD.replace(old, new, 1) if old != "[[operator]]" else '[operator]\nid = "1"\n'
    with pytest.raises(OperatorsError) as caught:
        parse_operators(text, "operators.toml", DIVISIONS)
    where = f"operators.toml line {line}: " if line else "operators.toml: "
    assert any(each.startswith(where) and told in each for each in caught.value.problems), caught.value


def test_urgency_medical_first() -> None:
    assert (
        queue_priority("danger")
        > queue_priority("medical")
        > queue_priority("medicine")
        > queue_priority("ration")
        == queue_priority(None)
    )


def test_place_is_behind_who_is_more_urgent_or_came_earlier() -> None:
    entries = [("1.1", 50, 10), ("1.2", 100, 0), ("place.7.1.1.out", 5, 0), ("1.3", 20, 0)]
    events = [
        {"Event": "QueueParams", "Queue": "q", "Completed": "3", "Abandoned": "1", "Holdtime": "9"},
        {"Event": "QueueMember", "Queue": "q", "Paused": "0", "Status": "1"},
        {"Event": "QueueMember", "Queue": "q", "Paused": "0", "Status": "1", "LastCall": "984"},
        {"Event": "QueueMember", "Queue": "q", "Paused": "0", "Status": "1", "LastCall": "986"},
        {"Event": "QueueMember", "Queue": "q", "Paused": "0", "Status": "2"},
        {"Event": "QueueMember", "Queue": "q", "Paused": "1", "Status": "1"},
        {"Event": "QueueMember", "Queue": "q", "Paused": "0", "Status": "5"},
        *(
            {
                "Event": "QueueEntry",
                "Queue": "q",
                "Channel": "c",
                "Uniqueid": one,
                "Wait": str(wait),
                "Priority": str(urgent),
            }
            for one, wait, urgent in entries
        ),
    ]
    (queue,) = read_queues(events, 1000.0, 15)
    assert (queue.free, queue.busy, queue.wrap_up, queue.paused, queue.away, queue.staffed) == (2, 1, 1, 1, 1, True)
    kept = {"place.7.1.1.out": 890.0}  # its citizen had joined before 1.2
    assert queue.place_of(895.0, 0, kept) == 3
    assert queue.place_of(970.0, 0, kept) == 4
    assert queue.place_of(880.0, 0, kept) == 2
    assert queue.place_of(999.0, 20, kept) == 1


async def test_places_go_back_in_their_order() -> None:
    absent, order = RequeueOrder(), []

    async def go_back(queue: str, urgent: int, joined: float, place: int) -> None:
        async with absent.turn(queue, urgent, joined, place):
            await asyncio.sleep(0)
            order.append(place)

    places = [("a", 0, 30.0, 1), ("a", 0, 10.0, 2), ("a", 10, 40.0, 3), ("b", 0, 50.0, 4), ("a", 0, 20.0, 5)]
    first = asyncio.create_task(go_back(*places[0]))
    await asyncio.gather(first, *(go_back(*one) for one in places[1:]))
    assert [one for one in order if one != 4] in ([3, 2, 5, 1], [1, 3, 2, 5])
    assert 4 in order


async def test_call_is_asked_for_once_at_a_time_for_each_number(tmp_path: Path) -> None:
    async with opened_store(tmp_path / "s.sqlite") as store:
        work = JobQueue(store, CALL, lease_s=60)
        now = datetime.now(UTC)
        ask = [
            await work.ask_for_call("+919812345678", call, {"reason": "missed"}, now) for call in ("1.1", "1.1", "1.2")
        ]
        assert ask == [True, False, False]
        assert await work.ask_for_call("+919812345679", "1.3", {"reason": "missed"}, now)
        taken = await work.take()
        assert taken is not None
        await work.finish(taken, "spoken")
        again = [await work.ask_for_call("+919812345678", call, {"reason": "missed"}, now) for call in ("1.1", "1.4")]
        assert again == [False, True]


def test_telephone_in_the_browser_is_good_from_the_relay_alone() -> None:
    text = '[[operator]]\nid = "7"\nname = "x"\ntelephone = "browser"\nsupervisor = true\n'
    operators = parse_operators(text, "operators.toml", ())
    made = render(operators, {"7": "its-word"}, Path("/data/prompts"))
    lines = made[TELEPHONES].splitlines()
    for line in (
        "[operator-7](browser)",
        "endpoint/context = from-supervisor",
        "endpoint/allow = !all,alaw",
        f"endpoint/permit = {RELAY_ADDRESS}/32",
        "inbound_auth/password = its-word",
    ):
        assert line in lines
    assert {"endpoint/deny = 0.0.0.0/0", "endpoint/deny = ::/0"} < set(lines)
    assert made[HTTP_SESSIONS] == f"sessionlimit = {2 + SESSIONS_BESIDE}\n"
    assert f"\ndefault_realm = {REALM}\n" in (PROJECT / "asterisk_conf" / "pjsip.conf").read_text("utf-8")


@pytest.mark.parametrize("line", ['kind = "softphone"', 'transport = "tls"', 'codecs = ["ulaw"]'])
def test_telephone_in_the_browser_has_no_settings_of_a_hardware_telephone(line: str) -> None:
    text = f'[[operator]]\nid = "7"\nname = "x"\ntelephone = "browser"\n{line}\n'
    with pytest.raises(
        OperatorsError, match=rf"line 5: .*: {line.split(maxsplit=1)[0]}: a telephone in the browser has none"
    ):
        parse_operators(text, "operators.toml", ())


def test_operators_example_has_no_mistakes() -> None:
    example = PROJECT / "deploy" / "operators.toml"
    operators = read_operators(example, ["bhopal"])
    assert [one.id for one in operators.operator] == ["101", "201", "202", "301", "900"]
