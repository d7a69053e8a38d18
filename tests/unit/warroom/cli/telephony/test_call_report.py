"""What a test call tells: texts, the ticket's number once, who hung up and why; keys wait for what is to be said."""

from __future__ import annotations

from types import SimpleNamespace

from warroom.cli.telephony.call_report import CallReport, recording_prompts


def test_report_of_a_call() -> None:
    lines: list[str] = []
    report = CallReport(lines.append)
    report.answered("181", "loopback")
    report.heard("hi/number-is")
    for digit in "100000011":
        report.heard(f"hi/number-{digit}")
    report.heard("hi/number-again")
    for digit in "100000011":
        report.heard(f"hi/number-{digit}")
    report.heard("en/number-call-again")
    report.heard("hi/number-4")
    report.pressed("1")
    report.over(SimpleNamespace(ended_by="exchange", reason="Q.850;cause=17"))  # type: ignore[arg-type]
    told = [line.split(None, 2)[2].split(None, 1) for line in lines]
    assert told[0] == ["answer", "181, by trunk loopback"]
    assert told[1][1].startswith("hi/number-is  आपकी बात दर्ज हो गई है")
    assert [text for what, text in told if what == "ticket"] == ["100000011"]
    assert told[2] == ["ticket", "100000011"]
    assert told[-3:] == [["heard", "digits 4"], ["pressed", "1"], ["over", "the exchange hung up: cause 17, user busy"]]


def test_prompts_before_a_recording() -> None:
    assert {"details-ask", "leave-message"} <= recording_prompts()
    assert "place-ask" not in recording_prompts()
