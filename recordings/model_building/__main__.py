"""`python -m recordings.model_building`: makes the model, step by step, and says how well it hears.

One step a process: vosk and kaldifst both carry OpenFst, and vosk loaded after kaldifst waits for ever (kaldifst 1.8.3,
vosk 0.3.45).
"""

from __future__ import annotations

import dataclasses
import json
import sys
from pathlib import Path
from typing import Annotated, Final

import typer

from recordings.kokoro.errors import KokoroError
from recordings.kokoro.installed import FOLDER, Installation
from recordings.model_building.errors import ModelBuildingError
from recordings.model_building.vocabulary import load_vocabulary, vocabularies

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)
_SEED: Final = 1
_SPEAKERS: Final = 230  # random ones; espeak-ng takes 349 voice files with its own
_MODELS: Final = Path(__file__).parents[1] / "models"

Work = Annotated[Path, typer.Option(help="Where unfinished things lie; what is there already is not made again.")]
Out = Annotated[Path, typer.Option(help="The model's folder.")]
Processes = Annotated[int, typer.Option(help="Processor cores to use.")]
WORK: Final = Path("var/speech-model")
OUT: Final = _MODELS / "hi-600"
Sets = Annotated[Path, typer.Option(help="Where the sets of trials lie.")]
SETS: Final = WORK / "trials"
CONDITIONS: Final = ["clean", "noisy"]


@app.command()
def speech(
    work: Work = WORK,
    shards: Annotated[int, typer.Option(help="Of about three minutes of speech each.")] = 120,
    voice: Annotated[Path, typer.Option(help="Where the voice Kokoro lies (warroom voice install).")] = FOLDER,
    processes: Processes = 2,
) -> None:
    """Let Kokoro read (about 0.6 s on one core for each second of speech; 6 MB a shard)."""
    from recordings.model_building.speech import make_shards

    make_shards(work / "speech", shards, Installation(voice), processes, typer.echo)


@app.command()
def telephone(work: Work = WORK, processes: Processes = 2) -> None:
    """Let Kokoro's speech arrive over telephone lines (about 5 s and 12 MB a shard)."""
    from recordings.model_building.human_corpus import make_parts

    make_parts(work / "speech", work / "corpus", processes, typer.echo)


@app.command()
def corpus(work: Work = WORK, parts: Annotated[int, typer.Option(help="Of 1,000 utterances each.")] = 16) -> None:
    """Let espeak-ng's callers speak (about 10 s and 20 MB a part)."""
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
    minutes: Annotated[float, typer.Option(help="Time for training, over all runs.")] = 60,
    threads: Annotated[int, typer.Option(help="Processor cores to use.")] = 2,
) -> None:
    """Train the network; goes on where it was stopped."""
    from recordings.model_building.train import train as train_network

    train_network(work / "corpus", work / "checkpoint.pt", minutes, threads, typer.echo)


@app.command()
def write(
    work: Work = WORK, out: Annotated[Path, typer.Option(help="Gets a folder for each model.")] = _MODELS
) -> None:
    """Write the models' folders from the trained network."""
    from recordings.model_building.acoustic import final_mdl
    from recordings.model_building.model_files import counted_utterances, write_model
    from recordings.model_building.phones import PHONES
    from recordings.model_building.pronunciation import pronunciations_of
    from recordings.model_building.train import trained

    network, frequencies = trained(work / "checkpoint.pt")
    acoustic = final_mdl(PHONES, network.folded(), frequencies)
    for name, vocabulary in vocabularies().items():
        said, utterances = pronunciations_of(vocabulary), counted_utterances(vocabulary)
        write_model(out / name, acoustic, vocabulary.words, said, utterances)
        size = sum(path.stat().st_size for path in (out / name).rglob("*") if path.is_file())
        typer.echo(f"{out / name}: {len(vocabulary.words)} words, {size / 1e6:.2f} MB")


@app.command()
def words(
    model: Annotated[Path, typer.Argument(help="The folder of a model made by `write`.")],
    out: Annotated[Path, typer.Option(help="Gets the model.")],
) -> None:
    """Write a model with the words of the standard input (JSON: word -> signs of the voice), to be given grammars."""
    from recordings.model_building.model_files import write_with_words

    write_with_words(out, model, json.load(sys.stdin))


@app.command()
def trials(
    sets: Sets = SETS,
    voice: Annotated[Path, typer.Option(help="Where the voice Kokoro is installed.")] = FOLDER,
) -> None:
    """Make the speech that models are tried with, by voices that no training hears (about half an hour)."""
    from recordings.model_building.trials.make import Voices, make_sets

    for line in make_sets(sets, Voices(Installation(voice), sets / "voices"), typer.echo):
        typer.echo(line, err=True)


@app.command()
def excerpt(
    sets: Annotated[Path, typer.Option(help="The test set.")] = SETS / "test",
    out: Annotated[Path, typer.Option(help="Gets the sounds.")] = Path("tests/data/human_voice"),
) -> None:
    """Write the part of the test set that lies in the repository."""
    from recordings.model_building.trials.excerpt import write_excerpt

    typer.echo(f"{out}: {write_excerpt(sets, out) / 1e6:.2f} MB")


@app.command()
def report(
    models: Annotated[list[Path] | None, typer.Argument(help="Their folders; none: those of the program.")] = None,
    sets: Annotated[Path, typer.Option(help="A folder of sets.")] = SETS / "test",
    conditions: Annotated[list[str], typer.Option("--condition", help="clean, noisy, mobile, lossy.")] = CONDITIONS,
    out: Annotated[Path | None, typer.Option(help="Gets the figures as JSON.")] = None,
) -> None:
    """Say how well models understand the trials, and whether that is as well as was aimed at."""
    from recordings.model_building.trials.recogniser import Recogniser
    from recordings.model_building.trials.report import checks, figures, line_of, read_trials

    tried = read_trials(sets)
    content = []
    for folder in models or sorted(path.parent for path in _MODELS.glob("*/am")):
        model = Recogniser(folder)
        found = []
        for figure in figures(folder.name, model, tried, conditions):
            typer.echo(line_of(figure))
            found.append(figure)
        speed = model.audio_s / model.cpu_s
        for line in checks(folder.name, found, speed):
            typer.echo(line)
        content.append({"model": folder.name, "speed": speed, "figures": [dataclasses.asdict(one) for one in found]})
    if out:
        out.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", "utf-8")


def main() -> None:
    """Run a step; exit code 1 and one line where something is missing."""
    try:
        app()
    except (ModelBuildingError, KokoroError) as error:
        typer.echo(f"model_building: {error}", err=True)
        raise SystemExit(1) from error


if __name__ == "__main__":
    main()
