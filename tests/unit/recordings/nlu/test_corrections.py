"""What persons put right stays, and is exported with what was said and understood."""

from functools import cache

from recordings.nlu import Lexicon
from recordings.nlu.corrections import corrected_fields
from router.model.deadline import Deadline
from router.model.ticket_views import TicketHistoryLine
from router.storage.engines import Location
from router.storage.unit_of_work import UnitOfWork
from tests.support.stores import opened_desk, opened_store, places, report
from warroom.cli.speech.nlu import training_pairs


@cache
def lexicon() -> Lexicon:
    return Lexicon.load(places())


def lines(*whats: str) -> list[TicketHistoryLine]:
    return [
        TicketHistoryLine(*(1, "", "district-bhopal", what, "")[: len(TicketHistoryLine._fields)]) for what in whats
    ]


def test_corrected_fields_come_from_the_history() -> None:
    history = lines("opened", "correct; changed people, quantity; asked again", "acknowledge; acknowledged", "note; no")
    assert corrected_fields(history) == {"people", "quantity"}


def test_reroute_settles_the_district() -> None:
    assert corrected_fields(lines("reroute; routed; state/triage → district-dhar/food")) == {"district", "state"}


async def test_only_corrected_tickets_with_a_text_are_exported(location: Location) -> None:
    async with opened_store(location) as store, opened_desk(store) as desk:
        numbers = []
        for key in ("1.1/1", "1.2/1", "1.3/1"):
            ticket = await desk.open(report(key, need="other", district=None))
            numbers.append(ticket.number)

        def correct(uow: UnitOfWork) -> None:
            for number, text, what in [
                (numbers[0], "आटा नहीं मिला", "correct; changed service_code; he means medicine"),
                (numbers[1], "", "correct; changed service_code"),
                (numbers[2], "दूध", "acknowledge; acknowledged"),
            ]:
                before = uow.tickets.by_number(number)
                assert before is not None
                after = before.model_copy(update={"version": 2, "transcript": text, "service_code": "medicine"})
                uow.tickets.update(after, after.model_dump_json(), Deadline(), by="district-bhopal", what=what)

        await store.write(correct)
    pairs = [pair async for pair in training_pairs(location, lexicon())]
    assert pairs == [
        {
            "ticket": numbers[0],
            "language": "hi",
            "text": "आटा नहीं मिला",
            "understood": {"service_code": "ration", "district": None, "quantity": "", "people": None},
            "corrected": {"service_code": "medicine"},
        }
    ]
