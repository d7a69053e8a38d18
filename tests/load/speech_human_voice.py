"""How well the model that comes with the program understands voices like people's, which its training never heard.

The sounds lie in the repository: Kokoro's voices hf_beta and hm_psi, an excerpt of the test set of
`recordings.model_building`; noise 12 dB below the voice is put over them here.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from recordings.model_building.trials.recogniser import Recogniser
from recordings.model_building.trials.report import HELD_OUT, figures, is_fair, rate, read_trials
from recordings.model_building.trials.sound import over
from recordings.settings import OWN_MODEL
from recordings.transcription.worker_process import WorkerProcess
from tests.support.speech import write

if TYPE_CHECKING:
    from collections.abc import Sequence

    from recordings.model_building.trials.sound import Utterance

SOUNDS = Path(__file__).parents[1] / "data" / "human_voice"
_CONDITIONS = ("clean", "noisy")
_UNKNOWN = "[unk]"


async def human_voice(work: Path, model: Path = OWN_MODEL) -> dict[str, Any]:
    """Return ``human_voice`` as the bench writes it.

    Phrases go through our worker: their word error rate, and with bare Vosk the floor. Single words are heard with a
    list given at run time: the share that is wrong. Of speech outside the vocabulary: the share in which no word is
    heard, without a list.
    """
    tried = read_trials(SOUNDS)
    vosk = Recogniser(model)
    bare = {(one.trials, one.condition): one for one in figures("", vosk, tried, _CONDITIONS)}
    phrases = [one for one in tried[HELD_OUT, "phrases"] if is_fair(one, "phrases", vosk.words)]
    ours = {each: await _by_worker(work / each, [over(one, each) for one in phrases], model) for each in _CONDITIONS}
    return {
        "phrases": {each: round(rate("phrases", [one.words for one in phrases], ours[each])[0], 4) for each in ours},
        "phrases_floor": {each: round(bare["phrases", each].share, 4) for each in _CONDITIONS},
        "words_grammar": {each: round(bare["words, list", each].share, 4) for each in _CONDITIONS},
        "oov_rejected": {each: round(bare["outside", each].share, 4) for each in _CONDITIONS},
        "utterances": {kind: len(utterances) for (_, kind), utterances in tried.items()},
    }


async def _by_worker(work: Path, utterances: Sequence[Utterance], model: Path) -> list[list[str]]:
    work.mkdir(parents=True)
    worker = WorkerProcess()
    try:
        heard = []
        for number, one in enumerate(utterances):
            answer = await worker.listen(write(work / f"{number}.wav", one.samples), model, one.seconds)
            heard.append([word for word, *_ in answer.get("words", []) if word != _UNKNOWN])
        return heard
    finally:
        await worker.close()
