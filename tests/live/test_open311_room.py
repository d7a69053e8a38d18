"""The whole way from another program to a district room."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx

from tests.support.commands import warroom

if TYPE_CHECKING:
    from tests.live.conftest import LiveStack


async def test_a_request_filed_over_http_reaches_its_room(whole_stack: LiveStack) -> None:
    stack = whole_stack
    key = (await warroom(stack.data, "api-keys", "add", "portal")).out.strip()
    url = f"http://127.0.0.1:{stack.settings.api.port}/open311/v2/requests.xml"
    fields = {"service_code": "gas", "attribute[zipcode]": "462001", "phone": "9812300311", "api_key": key}
    async with stack.room() as room, httpx.AsyncClient() as client:
        answer = await client.post(url, data=fields)
        assert answer.status_code == 201, answer.text
        ticket = await room.ticket(phone="+919812300311")
    assert f"<service_request_id>{ticket['service_request_id']}<" in answer.text
    assert (ticket["channel"], ticket["desk"], ticket["service_code"]) == ("api", "fuel", "gas")
