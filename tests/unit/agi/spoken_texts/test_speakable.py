"""What somebody typed, made fit for a voice."""

from __future__ import annotations

import pytest

from agi.spoken_texts.speakable import speakable


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("कल 98123 45678 पर फ़ोन करें", "कल नौ आठ एक दो तीन, चार पाँच छह सात आठ पर फ़ोन करें"),
        ("९८१२३४५६७८ पर", "नौ आठ एक दो तीन, चार पाँच छह सात आठ पर"),
        ("Call +91-9812345678.", "Call nine eight one two three, four five six seven eight."),
        ("0755-2551234", "zero seven five five, two five five one, two three four"),
        ("PIN 462001", "PIN four six two, zero zero one"),
        ("30-11-2026 को, २ लोग", "30-11-2026 को, 2 लोग"),
        ("₹1,500 मिलेंगे; Rs. 20 और", "1,500 रुपये मिलेंगे; 20 रुपये और"),
        ("देखें https://mp.example/x या a@b.example पर", "देखें या पर"),
        ("<speak>[[h@loU]]</speak>\x07\x1b[31m \u202eok", "speak h loU speak 31m ok"),
        ("पहली पंक्ति\nदूसरी\r\n\tतीसरी", "पहली पंक्ति दूसरी तीसरी"),
        ("क्\u200dष पर", "क्\u200dष पर"),
        ("*** —…", ""),
        ("", ""),
    ],
)
def test_text_is_made_fit_for_a_voice(typed, said):
    assert speakable(typed) == said
    assert speakable(said) == said
