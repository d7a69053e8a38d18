"""The operator console in a real browser: calls come from 181, tickets are filed by keyboard, rooms get them."""

from __future__ import annotations

import re
import signal
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from router.clock import utc_now
from router.pictures import PictureFiles, PictureStore
from tests.live.conftest import LiveStack, open_stack
from tests.support import queue_stack
from tests.support.browser import WALL, grave_findings
from tests.support.citizen import answer
from tests.support.faults import all_lines_free, in_bridge, shorten_all, tickets_of
from tests.support.operators import at_work, has, operator_at
from tests.support.people import ASHA, CHIEF, DOCTOR
from tests.support.pictures import png
from tests.support.queue_stack import OPERATORS, TO_A_PERSON, TRUNKS
from tests.support.stores import opened_desk, opened_store
from tests.support.telephones import FAR_END, FAR_PORT, far_end
from warroom.config.folders import SERVICE_USER
from warroom.config.paths import DataDirectory, acting_as

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from playwright.async_api import Locator, Page

    from tests.support.browser import Watch
    from tests.support.operators import OperatorTelephone
    from tests.support.screens import Screens
    from warroom.sip_test_client import TestCall

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("console-page")]

NUMBER_104 = "0755104"


@pytest.fixture(scope="module")
def screen_stack_of_file() -> Iterator[LiveStack]:
    """As for other screens; 104 can be dialled, and the doctor's telephone is the browser."""
    operators = OPERATORS.replace('name = "Doctor"', 'name = "Doctor"\ntelephone = "browser"')
    here = TRUNKS.replace(f"{queue_stack.FAR_END}:{queue_stack.FAR_PORT}", f"{FAR_END}:{FAR_PORT}")
    trunks = f'{here}dials = {{ 104 = "{NUMBER_104}" }}\n'
    with open_stack(services=("serve", "board"), operators=operators, trunks=trunks) as stack:
        shorten_all(stack)
        yield stack


@asynccontextmanager
async def citizen_speaks(stack: LiveStack, operator: OperatorTelephone, caller: str) -> AsyncIterator[TestCall]:
    """A citizen calls 181, asks for a person, and speaks with the operator."""
    await has(stack, "general-hi", free=1)
    async with stack.call(caller=caller) as citizen:
        await answer(citizen, TO_A_PERSON)
        async with operator.takes():
            await in_bridge(stack)
            yield citizen
    await all_lines_free(stack)


async def opened(screens: Screens, lang: str = "hi") -> Page:
    """Asha's console, with the needs to choose from."""
    page = await screens.open(ASHA, "/operator", lang=lang)
    await expect(need(page, "ration")).to_be_visible()
    return page


def need(page: Page, name: str) -> Locator:
    return page.locator(f"[data-need={name}]")


def field(page: Page, name: str) -> Locator:
    return page.locator(f"#form [name={name}]")


async def filed_number(page: Page) -> str:
    """The number that the operator reads to the caller."""
    shown = page.locator("[data-filed]")
    await expect(shown).to_be_visible()
    return await shown.get_attribute("data-filed") or ""


async def test_operator_goes_ready_pauses_with_a_reason_and_logs_out(screens: Screens) -> None:
    async with operator_at(screens.stack, "101", "127.0.2.101"):
        page = await opened(screens, lang="en")
        await expect(page.locator(".work")).to_have_text("○ Not at work")
        await page.keyboard.press("Alt+p")
        await expect(page.locator(".work")).to_have_text("● Ready")
        await has(screens.stack, "general-hi", free=1)
        await page.keyboard.press("Alt+p")
        await page.keyboard.press("1")
        await expect(page.locator(".work")).to_contain_text("Paused: Meal")
        await has(screens.stack, "general-hi", paused=1)
        await page.get_by_role("button", name="Log out").click()
        await expect(page.locator(".work")).to_have_text("○ Not at work")


