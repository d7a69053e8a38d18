"""What programs find in a line of history is what was written, and never a person's own words."""

from __future__ import annotations

from router import history_line


def test_fields_that_were_changed_come_back() -> None:
    what = history_line.SEPARATOR.join(("correct", history_line.changed({"quantity", "people"}), "changed my mind"))
    assert what == "correct; changed people, quantity; changed my mind"
    assert history_line.action_of(what) == "correct"
    assert history_line.changed_fields(what) == {"people", "quantity"}


def test_words_of_a_note_are_no_action_and_no_field() -> None:
    assert history_line.action_of("note; reroute was wrong") == "note"
    assert history_line.changed_fields("note; nothing changed here") == frozenset()
    assert history_line.action_of("rerouted by hand") != history_line.REROUTE
