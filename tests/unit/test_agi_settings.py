"""Settings of calls: what is refused, and how it is said."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from agi.settings import CallSettings, TrunkSettings

TRUNK: dict[str, Any] = {"name": "bsnl", "match": ["192.0.2.10"], "dids": {"07552550181": "181"}}


def test_defaults_are_sound() -> None:
    settings = CallSettings()
    assert settings.trunks[0].dids == {"181": "181", "104": "104"}
    assert settings.trunks[0].context == "from-trunk"


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"agi_port": 0}, "greater than or equal to 1"),
        ({"agi_port": "many"}, "valid integer"),
        ({"agi_prot": 4573}, "Extra inputs"),
        ({"agi_host": "asterisk.example"}, "no IP address to listen on"),
        ({"rtp_first": 10000, "rtp_last": 10100}, "raise rtp_last or lower max_calls"),
        ({"operators": ["PJSIP/a&PJSIP/b"]}, "no dial string"),
        ({"operators": ["operator-1"]}, "no dial string"),
        ({"operators": ["PJSIP/a\nexten => x"]}, "no dial string"),
        ({"operators": ["PJSIP/a\n"]}, "no dial string"),
        ({"emergency": ["PJSIP/1", "PJSIP/2", "PJSIP/3", "PJSIP/4"]}, "at most 3"),
        ({"trunks": []}, "at least 1"),
        ({"trunks": [TRUNK, TRUNK]}, "two trunks are named bsnl"),
        ({"trunks": [{**TRUNK, "name": "BSNL"}]}, "should match pattern"),
        ({"trunks": [{**TRUNK, "name": "bsnl\n"}]}, "should match pattern"),
        ({"trunks": [{**TRUNK, "match": ["sip.example"]}]}, "no host names"),
        ({"trunks": [{**TRUNK, "match": ["192.0.2.0/28"]}]}, "only networks"),
        ({"trunks": [{**TRUNK, "match": []}]}, "at least 1"),
        ({"trunks": [{**TRUNK, "dids": {"181": "102"}}]}, "'181', '104', 'warroom' or 'rooms'"),
        ({"trunks": [{**TRUNK, "dids": {"18a": "181"}}]}, "should match pattern"),
        ({"trunks": [{**TRUNK, "dids": {}}]}, "at least 1"),
    ],
)
def test_bad_settings_are_refused(values: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        CallSettings.model_validate(values)


@pytest.mark.parametrize("operator", ["PJSIP/operator-1", "PJSIP/9826012345@bsnl", "Local/181@helplines"])
def test_dial_strings_that_are_taken(operator: str) -> None:
    assert CallSettings(operators=(operator,)).operators == (operator,)


@pytest.mark.parametrize("address", ["192.0.2.10", "192.0.2.0/28", "192.0.2.5/28", "2001:db8::1"])
def test_trunk_addresses_that_are_taken(address: str) -> None:
    assert TrunkSettings(name="a", match=("192.0.2.1", address), dids={"181": "181"}).match[1] == address
