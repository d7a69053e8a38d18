"""Events and topics."""

import json

import pytest

from router.model.stages import Stage
from router.model.ticket import Ticket
from router.mqtt import topics
from router.mqtt.cloudevents import EventError, cloud_event, parse, ticket_event, ticket_in

TICKET = Ticket(
    service_request_id="100000013",
    version=3,
    stage=Stage.ROUTED,
    priority=2,
    service_code="ration",
    room="district-bhopal",
    desk="food",
    agency_responsible="Bhopal",
    requested_datetime="2020-04-01T06:30:00Z",
    updated_datetime="2020-04-01T07:30:00Z",
    channel="phone",
    helpline="181",
    source_key="1/1",
    description='राशन "नहीं" \n',
)


def test_ticket_event_is_a_cloudevent_and_the_same_each_time() -> None:
    text = ticket_event(TICKET, TICKET.model_dump_json())
    raw = json.loads(text)
    assert {key: raw[key] for key in raw if key != "data"} == {
        "specversion": "1.0",
        "id": "100000013-3",
        "source": "/nodes/1",
        "type": "warroom.ticket.v1",
        "subject": "100000013",
        "time": "2020-04-01T07:30:00+00:00",
        "datacontenttype": "application/json",
    }
    assert raw["data"]["status"] == "open"
    assert raw["data"]["description"] == TICKET.description
    again = ticket_in(parse(text))
    assert again == TICKET
    assert ticket_event(again, again.model_dump_json()) == text


def test_event_ids_differ_when_content_differs() -> None:
    one = parse(cloud_event("summary", {"a": 1}, node=2, subject="state"))
    other = parse(cloud_event("summary", {"a": 2}, node=2, subject="state"))
    assert one.id != other.id
    assert (one.source, one.data) == ("/nodes/2", {"a": 1})


@pytest.mark.parametrize("payload", [b"", b"\xff", b"[]", b"{}", b'{"specversion":"0.3"}'])
def test_parse_of_something_else_says_what_is_wrong(payload: bytes) -> None:
    with pytest.raises(EventError, match="not a CloudEvent of ours"):
        parse(payload)


def test_errors_do_not_repeat_what_they_were_given() -> None:
    with pytest.raises(EventError) as caught:
        parse(b'{"specversion": "+919812343210"}')
    assert "98123" not in str(caught.value)
    with pytest.raises(EventError) as caught:
        ticket_in(parse(cloud_event("ticket", {"phone": 919812343210}, node=1, subject="x")))
    assert "98123" not in str(caught.value)


def test_ticket_topic_below_and_under_the_root() -> None:
    topic = topics.ticket("district-bhopal", "food", "100000013")
    assert topic == "rooms/district-bhopal/tickets/food/100000013"
    assert topics.below("warroom/1", topics.under("warroom/1", topic)) == topic


@pytest.mark.parametrize("room", ["", "+", "#", "a/b", "Bhopal", "भोपाल", "a\n"])
def test_topic_of_a_bad_id_is_refused(room: str) -> None:
    with pytest.raises(ValueError, match="not an id"):
        topics.summary(room)
