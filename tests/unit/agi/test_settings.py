"""Settings of calls: what is refused, and how it is said."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from agi.settings import CallSettings

OUTSIDE = ("0.0.0.0", "::", "192.0.2.1", "10.0.0.7", "2001:db8::1", "::ffff:192.0.2.1")


def test_defaults_are_sound() -> None:
    settings = CallSettings()
    assert (settings.max_calls, settings.emergency, settings.callbacks.trunk) == (600, (), "")
    assert not settings.recording.enabled


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"agi_port": 0}, "greater than or equal to 1"),
        ({"agi_port": "many"}, "valid integer"),
        ({"agi_prot": 4573}, "Extra inputs"),
        ({"agi_host": "asterisk.example"}, "no IP address to listen on"),
        *(({name: host}, "reached from other machines") for name in ("agi_host", "ami_host") for host in OUTSIDE),
        ({"rtp_first": 10000, "rtp_last": 10100}, "raise rtp_last or lower max_calls"),
        ({"rtp_first": 10000, "rtp_last": 12398}, "are 2398 ports, but 600 calls need 2400"),
        ({"rtp_first": 15000}, "are 0 ports"),
        ({"rtp_first": 10001, "rtp_last": 14999}, "rtp_first 10001 is odd.*write 10002"),
        ({"rtp_last": 65536}, "less than or equal to 65535"),
        ({"emergency": ["operator-1"]}, "no dial string"),
        ({"emergency": ["PJSIP/a\nexten => x"]}, "no dial string"),
        ({"emergency": ["PJSIP/a\n"]}, "no dial string"),
        ({"emergency": ["9812345678"]}, "no dial string"),
        ({"emergency": ["108"] * 7}, "at most 6"),
        ({"recording": {"enabled": True}}, "without a legal_basis"),
        ({"recording": {"enabled": True, "legal_basis": "  "}}, "without a legal_basis"),
        ({"recording": {"destinations": ["emergency"]}}, "Input should be 'queue'"),
    ],
)
def test_bad_settings_are_refused(values: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        CallSettings.model_validate(values)


def test_lines_kept_are_a_share_that_a_small_system_rounds_to_none() -> None:
    assert [CallSettings(max_calls=calls).ordinary for calls in (600, 20, 19, 1)] == [570, 19, 19, 1]


@pytest.mark.parametrize(
    ("named", "ports"),
    [
        ({}, None),
        ({"rtp_first": 12000}, (12000, 14999)),
        ({"rtp_last": 19999}, (10000, 19999)),
        ({"rtp_first": 20000, "rtp_last": 22399}, (20000, 22399)),
        ({"rtp_first": 20000, "rtp_last": 22400}, (20000, 22399)),  # its RTCP would be one port further
    ],
)
def test_ports_for_sound_are_whole_pairs(named: dict[str, int], ports: tuple[int, int] | None) -> None:
    assert CallSettings(**named).sound_named == ports


@pytest.mark.parametrize("operator", ["PJSIP/operator-1", "PJSIP/9826012345@bsnl", "Local/181@helplines"])
def test_dial_strings_that_are_taken(operator: str) -> None:
    assert CallSettings(emergency=(operator,)).emergency == (operator,)
