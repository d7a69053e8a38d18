"""`python -m tests.load.spoken_needs [MODEL]`: which needs are taken for which when callers say them.

By two voices that no model of ours has heard, clean and with noise 12 dB below; prints a row for each need: how often
each was understood, ``-`` for none. Without a call: the process that hears answers gets the sounds as files.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections import Counter
from pathlib import Path

from agi.ivr.flow import FLOW_FILE, readable_steps
from agi.ivr.steps.menu import MenuStep
from recordings.answers.listener import AnswerListener
from recordings.settings import OWN_MODEL
from router.geo import load_places
from tests.support.brokers import until
from tests.support.speech import write
from tests.support.spoken_answers import NOISY_DB, answers, samples_of

_LIMIT_S = 60.0


async def main(model: Path) -> None:
    """Hear them all and print the tables."""
    needs = {need for step in readable_steps(FLOW_FILE).values() if isinstance(step, MenuStep) for need in step.said}
    with tempfile.TemporaryDirectory() as folder:
        listener = AnswerListener(
            models={"hi": model},
            questions={"need": needs},
            places=load_places(),
            folder=Path(folder),
            workers=1,
            limit_s=_LIMIT_S,
        )
        task = asyncio.create_task(listener.run())
        await until(lambda: task.done() or listener.ready("need", "hi"))
        for noise_db in (None, NOISY_DB):
            print("clean" if noise_db is None else f"noise {noise_db:g} dB below")
            for need, found in (await _heard(listener, noise_db)).items():
                print(f"  {need:12} {', '.join(f'{other} {count}' for other, count in found.most_common())}")
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _heard(listener: AnswerListener, noise_db: float | None) -> dict[str, Counter[str]]:
    found: dict[str, Counter[str]] = {}
    for said in answers("need"):
        path = write(listener.folder / "answer.wav", samples_of(said, noise_db=noise_db))
        answer = await listener.hear("need", "hi", path)
        understood = answer.understood if answer else None
        found.setdefault(said.meaning, Counter())[understood.meaning if understood else "-"] += 1
    return found


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]) if len(sys.argv) > 1 else OWN_MODEL))
