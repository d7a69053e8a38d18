"""CSV that people open, save and open again in a spreadsheet."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.india import local
from router.model.ticket import Ticket
from router.spreadsheet import cell, guarded, unguarded
from router.tickets.export import MADE, ExportedTicket, Sheet
from tests.support.stores import opened_desk, opened_store, report

TAKEN_FOR_ANOTHER = [
    "+919812345670", "3/4", "1E5", "00123", "12.10", "12:30", "True", "FALSE", "1-2", "10%", "(5)", "Rs 500", "₹500",
    "1,000", "Jan 5", "5 March 2020", "5 मार्च", "१२", "919812345670", "12 am", "2020-04-01", "1 1/2",
    "2020-04-01T06:30:00Z",
    "=A1", "-5 डिब्बे", "@x", "#N/A", "'x", "\t=1", "＝1", "1.5e-7",
]  # fmt: skip
KEPT_AS_THEY_ARE = [
    "462001",
    "100000011",
    "10 kg",
    "5 लोग",
    "Ward 3, Indore",
    "रीवा",
    "yes",
    "",
    "2020-04-01 12:00:00 IST",
    "a.wav; b.wav",
]


@pytest.mark.parametrize("text", TAKEN_FOR_ANOTHER)
def test_guarded_is_what_a_spreadsheet_would_change(text: str) -> None:
    assert guarded(text) == f"'{text}"
    assert unguarded(f"'{text}") == text


@pytest.mark.parametrize("text", KEPT_AS_THEY_ARE)
def test_guarded_leaves_what_a_spreadsheet_leaves(text: str) -> None:
    assert guarded(text) == text


def test_unguarded_leaves_an_apostrophe_that_is_the_texts_own() -> None:
    assert unguarded("'Apna' bazaar") == "'Apna' bazaar"
    assert unguarded("'462001") == "462001"  # guarded by hand


@given(st.text())
def test_guarded_comes_back(text: str) -> None:
    assert unguarded(guarded(text)) == text


@given(st.text(st.sampled_from("0123456789+-/.,:% ()"), max_size=60))
def test_a_text_of_figures_is_a_whole_number_or_guarded(text: str) -> None:
    whole = text.isdecimal() and text == str(int(text)) and len(text) <= 11
    if any(c.isdigit() for c in text):
        assert guarded(text) == (text if whole else f"'{text}")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "yes"),
        (False, "no"),
        (None, ""),
        (5, "5"),
        (23.123456789, "23.123457"),
        (["1586.12", "1586.13"], "'1586.12; 1586.13"),
        ("2020-03-31T18:40:00Z", "2020-04-01 00:10:00 IST"),
        ("2020-03-31T18:40:00.123456+00:00", "2020-04-01 00:10:00 IST"),
    ],
)
def test_cell_of_each_kind_of_value(value: object, text: str) -> None:
    assert cell(value) == text


async def test_a_sheet_for_people_begins_with_a_mark_and_reads_back(tmp_path: object) -> None:
    async with opened_store(tmp_path / "s.sqlite") as store, opened_desk(store) as desk:  # type: ignore[operator]
        ticket = await desk.open(report("1", phone="+919812343210", quantity="3/4", name="00123", landmark="12.10"))
    file = io.StringIO(newline="")
    Sheet(file, "spreadsheet", personal=True, rooms={}).write(ExportedTicket(ticket, {}))
    data = file.getvalue().encode()
    assert data.startswith(b"\xef\xbb\xbfservice_request_id,")
    (row,) = csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""))
    back = {name: unguarded(text) for name, text in row.items()}
    wanted = (ticket.phone, ticket.quantity, ticket.name, ticket.landmark, ticket.number, ticket.zipcode)
    named = ("phone", "quantity", "name", "landmark", "service_request_id", "zipcode")
    assert tuple(back[name] for name in named) == wanted
    assert row["phone"] == "'+919812343210"
    assert row["requested_datetime"] == f"{local(ticket.requested_datetime):%Y-%m-%d %H:%M:%S} IST"


def test_a_ticket_in_any_form_has_the_same_columns() -> None:
    forms = [io.StringIO(newline="") for _ in range(2)]
    for file, form in zip(forms, ("csv", "spreadsheet"), strict=True):
        Sheet(file, form, personal=True, rooms={})  # type: ignore[arg-type]
    assert forms[1].getvalue() == "\ufeff" + forms[0].getvalue()
    fields = set(Ticket.model_fields) | set(Ticket.model_computed_fields) | MADE
    assert set(forms[0].getvalue().strip().split(",")) <= fields
