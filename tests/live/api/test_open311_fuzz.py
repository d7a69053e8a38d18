"""What no sane client would send: made by schemathesis from the interface's own description."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from router.tickets.ticket_number import issue
from tests.live.api.filing import file

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy
    from schemathesis import Case

    from tests.live.api.conftest import Api

EXAMPLES = 16  # of each of 14 methods, twice: some seconds; a run with hundreds found nothing more
PATHS = {"service_code": "ration", "service_request_id": issue(1, 1), "token": "fuzz"}
FREE = {"first_name", "last_name", "address_string", "description", "email", "device_id", "account_id"}


@pytest.mark.parametrize("mode", ["positive", "negative"])
@pytest.mark.long
async def test_every_method_answers_whatever_is_sent(api: Api, mode: str) -> None:
    await file(api, token="fuzz")
    seen = await asyncio.to_thread(_send_all, api, mode)
    assert {200, 201, 400, 403, 404} <= seen


def _send_all(api: Api, mode: str) -> set[int]:
    import schemathesis  # here: a second of CPU for each worker, and one alone needs it

    schema = schemathesis.openapi.from_url(f"{api.url}/openapi.json")
    methods = [found.ok() for found in schema.get_all_operations()]
    assert len(methods) == 16
    return set().union(*(_send(method.as_strategy(schemathesis.GenerationMode(mode)), api) for method in methods))


def _send(cases: SearchStrategy[Case], api: Api) -> set[int]:
    """Send some cases of a method, half of them mended so far that they get past the first check."""
    from schemathesis.checks import not_a_server_error
    from schemathesis.specs.openapi import checks

    seen = set()
    wanted = [
        not_a_server_error,
        checks.status_code_conformance,
        checks.content_type_conformance,
        checks.response_schema_conformance,
    ]

    @settings(max_examples=EXAMPLES, database=None, derandomize=True, suppress_health_check=HealthCheck)
    @given(case=cases, mended=st.booleans())
    def send(case: Case, mended: bool) -> None:
        if mended:
            _mend(case, api)
        response = case.call(base_url=api.url)
        seen.add(response.status_code)
        case.validate_response(response, checks=wanted)

    send()
    return seen


def _mend(case: Case, api: Api) -> None:
    """Give it a key that may do everything, a path that leads somewhere, and in a body what is required."""
    case.headers["X-Api-Key"] = api.keys["file+read-personal"]
    case.headers.pop("Idempotency-Key", None)
    case.query.pop("jurisdiction_id", None)
    case.path_parameters = {name: PATHS[name] for name in case.path_parameters}
    if isinstance(case.body, dict):
        free = {name: value for name, value in case.body.items() if name in FREE}
        case.body = {**free, "service_code": "ration", "attribute[district]": "bhopal"}
