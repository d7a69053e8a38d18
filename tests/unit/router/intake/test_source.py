"""Which addresses count as one sender."""

from __future__ import annotations

import pytest

from router.intake.source import UNREADABLE, source


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.7", "192.0.2.7"),
        (" 192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::1", "::/64"),
        ("", UNREADABLE),
        ("unknown", UNREADABLE),
        ("192.0.2.7.evil", UNREADABLE),
        ("१९२.०.२.७", UNREADABLE),
    ],
)
def test_sender_is_what_a_customer_cannot_choose_freely(address: str, counted: str) -> None:
    assert source(address) == counted
