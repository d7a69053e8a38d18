"""Spoken answers as `warroom doctor` sees them: whether callers are asked to speak, and whether anybody listens."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

from recordings.answers.audible import find_audible
from recordings.answers.listener import MODULE, worker_count
from router.errors import ConfigError
from router.geo import load_places
from warroom.cli.doctor.finding import DoctorFinding
from warroom.config.apply.in_force import read_running, serve_runs
from warroom.services.call_setup import load_calls_in_force, spoken_questions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from warroom.config.settings import Settings

_PART = "spoken answers"


def spoken_answers(data: Path, settings: Settings) -> Iterator[DoctorFinding]:
    """Yield whether callers may answer by speaking, and how many processes listen while the service runs."""
    try:
        places = load_places()
        questions = spoken_questions(settings.calls, places, load_calls_in_force(data, places).flows.main)
    except ConfigError:
        return  # reported with the places and the conversation
    if not questions:
        yield DoctorFinding(_PART, "ok", "off: callers answer by keys alone (calls.spoken_answers)")
        return
    found = find_audible(settings.recordings.models, questions, places)
    for (_, question), why in found.troubles.items():
        what = f"callers are not asked to say the {question}: {why}"
        yield DoctorFinding(_PART, "warning", what, "set another model in recordings.models, or switch it off there")
    for model, vocabularies in found.vocabularies.items():
        for question, vocabulary in vocabularies.items():
            what = (
                f"{question}: {len(vocabulary.meanings)} phrases for {len(vocabulary.known)} answers, heard by {model}"
            )
            yield DoctorFinding(_PART, "ok", what)
    if found.vocabularies and serve_runs(data):
        running, wanted = _listening(data), worker_count(settings.calls.spoken_answers.workers)
        mend = "" if running == wanted else "warroom restart serve"
        state = "ok" if running == wanted else "warning"
        yield DoctorFinding(_PART, state, f"{running} of {wanted} processes listen", mend)


def _listening(data: Path) -> int:
    """How many processes of the service of the calls listen to answers."""
    pid, found = read_running(data, "serve").get("pid"), 0
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            children = (task / "children").read_text(encoding="ascii").split()
            found += sum(MODULE.encode() in Path(f"/proc/{child}/cmdline").read_bytes() for child in children)
    return found