async def test_ticket_from_call_to_end_by_keyboard_alone(screens: Screens) -> None:
    """The call opens itself; a need by one key, a district by three letters; the room gets the ticket."""
    caller = "9811600201"
    async with screens.stack.room() as room, at_work(screens.stack, o101="127.0.2.101") as (operator,):
        page = await opened(screens)
        async with citizen_speaks(screens.stack, operator, caller) as citizen:
            await expect(page.locator("[data-mode=talking]")).to_be_visible()
            await expect(page.locator(".caller")).to_have_text("98116 00201")
            await expect(page.locator("#form .needs button:focus")).to_have_count(1)
            await page.keyboard.press("1")
            await page.keyboard.type("भोप")
            await page.keyboard.press("Enter")  # takes Bhopal and goes on
            await page.keyboard.type("शिव मंदिर")
            await page.keyboard.press("Enter")
            await page.keyboard.type("10 किलो")
            await page.keyboard.press("Enter")
            await page.keyboard.type("५")
            await page.keyboard.press("Enter")
            await page.keyboard.press("Enter")  # no name
            await page.keyboard.type("दो दिन से राशन नहीं")
            await page.keyboard.press("Enter")
            number = await filed_number(page)
            ticket = await room.ticket(service_request_id=number)
            assert (ticket["service_code"], ticket["landmark"], ticket["people"]) == ("ration", "शिव मंदिर", 5)
            assert (ticket["quantity"], ticket["description"]) == ("10 किलो", "दो दिन से राशन नहीं")
            assert ticket["phone"] == f"+91{caller}"
            await page.keyboard.press("F10")
            await citizen.ended()
        await expect(page.locator("#call .call-state")).to_be_visible()
        await expect(page.locator("[data-mode]")).to_have_count(0)

        async with citizen_speaks(screens.stack, operator, caller):  # calls again: the open ticket comes first
            first = page.locator(f"#open-tickets [data-ticket='{number}']")
            await expect(first).to_be_visible()
            await field(page, "note").fill("अब तक नहीं आया")
            await page.keyboard.press("Alt+a")
            assert await filed_number(page) == number
            (ticket,) = tickets_of(screens.stack, caller)
            assert len(ticket["calls"]) == 2
            assert any("अब तक नहीं आया" in note for note in ticket["notes"])


async def test_call_opens_itself_while_it_rings_and_closes_when_the_caller_hangs_up(screens: Screens) -> None:
    """The open ticket is there before anybody answers; what was typed meanwhile is kept."""
    caller = "9811600208"
    stack = screens.stack
    async with at_work(stack, o101="127.0.2.101") as (operator,):
        filed = await operator.says("file", phone=caller, service_code="ration", district="bhopal")
        layout = DataDirectory(stack.data)
        with acting_as(SERVICE_USER):
            async with opened_store(layout.store) as store, opened_desk(store) as desk:
                keeper = PictureStore(desk, PictureFiles(layout.pictures))
                await keeper.keep(
                    filed.data["ticket"], png(60, 40), channel="whatsapp", source_key="1", received=utc_now()
                )
        page = await opened(screens, lang="en")
        await has(stack, "general-hi", free=1)
        ticket = page.locator(f"#open-tickets [data-ticket='{filed.data['ticket']}']")
        ringing, talking = page.locator("[data-mode=ringing]"), page.locator("[data-mode=talking]")
        async with stack.call(caller=caller) as citizen:
            await answer(citizen, TO_A_PERSON)
            await operator.rings(operator.name)
            await expect(ringing).to_have_text("Ringing")
            await expect(page.locator(".work")).to_have_text("☎ Ringing")
            await expect(page.locator(".caller")).to_have_text("98116 00208")
            await expect(ticket).to_be_visible()
            await expect(ticket.locator("wr-pictures img")).to_have_attribute("alt", re.compile("^photograph 1 of 1"))
            await expect(ticket.locator(".keyed")).to_have_count(0)  # nobody has answered
            await expect(page.locator("#form .needs button:focus")).to_have_count(1)
            assert await grave_findings(page) == []
            await page.keyboard.press("6")
            await field(page, "name").fill("रामकली")
            for key in ("F3", "F10", "Alt+d"):
                await page.keyboard.press(key)
            await expect(page.locator("#form [name=danger]")).not_to_be_checked()
            await expect(ringing).to_be_visible()
            await citizen.hang_up()
        await expect(page.locator("[data-mode], .caller, #open-tickets")).to_have_count(0)
        await expect(field(page, "name")).to_have_value("")
        await expect(page.locator("#unfinished li")).to_have_count(1)
        await all_lines_free(stack)

        await field(page, "landmark").fill("शिव मंदिर")  # an entry of its own: the next ring leaves it alone
        await has(stack, "general-hi", free=1)
        async with stack.call(caller=caller) as citizen:
            await answer(citizen, TO_A_PERSON)
            invite = await operator.rings(operator.name)
            await expect(ticket).to_be_visible()
            await expect(ticket.locator("wr-pictures img")).to_have_attribute("alt", re.compile("^photograph 1 of 1"))
            await expect(field(page, "landmark")).to_have_value("शिव मंदिर")
            async with operator.answers(invite, stack.sip, stack.matcher):
                await expect(talking).to_be_visible()
                await expect(ringing).to_have_count(0)
                await expect(field(page, "landmark")).to_have_value("")
                await expect(page.locator("#unfinished li")).to_have_count(2)
                await page.keyboard.press("F10")
                await citizen.ended()
        await all_lines_free(stack)


