"""`make bench-speech`: how fast and how well messages become text and are understood, and what calls notice of it.

Prints and writes JSON with stable keys. Speed is held against bare Vosk in the same run, jitter against the same calls
without messages: absolute figures differ from machine to machine, ratios do not. Exit code 1 when a message was lost
or a call failed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys
import tempfile
from pathlib import Path
from typing import Any

from rich.console import Console

from recordings.nlu import Lexicon
from router.geo import load_places
from tests.live.conftest import NO_RESERVE, open_stack
from tests.load.bench import say
from tests.load.district_live import district_live
from tests.load.speech_burst import burst
from tests.load.speech_human_voice import human_voice
from tests.load.speech_sound import messages
from tests.load.speech_throughput import throughput
from tests.load.understanding_report import report
from warroom.services.stack.processes import SERVICES

_MAX_CALLS = 150
_UNDERSTOOD = ("need", "district", "quantity")


def main() -> None:
    """Run the bench and write its figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="where the JSON goes")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # so that everything is ended
    with tempfile.TemporaryDirectory(prefix="warroom-bench-", dir="/var/tmp") as folder:
        work = Path(folder)
        work.chmod(0o755)  # Asterisk plays the probe's sound from here
        found = _bench(work)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    Console().print_json(json.dumps(found))
    calm = found["burst"]["lost"] == 0 and not any(found["burst"]["calls_failed"])
    sys.exit(0 if calm else 1)


def _bench(work: Path) -> dict[str, Any]:
    say("speaking the messages …")
    spoken = messages()
    say("bare Vosk and our workers in turns …")
    found = asyncio.run(throughput(work / "sound", spoken, say))
    say("voices like people's …")
    found["human_voice"] = asyncio.run(human_voice(work / "voices"))
    say("starting a stack of its own …")
    with open_stack(services=SERVICES, max_calls=_MAX_CALLS, reserved=NO_RESERVE) as stack:
        found |= asyncio.run(burst(stack, work, spoken, say))
    found["district_live"] = district_live(say)
    fresh = report(Lexicon.load(load_places()))["fresh"]
    kept = ("precision", "recall")
    found["understanding"] = {field: {name: fresh[field][name] for name in kept} for field in _UNDERSTOOD}
    return found


if __name__ == "__main__":
    main()
