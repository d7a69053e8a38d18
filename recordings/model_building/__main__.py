"""`python -m recordings.model_building`: makes the model, step by step, and says how well it hears.

One step a process: vosk and kaldifst both carry OpenFst, and vosk loaded after kaldifst waits for ever (kaldifst 1.8.3,
vosk 0.3.45).
"""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Annotated, Final

import typer

from recordings.model_building.errors import ModelBuildingError
from recordings.model_building.vocabulary import load_vocabulary, words_of

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)
_SEED: Final = 1
_SPEAKERS: Final = 230  # random ones; espeak-ng takes 349 voice files with its own
_MODELS: Final = Path(__file__).parents[1] / "models"

Work = Annotated[Path, typer.Option(help="Where unfinished things lie; what is there already is not made again.")]
Out = Annotated[Path, typer.Option(help="The model's folder.")]
WORK: Final = Path("var/speech-model")
OUT: Final = _MODELS / "hi-600"


@app.command()
def corpus(work: Work = WORK, parts: Annotated[int, typer.Option(help="Of 1,000 utterances each.")] = 36) -> None:
    """Let made-up callers speak (about 10 s and 20 MB a part)."""
    from recordings.model_building.corpus import Corpus
    from recordings.model_building.espeak import Speaker
    from recordings.model_building.voices import prepare_voices, stock_variants

    speakers = prepare_voices(work / "voices", _SPEAKERS, _SEED)
    stock = stock_variants(work / "voices")
    makes = Corpus(work / "corpus", load_vocabulary(), stock, speakers, Speaker(work / "voices"), _SEED)
    makes.make(parts, typer.echo)


@app.command()
def train(
    work: Work = WORK,
    minutes: Annotated[float, typer.Option(help="Time for training, over all runs.")] = 45,
    threads: Annotated[int, typer.Option(help="Processor cores to use.")] = 2,
) -> None:
    """Train the network; goes on where it was stopped."""
    from recordings.model_building.train import train as train_network

    train_network(work / "corpus", work / "checkpoint.pt", minutes, threads, typer.echo)


@app.command()
def write(
    work: Work = WORK,
    out: Out = OUT,
    words_like: Annotated[Path | None, typer.Option(help="Only the words that this other model has too.")] = None,
) -> None:
    """Write the model's folder from the trained network."""
    from recordings.model_building.acoustic import final_mdl
    from recordings.model_building.corpus import heard_pronunciations
    from recordings.model_building.model_files import counted_phrases, write_model
    from recordings.model_building.phones import PHONES
    from recordings.model_building.train import trained

    vocabulary = load_vocabulary()
    words = list(vocabulary.words)
    phrases = counted_phrases(vocabulary)
    if words_like:
        allowed = set(words_of(words_like))
        words = [word for word in words if word in allowed]
        phrases = [phrase for phrase in phrases if allowed.issuperset(phrase)]
    network, frequencies = trained(work / "checkpoint.pt")
    acoustic = final_mdl(PHONES, network.folded(), frequencies)
    write_model(out, acoustic, words, heard_pronunciations(work / "corpus"), phrases)
    size = sum(path.stat().st_size for path in out.rglob("*") if path.is_file())
    typer.echo(f"{out}: {len(words)} words, {size / 1e6:.2f} MB")


@app.command()
def report(
    work: Work = WORK,
    out: Out = OUT,
    against: Annotated[list[Path] | None, typer.Option(help="Another model, heard with the words both have.")] = None,
    size: Annotated[int, typer.Option(help="Utterances in each set.")] = 300,
) -> None:
    """Try the model with voices it has never heard; figures also go to <work>/report.json."""
    from recordings.model_building.report import report as figures
    from recordings.model_building.trials import Callers

    callers = Callers(work / "test-voices")
    lines = list(figures(out, against or [], callers, load_vocabulary(), size=size, say=typer.echo))
    content = json.dumps([dataclasses.asdict(line) for line in lines], indent=2, ensure_ascii=False)
    (work / "report.json").write_text(content + "\n", "utf-8")


def main() -> None:
    """Run a step; exit code 1 and one line where something is missing."""
    try:
        app()
    except ModelBuildingError as error:
        typer.echo(f"model_building: {error}", err=True)
        raise SystemExit(1) from error


if __name__ == "__main__":
    main()
