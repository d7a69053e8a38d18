"""Which answers the configured models can hear, and why others cannot be asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from recordings.answers.vocabulary import Question, Vocabulary, read_vocabularies
from recordings.nlu.lexicon_loader import LexiconError
from recordings.transcription.vosk_model import ModelError, describe

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    from router.geo import Places

NAMED: Final = 0.9
"""The share of all districts (or needs) that a model must know by name before callers are asked to say one."""

NAMES_LANGUAGE: Final = "hi"
"""Names of places are the same in every language: a language without a model of its own takes this one's."""


class Audible(NamedTuple):
    """What can be heard.

    Attributes:
        vocabularies: By the model's folder and the question.
        troubles: By the model's folder and the question, why its answers cannot be heard.
    """

    vocabularies: dict[Path, dict[Question, Vocabulary]]
    troubles: dict[tuple[Path, Question], str]


def model_of(language: str, models: Mapping[str, Path]) -> Path | None:
    """Return the folder of the model that hears the answers of a language, None where there is none."""
    return models.get(language) or models.get(NAMES_LANGUAGE)


def find_audible(models: Mapping[str, Path], questions: Mapping[Question, Collection[str]], places: Places) -> Audible:
    """Return what can be heard. Blocks.

    Args:
        models: The folder of the model of each language.
        questions: What is asked, and the ids that may be answered to each.
        places: Districts and needs.
    """
    found = Audible({}, {})
    for model in dict.fromkeys(models.values()) if questions else ():
        try:
            vocabularies = _vocabularies(model, questions, places)
        except (ModelError, LexiconError) as error:
            found.troubles.update({(model, question): str(error) for question in questions})
            continue
        for question, vocabulary in vocabularies.items():
            if why := why_unheard(vocabulary, questions[question]):
                found.troubles[model, question] = f"{model}: {why}"
            else:
                found.vocabularies.setdefault(model, {})[question] = vocabulary
    return found


def _vocabularies(
    model: Path, questions: Mapping[Question, Collection[str]], places: Places
) -> dict[Question, Vocabulary]:
    if not describe(model).grammar:
        raise ModelError(f"{model}: its vocabulary cannot be narrowed while it runs (it has HCLG.fst)")
    return read_vocabularies(places, model, questions)


def why_unheard(vocabulary: Vocabulary, wanted: Collection[str]) -> str:
    """Return why callers cannot be asked to say one of these; empty when they can."""
    missing = sorted(set(wanted) - vocabulary.known)
    if len(missing) <= (1 - NAMED) * len(wanted):
        return ""
    return f"it knows {len(wanted) - len(missing)} of {len(wanted)} by name; not {', '.join(missing[:5])} …"
