"""`warroom model list | check`."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import soundfile
import soxr
import typer

from agi.prompts.errors import SpeechFailedError, VoiceMissingError
from agi.prompts.tts import TtsEngine
from agi.prompts.voices import ESPEAK
from recordings.installed_models.registry import InstalledModels
from recordings.transcription.transcript import heard_of
from recordings.transcription.vosk_model import ModelError, describe
from recordings.transcription.worker_process import WorkerStuckError
from warroom.cli.common import FAILED, CommandError, Json, console, data_of, print_json, show
from warroom.cli.model.trial import lent, sound_folder, trial_process
from warroom.config.paths import DataDirectory
from warroom.config.settings import load_settings

_PHRASES = {"hi": "भोपाल में राशन चाहिए", "en": "we need ration in bhopal"}
_TELEPHONE_HZ = 8000
_MAX_LENGTH_S = 600.0  # of sound of the admin's own; the limit of the worker grows with it


def list_(context: typer.Context, *, as_json: Json = False) -> None:
    """List the model in force for each language, and those installed beside it, without loading them."""
    data = data_of(context)
    in_force = load_settings(data).recordings.models
    rows = [_described(language, path, in_force=True) for language, path in in_force.items()]
    beside = [pair for pair in InstalledModels(DataDirectory(data).models).installed() if pair not in in_force.items()]
    rows += [_described(language, path, in_force=False) for language, path in beside]
    columns = {
        "language": "", "in_force": "In force", "folder": "Folder", "rate": "Hz", "grammar": "Grammar at run time",
        "wrong": "Wrong",
    }  # fmt: skip
    if not as_json:
        rows = [row | {"in_force": "yes" if row["in_force"] else "no"} for row in rows]
    show(rows, columns, as_json=as_json, empty="no model is set: every message is left for a person to listen to")


def check(
    context: typer.Context,
    language: Annotated[str, typer.Argument(help="Language, as in recordings.models.")] = "hi",
    folder: Annotated[Path | None, typer.Option(help="Folder of another model than the one in force.")] = None,
    say: Annotated[str, typer.Option(help="Text to synthesise.")] = "",
    file: Annotated[Path | None, typer.Option(help="Sound file to transcribe.")] = None,
    *,
    as_json: Json = False,
) -> None:
    """Load a model in a process of its own and let it transcribe a phrase at telephone quality (8 kHz)."""
    path = folder or load_settings(data_of(context)).recordings.models.get(language)
    if path is None:
        raise CommandError(f"no model is set for {language!r}: warroom model install, or recordings.models in settings")
    about = try_model(path, language, say=say, file=file)
    if as_json:
        print_json(about)
    else:
        print_tried(about)
    if about.get("wrong"):
        raise typer.Exit(FAILED)


def try_model(folder: Path, language: str, *, say: str = "", file: Path | None = None) -> dict[str, Any]:
    """Load a model and let it listen; return its properties, or what is ``wrong`` with it.

    Args:
        folder: The model.
        language: Decides the phrase that is spoken, and the voice.
        say: Another phrase.
        file: A sound file in the place of a phrase.
    """
    phrase = say or _PHRASES.get(language, "")
    with sound_folder() as scratch:
        sound = lent(file, scratch) if file else None
        if sound is None and phrase and language in ESPEAK:
            sound = _spoken(phrase, language, scratch)
        about = asyncio.run(_checked(folder.absolute(), sound))
    return {"language": language, "folder": str(folder), "said": "" if file else phrase, **about}


async def _checked(folder: Path, sound: Path | None) -> dict[str, Any]:
    try:
        async with trial_process(folder) as worker:
            about = await worker.check(folder)
            if sound is not None and "trouble" not in about and "why" not in about:
                heard = heard_of(await worker.listen(sound, folder, _MAX_LENGTH_S), min_confidence=0.0)
                about |= {"heard": heard.transcript or heard.why, "confidence": heard.confidence}
    except WorkerStuckError as stuck:
        return {"wrong": f"{folder}: while it was tried {stuck}: this is no model Vosk can use"}
    wrong = about.get("trouble") or about.get("why")
    return {"wrong": wrong} if wrong else about


def _spoken(phrase: str, language: str, folder: Path) -> Path | None:
    """Speak a phrase as it comes over a telephone: 8 kHz, A-law."""
    try:
        with TtsEngine() as voice:
            sound = voice.speak(phrase, ESPEAK[language])
    except (SpeechFailedError, VoiceMissingError) as error:
        console.print(f"no phrase is spoken: {error}", markup=False)
        return None
    samples = soxr.resample(sound.samples.astype(np.float32), sound.rate, _TELEPHONE_HZ)
    path = folder / "phrase.wav"
    soundfile.write(path, samples, _TELEPHONE_HZ, subtype="ALAW", format="WAV")
    return lent(path, folder)


def _described(language: str, folder: Path, *, in_force: bool) -> dict[str, Any]:
    row: dict[str, Any] = {"language": language, "in_force": in_force, "folder": str(folder)}
    try:
        facts = describe(folder)
    except ModelError as problem:
        return row | {"rate": "", "grammar": "", "wrong": str(problem)}
    return row | {"rate": facts.rate, "grammar": "yes" if facts.grammar else "no", "wrong": ""}


def print_tried(about: dict[str, Any]) -> None:
    """Print what `try_model` found."""
    if "wrong" in about:
        console.print(about["wrong"], markup=False, highlight=False)
        return
    grammar = "can be narrowed at run time" if about["grammar"] else "cannot be narrowed at run time"
    lines = [
        f"{about['language']}: {about['folder']}",
        f"  {about['rate']} Hz, vocabulary {grammar}, loaded in {about['load_s']} s, {about['memory_mb']} MB",
    ]
    if "heard" in about:
        sure = "" if about["confidence"] is None else f" (sure: {about['confidence']:.2f})"
        lines += [f"  said:  {about['said']}"] * bool(about["said"]) + [f"  heard: {about['heard']}{sure}"]
    console.print("\n".join(lines), markup=False, highlight=False)