async def test_what_is_typed_outlives_reload_and_next_call_and_is_filed_half_filled(screens: Screens) -> None:
    async with at_work(screens.stack, o101="127.0.2.101") as (operator,):
        page = await opened(screens)
        async with citizen_speaks(screens.stack, operator, "9811600202"):
            await expect(page.locator("[data-mode=talking]")).to_be_visible()
            await page.keyboard.press("6")
            await field(page, "name").fill("रामकली")
            await page.reload()
            await expect(field(page, "name")).to_have_value("रामकली")
            await expect(need(page, "medicine")).to_have_attribute("aria-checked", "true")
        async with citizen_speaks(screens.stack, operator, "9811600203"):
            await expect(page.locator(".caller")).to_have_text("98116 00203")
            await expect(field(page, "name")).to_have_value("")
            unfinished = page.locator("#unfinished li")
            await expect(unfinished).to_have_count(1)
            await unfinished.get_by_role("button").first.click()
            await expect(field(page, "name")).to_have_value("रामकली")
            await page.keyboard.press("Alt+Enter")  # without a place: to triage
            number = await filed_number(page)
        (ticket,) = tickets_of(screens.stack, "9811600202")
        assert (ticket["service_request_id"], ticket["room"], ticket["name"]) == (number, "state", "रामकली")


async def test_ticket_that_is_filed_while_the_board_is_dead_goes_out_when_it_is_back(
    screens: Screens, watch: Watch
) -> None:
    watch.allow("ERR_CONNECTION_REFUSED")
    processes = screens.stack.processes
    async with screens.stack.room("district-indore") as room:
        page = await opened(screens, lang="en")
        await page.keyboard.press("Alt+n")
        await page.keyboard.press("1")
        processes.stop("board", signal.SIGKILL)
        await page.keyboard.type("ind")
        await page.keyboard.press("Enter")
        await page.keyboard.type("Rajwada")
        await page.keyboard.press("Alt+Enter")
        await expect(page.get_by_text("it is sent when the link is back").first).to_be_visible()
        processes.start_service("board")
        ticket = await room.ticket(service_request_id=await filed_number(page))
        assert (ticket["landmark"], ticket["district"]) == ("Rajwada", "indore")


