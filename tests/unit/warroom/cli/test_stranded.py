"""What `warroom stranded lists` prints."""

from __future__ import annotations

from warroom.cli.stranded.app import _made


def test_the_time_of_a_list_is_indias_for_a_person_and_as_kept_for_a_program() -> None:
    kept = "2026-11-30T20:26:57.651717+00:00"
    assert _made(kept, as_json=False) == "01 Dec 2026 01:56"
    assert _made(kept, as_json=True) == kept
