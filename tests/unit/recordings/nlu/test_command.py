"""`warroom nlu`, as an admin types it."""

import json
import subprocess
import sys

COMMAND = (sys.executable, "-m", "warroom", "nlu")


def test_table_names_words_and_score() -> None:
    done = subprocess.run([*COMMAND, "राशन मिल गया दवाई नहीं मिली"], capture_output=True, text=True, check=True)
    row = next(line for line in done.stdout.splitlines() if "दवाई" in line)
    assert "medicine" in row
    assert "0.97" in row


def test_json() -> None:
    done = subprocess.run([*COMMAND, "--json", "10 kg aata bhopal"], capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    assert (found["need"], found["district"], found["quantity"]) == ("ration", "bhopal", "10 kg")
    assert {"words", "field", "value", "score"} <= found["findings"][0].keys()