async def test_key_that_is_refused_says_why(screens: Screens) -> None:
    async with at_work(screens.stack, o101="127.0.2.101") as (operator,):
        page = await opened(screens, lang="en")
        async with citizen_speaks(screens.stack, operator, "9811600204"):
            await expect(page.locator("[data-mode=talking]")).to_be_visible()
            await page.keyboard.press("F9")  # leave: nobody else is there
            await expect(page.get_by_role("alert").filter(has_text="the caller would be left alone")).to_be_visible()
            await page.keyboard.press("F7")
            await expect(page.get_by_role("alert").filter(has_text="Choose the district first")).to_be_visible()
            await field(page, "place").fill("bho")
            await expect(page.get_by_role("option")).to_have_count(1)
            assert await grave_findings(page) == []
            await page.keyboard.press("Alt+d")  # nobody can be called here: that is said, and the ticket is filed
            await expect(page.get_by_role("alert").filter(has_text="Not possible")).to_be_visible()
            number = await filed_number(page)
        (ticket,) = tickets_of(screens.stack, "9811600204")
        assert (ticket["service_request_id"], ticket["priority"]) == (number, 1)


async def test_call_is_held_and_104_is_asked_and_the_page_shows_what_asterisk_says(screens: Screens) -> None:
    async with far_end() as provider, at_work(screens.stack, o101="127.0.2.101") as (operator,):
        page = await opened(screens, lang="en")
        async with citizen_speaks(screens.stack, operator, "9811600206"):
            await expect(page.locator("[data-mode=talking]")).to_be_visible()
            await page.keyboard.press("F3")
            await expect(page.locator("[data-mode=held]")).to_be_visible()
            await page.keyboard.press("F3")
            await expect(page.locator("[data-mode=talking]")).to_be_visible()
            await page.keyboard.press("F4")
            invite = await provider.rings(NUMBER_104)
            await expect(page.locator("[data-mode=calling]")).to_contain_text("Helpline 104")
            async with provider.answers(invite, screens.stack.sip, screens.stack.matcher) as helpline:
                await expect(page.locator("[data-mode=consulting]")).to_contain_text("Helpline 104")
                await page.keyboard.press("F8")
                await expect(page.locator("[data-mode=conference]")).to_contain_text("Helpline 104")
                await page.keyboard.press("F9")  # the citizen and 104 go on
                await expect(page.locator("[data-mode]")).to_have_count(0)
                await helpline.hang_up()


async def test_postal_code_fills_the_district_and_an_open_ticket_alike_is_shown_while_one_types(
    screens: Screens,
) -> None:
    async with screens.stack.room() as room:
        page = await opened(screens)
        for landmark in ("बड़ का पेड़", "बड़ का पेड़ के सामने"):
            await page.keyboard.press("Alt+n")  # paper: without a call
            await page.keyboard.press("4")
            await field(page, "place").fill("४६२००१")
            await expect(page.locator(".place .found")).to_have_text("भोपाल")
            await field(page, "landmark").fill(landmark)
            await field(page, "receivedAt").fill("2020-04-05T09:30")
            if landmark == "बड़ का पेड़":
                await page.keyboard.press("Alt+Enter")
                number = await filed_number(page)
                ticket = await room.ticket(service_request_id=number)
                assert (ticket["district"], ticket["zipcode"]) == ("bhopal", "462001")
                assert "05.04.2020 09:30 IST" in ticket["status_notes"]
        await expect(page.locator(f"#duplicates [data-ticket='{number}']")).to_be_visible()
        await page.get_by_role("button", name="मिटाएँ").click()
        await expect(field(page, "landmark")).to_have_value("")


async def test_operator_without_a_microphone_is_told_and_gets_no_calls(screens: Screens) -> None:
    page = await screens.open(DOCTOR, "/operator", lang="en")  # this browser has none
    await expect(page.locator("[data-telephone=absent]")).to_be_visible()
    await page.keyboard.press("Alt+p")
    await expect(page.get_by_role("alert").filter(has_text="There is no microphone")).to_be_visible()
    await expect(page.locator(".work")).to_have_text("○ Not at work")


