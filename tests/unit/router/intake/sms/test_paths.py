"""Paths into what providers answer and report."""

from __future__ import annotations

from router.intake.sms.provider.paths import each, find, text_at

MSG91 = [
    {"requestId": "r1", "report": [{"number": "1", "status": "1"}, {"number": "2", "status": "2"}]},
    {"requestId": "r2", "report": [{"number": "3", "status": "9"}], "status": "of the request"},
]


def test_an_answer_is_read_by_names_and_positions() -> None:
    answer = {"messages": [{"id": 7}, {"id": "x"}], "ok": True, "none": None}
    assert text_at(answer, "messages.0.id") == "7"
    assert text_at(answer, "messages.1.id") == "x"
    assert text_at(answer, "ok") == "true"
    for path in ("messages.2.id", "messages.id", "none", "ok.more", "", "messages", "-1"):
        assert text_at(answer, path) == ""
    assert text_at({"half": "a\ud800b"}, "half") == "a?b"
    assert find("text", "") == "text"


def test_reports_of_a_batch_know_what_stands_around_them() -> None:
    found = [(one["requestId"], one["number"], one["status"]) for one in each(MSG91, "[].report[]")]
    assert found == [("r1", "1", "1"), ("r1", "2", "2"), ("r2", "3", "9")]
    assert [one["id"] for one in each({"response": [{"id": 1}, {"id": 2}]}, "response[]")] == [1, 2]
    assert list(each({"id": 1}, "")) == [{"id": 1}]
    assert list(each({"id": 1}, "[]")) == [{"id": 1}]  # one in place of a list
    for nothing in (["text", 3, None], {}, "text", None):
        assert not [one for one in each(nothing, "response[]") if one.get("id")]
    assert len(list(each([{"id": 1}] * 5000, "[]"))) == 1000
