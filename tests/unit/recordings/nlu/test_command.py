"""`warroom nlu`, as an admin types it."""

import json

from tests.support.command_table import type_in


def test_table_names_words_and_score(tmp_path, monkeypatch, capsys):
    code, out, _ = type_in(tmp_path, "nlu 'राशन मिल गया दवाई नहीं मिली'", monkeypatch, capsys)
    row = next(line for line in out.splitlines() if "दवाई" in line)
    assert code == 0
    assert "medicine" in row
    assert "0.97" in row


def test_json(tmp_path, monkeypatch, capsys):
    code, out, _ = type_in(tmp_path, "nlu --json '10 kg aata bhopal'", monkeypatch, capsys)
    found = json.loads(out)
    assert (code, found["need"], found["district"], found["quantity"]) == (0, "ration", "bhopal", "10 kg")
    assert {"words", "field", "value", "score"} <= found["findings"][0].keys()
