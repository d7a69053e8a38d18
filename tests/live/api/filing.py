"""What the tests of the interface file."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any
from zlib import crc32

if TYPE_CHECKING:
    import httpx

    from tests.live.api.conftest import Api

FRESH = (f"t-{number}" for number in count())
FILING = {
    "service_code": "ration",
    "address_string": "12, Nadi ke paas, Bairasia, Bhopal 463106",
    "first_name": "सीता",
    "last_name": "Bai",
    "description": "पाँच लोग, दो दिन से राशन नहीं <&>\nमदद करें",
    "attribute[people]": "5",
    "attribute[quantity]": "10 kg",
    "attribute[landmark]": "hand pump",
}


async def file(api: Api, *, key: str = "file", token: str | None = None, **changes: Any) -> httpx.Response:
    """File a request, from another telephone each time unless told; a field that is None is left out."""
    token = token or next(FRESH)
    changes.setdefault("phone", f"70{crc32(token.encode()) % 10**8:08d}")
    fields = {name: value for name, value in {**FILING, **changes}.items() if value is not None}
    async with api.client(key) as client:
        return await client.post("/requests.json", data=fields, headers={"Idempotency-Key": token})