async def test_caller_who_reached_nobody_is_called_back_by_one_operator(screens: Screens) -> None:
    caller = "9811600207"
    async with far_end() as provider, at_work(screens.stack, o101="127.0.2.101") as (operator,):
        page = await opened(screens, lang="en")
        others = await screens.open(DOCTOR, "/operator", lang="en")
        async with screens.stack.call(caller=caller) as citizen:
            await citizen.hear("hi/greeting-181")
            await citizen.hang_up()
        mine, theirs = (one.locator("[data-callback]").filter(has_text="98116 00207") for one in (page, others))
        await expect(theirs).to_contain_text("silent call")
        await expect(mine).to_be_visible()
        await page.keyboard.press("Alt+c")
        async with operator.takes():
            await expect(theirs).to_contain_text("101 has it")
            await expect(theirs.get_by_role("button")).to_have_count(0)
            invite = await provider.rings(caller)
            await expect(page.locator("[data-mode=dialling]")).to_be_visible()
            async with provider.answers(invite, screens.stack.sip, screens.stack.matcher) as called:
                await expect(page.locator("[data-mode=talking]")).to_be_visible()
                await expect(page.locator(".caller")).to_have_text("98116 00207")
                await expect(field(page, "phone")).to_have_value(f"+91{caller}")
                await page.keyboard.press("F10")
                await called.ended()
        await expect(theirs).to_have_count(0)


async def test_supervisor_sees_an_operator_in_a_call_listens_and_takes_it_over(screens: Screens) -> None:
    async with (
        at_work(screens.stack, o101="127.0.2.101") as (operator,),
        operator_at(screens.stack, "900", "127.0.2.90") as chief,
    ):
        page = await screens.open(CHIEF, "/operator", lang="en")
        console = await opened(screens, lang="en")
        asha = page.locator("[data-operator='101']")
        await expect(asha).to_contain_text("free")
        async with citizen_speaks(screens.stack, operator, "9811600205"):
            await expect(asha).to_contain_text("In a call")
            await expect(asha).to_contain_text("98116 00205")
            assert await grave_findings(page) == []
            await asha.get_by_role("button", name="Listen").click()
            async with chief.takes() as spy:
                mark = console.get_by_role("status").filter(has_text="Supervisor 900 is in your call")
                await expect(mark).to_be_visible()
                await expect(asha.get_by_role("button", name="Listen")).to_have_attribute("aria-pressed", "true")
                await spy.hang_up()
            await expect(mark).to_have_count(0)
            await asha.get_by_role("button", name="Take over").click()
            async with chief.takes():
                await expect(page.locator("[data-mode=talking]")).to_be_visible()
                await expect(page.locator(".caller")).to_have_text("98116 00205")
                await expect(console.locator("[data-mode]")).to_have_count(0)
                await page.keyboard.press("F10")
            await expect(page.locator("[data-mode]")).to_have_count(0)
        await asha.get_by_role("button", name="Pause").click()
        await expect(console.locator(".work")).to_contain_text("Paused: by the supervisor")


@pytest.mark.parametrize(("lang", "dark"), [("hi", False), ("en", True)])
async def test_console_has_no_grave_finding_of_axe(screens: Screens, lang: str, *, dark: bool) -> None:
    page = await screens.open(ASHA, "/operator", lang=lang, dark=dark, size=WALL)
    await expect(need(page, "ration")).to_be_visible()
    assert await grave_findings(page) == []


async def test_form_asks_where_stranded_people_are_and_what_they_lack(screens: Screens) -> None:
    async with screens.stack.room("outside-kerala") as room:
        page = await opened(screens, lang="en")
        await expect(field(page, "state")).to_have_count(0)
        await need(page, "stranded").click()
        await field(page, "state").select_option("kerala")
        await field(page, "homeDistrict").select_option("rewa")
        await field(page, "people").fill("12")
        await field(page, "phone").fill("9811600299")
        await field(page, "want-food").check()
        await field(page, "want-travel").check()
        await expect(page.locator("#form .chip.amber")).to_have_count(0)
        assert await grave_findings(page) == []
        await page.keyboard.press("Alt+Enter")
        ticket = await room.ticket(service_request_id=await filed_number(page))
    assert (ticket["state"], ticket["people"], ticket["copies"]) == ("kerala", 12, ["state/travel"])
    assert ticket["stranded"] == {"home_district": "rewa", "home_state": None, "wants": ["food", "travel"], "place": ""}
