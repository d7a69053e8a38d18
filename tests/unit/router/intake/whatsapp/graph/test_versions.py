"""A version of the Graph API that soon ends is known by its date."""

from datetime import date

import pytest

from router.intake.whatsapp.graph.versions import is_old
from router.settings_messaging import WhatsAppSettings


@pytest.mark.parametrize(
    ("version", "old"),
    [("v17.0", True), ("v21.0", True), ("v22.0", False), ("v26.0", False), ("v31.0", False)],
)
def test_two_years_from_its_release(version, old):
    assert is_old(version, date(2026, 11, 30)) is old


def test_the_day_it_becomes_two_years_old():
    assert not is_old("v25.0", date(2028, 2, 17))
    assert is_old("v25.0", date(2028, 2, 18))


def test_the_version_that_settings_begin_with_is_known():
    assert not is_old(WhatsAppSettings().graph_version, date(2026, 12, 1))
