"""A list of requests, imported as an admin types it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.support.commands import assert_one_clear_line, warroom

if TYPE_CHECKING:
    from pathlib import Path

    from router.tickets.service import TicketService
    from tests.live.api.conftest import Api

HEADING = "key,need,text,phone,district,pin,people\n"
GOOD = (
    "A-1,,बैतूल जिले में राशन नहीं मिला; 10 किलो चावल चाहिए,9812301001,,,4\n"
    "A-2,water,,98123 01002,Bhopal,462001,\n"
    "A-3,water,,9812301002,Bhopal,462001,\n"
)
BAD = {
    5: ("A-4,rice,,9812301003,Bhopal,,", "need 'rice': unknown"),
    6: ("A-5,ration,,12345,Bhopal,,", "phone: not a telephone number"),
    7: ("A-6,ration,,9812301004,Atlantis,,", "district 'Atlantis': unknown"),
    8: ("A-7,ration,,9812301005,,46200,", "pin '46200'"),
    9: ("A-8,ration,,9812301006,Bhopal,,none", "people 'none'"),
    10: ("A-9,,,9812301007,Bhopal,,", "need and text are empty"),
    11: ("A 10,ration,,9812301008,Bhopal,,", "key 'A 10'"),
    12: ("A-11,ration", "2 cells; expected 7"),
    13: ("A-2,water,,98123 01002,Bhopal,462001,9", "was imported before and said something else"),
}


async def test_a_list_is_imported_once_and_bad_lines_are_named(api: Api, desk: TicketService, tmp_path: Path) -> None:
    file = tmp_path / "office.csv"
    file.write_text(HEADING + GOOD + "\n".join(text for text, _ in BAD.values()) + "\n", encoding="utf-8")
    first = await warroom(api.data, "import", "tickets", str(file), "--json")
    told = json.loads(first.out)
    assert (first.code, told["opened"], told["joined"], told["known"], told["bad"]) == (1, 2, 1, 0, len(BAD))
    reasons = {one["line"]: one["reason"] for one in told["lines"]}
    assert reasons.keys() == BAD.keys()
    assert all(expected in reasons[line] for line, (_, expected) in BAD.items()), reasons

    (ticket,) = await desk.tickets_of_phone("+919812301001")
    assert (ticket.channel, ticket.helpline, ticket.source_key) == ("operator", None, "list/office/A-1")
    assert (ticket.service_code, ticket.district, ticket.quantity, ticket.people) == ("ration", "betul", "10 kg", 4)
    (joined,) = await desk.tickets_of_phone("+919812301002")
    assert (joined.version, joined.room, joined.zipcode) == (2, "district-bhopal", "462001")

    file.write_text(HEADING + GOOD + "A-4,ration,,9812301003,Bhopal,,\n", encoding="utf-8")
    again = await warroom(api.data, "import", "tickets", str(file))
    assert (again.code, again.out.strip()) == (0, "1 opened, 0 joined, 3 known, 0 lines not taken")
    assert len(await desk.tickets_of_phone("+919812301001")) == 1


async def test_what_is_no_list_is_told_so(api: Api, tmp_path: Path) -> None:
    file = tmp_path / "office.csv"
    file.write_text("name,need\nx,water\n")
    assert_one_clear_line(await warroom(api.data, "import", "tickets", str(file)), "'key' is missing")
    assert_one_clear_line(await warroom(api.data, "import", "tickets", str(tmp_path / "none.csv")), "none.csv")
