"""`warroom model score`: which model transcribes a state's own recordings best."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from recordings.nlu import Lexicon
from recordings.scoring import Sample, read_samples, score_file, summary
from recordings.transcription.worker_process import WorkerStuckError
from router.geo import load_places
from warroom.cli.common import CommandError, Json, ProgressBar, console, data_of, print_json, show
from warroom.cli.model.trial import lent, sound_folder, trial_process
from warroom.config.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_UNKNOWN: Final = "[unk]"
_MAX_LENGTH_S: Final = 600.0  # of a recording; the limit of the worker grows with it


def score(
    context: typer.Context,
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="Sound files, each with its text: NAME.txt, or texts.csv.")
    ],
    model: Annotated[
        list[Path] | None, typer.Option(help="Folder of a model; may be given again. Else: in force.")
    ] = None,
    language: Annotated[str, typer.Option(help="hi or en.")] = "hi",
    *,
    as_json: Json = False,
) -> None:
    """Transcribe recordings and count the errors against what was said: words, needs, districts."""
    chosen = model or [path for of, path in load_settings(data_of(context)).recordings.models.items() if of == language]
    if not chosen:
        raise CommandError(f"no model is set for {language!r}: name one by --model")
    lexicon = Lexicon.load(load_places())
    samples = read_samples(folder, lexicon, language)

    def run(tell: Callable[[str, int, int], None]) -> list[dict[str, Any]]:
        return [asyncio.run(_scored(path.absolute(), samples, lexicon, language, tell)) for path in chosen]

    if as_json:
        print_json(run(lambda _stage, _done, _total: None))
        return
    with ProgressBar() as progress:
        rows = run(progress)
    columns = {
        "model": "Model", "files": "Files", "words": "Words", "wer": "Word error rate", "wer_interval": "95 %",
        "need_recall": "Needs found", "district_recall": "Districts found",
    }  # fmt: skip
    show([{key: _shown(row[key]) for key in columns} for row in rows], columns, as_json=False, empty="")
    if any(row["failed"] for row in rows):
        console.print("some recordings could not be transcribed and count as nothing heard; see --json")


async def _scored(
    model: Path, samples: Sequence[Sample], lexicon: Lexicon, language: str, tell: Callable[[str, int, int], None]
) -> dict[str, Any]:
    """Return the figures of a model, and those of each file."""
    files = []
    try:
        with sound_folder() as scratch:
            async with trial_process(model) as worker:
                for done, sample in enumerate(samples, 1):
                    answer = await worker.listen(lent(sample.path, scratch), model, _MAX_LENGTH_S)
                    if "trouble" in answer:
                        raise CommandError(str(answer["trouble"]))
                    heard = " ".join(word for word, *_ in answer.get("words", ()) if word != _UNKNOWN)
                    files.append(score_file(sample, heard, lexicon, language) | {"why": answer.get("why", "")})
                    tell(model.name, done, len(samples))
    except WorkerStuckError as stuck:
        raise CommandError(f"{model}: {stuck}; see: warroom model check --folder {model}") from None
    failed = sum(1 for each in files if each["why"])
    return {"model": str(model), **summary(files), "failed": failed, "per_file": files}


def _shown(value: object) -> str:
    if isinstance(value, list):
        return " to ".join(f"{each:.1%}" for each in value)
    return f"{value:.1%}" if isinstance(value, float) else "" if value is None else str(value)
