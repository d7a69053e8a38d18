"""What no sane client would send: made by schemathesis from the interface's own description."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy
    from schemathesis import Case

    from tests.live.api.conftest import Api

EXAMPLES = 12  # for each of 14 methods and both ways: some seconds; what it found once stands among the other tests
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


@pytest.mark.parametrize("mode", list(GenerationMode))
def test_every_method_answers_whatever_is_sent(api: Api, mode: GenerationMode) -> None:
    schema = schemathesis.openapi.from_url(f"{api.url}/openapi.json")
    methods = [found.ok() for found in schema.get_all_operations()]
    assert len(methods) == 14
    for method in methods:
        _sends(method.as_strategy(mode), api)


def _sends(cases: SearchStrategy[Case], api: Api) -> None:
    """Send some of these cases, with a key that may do everything unless the case has one of its own."""

    @settings(max_examples=EXAMPLES, deadline=None, database=None, derandomize=True, suppress_health_check=HealthCheck)
    @given(case=cases)
    def send(case: Case) -> None:
        case.headers.setdefault("X-Api-Key", api.keys["file+read-personal"])
        response = case.call(base_url=api.url)
        case.validate_response(response, checks=CHECKS)

    send()
