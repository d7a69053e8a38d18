"""`warroom model list | check`."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import soundfile
import soxr
import typer

from agi.prompts.errors import SpeechFailedError, VoiceMissingError
from agi.prompts.tts import TtsEngine
from agi.prompts.voices import ESPEAK
from recordings.transcription.transcript import heard_of
from recordings.transcription.vosk_model import ModelError, describe
from recordings.transcription.worker_process import WorkerProcess, WorkerStuckError
from warroom.cli.common import FAILED, CommandError, Json, console, data_of, print_json, show
from warroom.config.settings import load_settings

app = typer.Typer(no_args_is_help=True)

_PHRASES = {"hi": "भोपाल में राशन चाहिए", "en": "we need ration in bhopal"}
_TELEPHONE_HZ = 8000
_MAX_LENGTH_S = 600.0  # of sound of the admin's own; the limit of the worker grows with it


@app.command("list")
def list_(context: typer.Context, *, as_json: Json = False) -> None:
    """List the model configured for each language, without loading it."""
    rows = [_described(language, path) for language, path in load_settings(data_of(context)).recordings.models.items()]
    columns = {"language": "", "folder": "Folder", "rate": "Hz", "grammar": "Grammar at run time", "wrong": "Wrong"}
    show(rows, columns, as_json=as_json, empty="no model is set: every message is left for a person to listen to")


@app.command()
def check(
    context: typer.Context,
    language: Annotated[str, typer.Argument(help="Language, as in recordings.models.")] = "hi",
    folder: Annotated[Path | None, typer.Option(help="Folder of another model than the configured one.")] = None,
    say: Annotated[str, typer.Option(help="Text to synthesise.")] = "",
    file: Annotated[Path | None, typer.Option(help="WAV file to transcribe.")] = None,
    *,
    as_json: Json = False,
) -> None:
    """Load a model in a process of its own and let it transcribe a phrase at telephone quality (8 kHz)."""
    path = folder or load_settings(data_of(context)).recordings.models.get(language)
    if path is None:
        raise CommandError(f"no model is set for {language!r}: add it to recordings.models in settings.toml")
    phrase = say or _PHRASES.get(language, "")
    with tempfile.TemporaryDirectory(prefix="warroom-model-") as scratch:
        sound = file or (_spoken(phrase, language, Path(scratch)) if phrase and language in ESPEAK else None)
        about = asyncio.run(_checked(path.absolute(), sound.absolute() if sound else None))
    about = {"language": language, "folder": str(path), "said": "" if file else phrase, **about}
    if as_json:
        print_json(about)
    else:
        _print(about)
    if about.get("wrong"):
        raise typer.Exit(FAILED)


async def _checked(folder: Path, sound: Path | None) -> dict[str, Any]:
    worker = WorkerProcess()
    try:
        about = await worker.check(folder)
        if sound is not None and "trouble" not in about:
            heard = heard_of(await worker.listen(sound, folder, _MAX_LENGTH_S), min_confidence=0.0)
            about |= {"heard": heard.transcript or heard.why, "confidence": heard.confidence}
    except WorkerStuckError as stuck:
        return {"wrong": f"{folder}: while it was tried {stuck}: this is no model Vosk can use"}
    finally:
        await worker.close()
    return {"wrong": about["trouble"]} if "trouble" in about else about


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
    return path


def _described(language: str, folder: Path) -> dict[str, Any]:
    row: dict[str, Any] = {"language": language, "folder": str(folder), "rate": "", "grammar": "", "wrong": ""}
    try:
        facts = describe(folder)
    except ModelError as problem:
        return row | {"wrong": str(problem)}
    return row | {"rate": facts.rate, "grammar": "yes" if facts.grammar else "no"}


def _print(about: dict[str, Any]) -> None:
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
