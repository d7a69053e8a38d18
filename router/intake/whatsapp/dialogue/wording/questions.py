"""The messages of the dialogue: each question, and what is said with the ticket's number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from router.intake.whatsapp.dialogue.replies import (
    MAX_DESCRIPTION,
    MAX_ROW,
    MAX_ROWS,
    Button,
    Buttons,
    ContactRequest,
    LocationRequest,
    Row,
    Rows,
    Text,
)
from router.intake.whatsapp.dialogue.step import Reply
from router.intake.whatsapp.dialogue.wording.buttons import Pressed, sign

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from router.geo import Need, Places
    from router.intake.whatsapp.dialogue.state import Draft, Question
    from router.intake.whatsapp.dialogue.step import Purpose
    from router.intake.whatsapp.dialogue.wording.texts import Texts
    from router.model.messaging.person import ChatLanguage
    from router.model.ticket import Ticket

NOT_CHOSEN: Final = frozenset({"listen"})
"""Needs that nobody asks for in words."""

MORE, ELSEWHERE, UNKNOWN, LANGUAGE, YES, NO = "more", "elsewhere", "unknown", "language", "yes", "no"
"""Answers that are no id of a need or a place."""

_MAX_SUMMARY: Final = 300
_MAX_QUOTED: Final = 60


class Asker:
    """Makes the messages for one person.

    Args:
        places: Needs, districts, states.
        texts: The texts.
        secret: Signs buttons.
        person: ``chat_people.id``.
        language: The person's.
    """

    def __init__(self, places: Places, texts: Texts, secret: bytes, person: int, language: ChatLanguage) -> None:
        self._places = places
        self._texts = texts
        self._secret = secret
        self._person = person
        self._language = language

    def say(self, name: str, *, purpose: Purpose = "answer", ticket: str = "", **values: object) -> Reply:
        """Return a message of words alone."""
        text = self._texts.get(name, self._language, ticket=ticket, **values)
        return Reply(purpose, Text(text=text), ticket)

    def need(self, about: str, *, greeting: bool = False) -> Reply:
        """Ask for the need by a list; with the greeting for somebody who has only greeted."""
        needs = self._needs()
        shown = needs[: MAX_ROWS - 2] if len(needs) > MAX_ROWS - 1 else needs
        rows = [(need.id, self._short(need), "") for need in shown]
        if len(needs) > len(shown):
            rows.append((MORE, self._text("row-more"), ""))
        rows.append((LANGUAGE, self._text("row-language"), ""))
        return self._list("greeting" if greeting else "ask-need", about, "need", rows)

    def more(self, about: str) -> Reply:
        """Ask for the need by the rest of the list."""
        rest = self._needs()[MAX_ROWS - 2 :]
        return self._list("ask-more", about, "more", [(need.id, self._short(need), "") for need in rest])

    def place(self) -> Reply:
        """Ask for the place: by the button, the name of the district, or the PIN code."""
        return Reply("answer", LocationRequest(text=self._text("ask-place")))

    def which(self, about: str, districts: Sequence[str], *, outside: bool) -> Reply:
        """Ask which of some districts it is."""
        last = [(ELSEWHERE, self._text("row-elsewhere"), "")] if outside else []
        last.append((UNKNOWN, self._text("row-unknown"), ""))
        rows = [(one, self.district(one), "") for one in districts[: MAX_ROWS - len(last)]]
        return self._list("ask-which", about, "which", [*rows, *last])

    def division(self, about: str) -> Reply:
        """Ask for the division, each with some of its districts below its name."""
        rows = []
        for division in list(self._places.divisions.values())[:MAX_ROWS]:
            names = ", ".join(self.district(one.id) for one in self._places.in_division(division.id))
            name = division.name_hi if self._language == "hi" else division.name
            rows.append((division.id, name, names))
        return self._list("ask-division", about, "division", rows)

    def district_of(self, about: str, division: str) -> Reply:
        """Ask for the district within a division."""
        rows = [(one.id, self.district(one.id), "") for one in self._places.in_division(division)]
        return self._list(
            "ask-district", about, "district", [*rows[: MAX_ROWS - 1], (UNKNOWN, self._text("row-unknown"), "")]
        )

    def outside(self, about: str, states: Sequence[str]) -> Reply:
        """Ask for the other state: the likely ones in a list, any other in writing."""
        if not states:
            return Reply("answer", Text(text=self._text("ask-state")))
        return self._list("ask-outside", about, "outside", [(one, self.state(one), "") for one in states[:MAX_ROWS]])

    def in_words(self, name: str) -> Reply:
        """Ask something that is answered in words: ``ask-what``, or all that officers for stranded people need."""
        return Reply("answer", Text(text=self._text(name)))

    def confirm(self, draft: Draft) -> Reply:
        """Ask whether it was understood rightly."""
        answers = [(YES, self._text("title-yes")), (NO, self._text("title-no"))]
        buttons = tuple(Button(id=self._id(draft.id, "confirm", value), title=title) for value, title in answers)
        text = self._texts.get("confirm", self._language, summary=self.summary(draft))
        return Reply("answer", Buttons(text=text, buttons=buttons))

    def phone(self, ticket: str) -> Reply:
        """Ask for the person's own telephone number."""
        return Reply("answer", ContactRequest(text=self._text("ask-phone")), ticket)

    def foreign(self, number: str) -> Reply:
        """Say that there is no news of a ticket here. It is no message about that ticket: it is somebody else's."""
        return Reply("answer", Text(text=self._texts.get("status-foreign", self._language, ticket=number)))

    def status(self, *tickets: Ticket) -> Reply:
        """Say in plain words at which stage tickets of the person are."""
        text = "\n".join(self._stage_of(ticket) for ticket in tickets)
        return Reply("answer", Text(text=text), tickets[0].number)

    def _stage_of(self, ticket: Ticket) -> str:
        need = self._need_name(self._places.needs.get(ticket.service_code))
        stage = self._text(f"stage-{ticket.stage}")
        return self._texts.get("status", self._language, ticket=ticket.number, need=need, stage=stage)

    def summary(self, draft: Draft) -> str:
        """Return need, place and number of people, as understood; the beginning of the words where none was."""
        need = self._need_name(self._places.needs.get(draft.need or ""))
        said = next((one.text for one in draft.said if not one.withdrawn), "")
        parts = [need or self._quoted(said), self._place_name(draft), self._people(draft.people), self._home(draft)]
        return ", ".join(filter(None, parts))[:_MAX_SUMMARY] or self._text("no-summary")

    def district(self, district: str) -> str:
        """Return a district's name."""
        found = self._places.districts[district]
        return found.name_hi if self._language == "hi" else found.name

    def state(self, state: str) -> str:
        """Return a state's name."""
        found = self._places.states[state]
        return found.name_hi if self._language == "hi" else found.name

    def _place_name(self, draft: Draft) -> str:
        names = [
            self.state(draft.state) if draft.state and draft.state in self._places.states else "",
            self.district(draft.district) if draft.district and draft.district in self._places.districts else "",
        ]
        return " / ".join(filter(None, names))

    def _home(self, draft: Draft) -> str:
        facts = draft.stranded
        home = self.district(facts.home_district) if facts.home_district else ""
        home = self.state(facts.home_state) if facts.home_state else home
        return self._texts.get("home", self._language, place=home) if home else ""

    def _people(self, people: int | None) -> str:
        if not people:
            return ""
        return f"{people} लोग" if self._language == "hi" else f"{people} people"

    def _quoted(self, text: str) -> str:
        line = " ".join(text.split())
        return f"“{_cut(line, _MAX_QUOTED)}”" if line else ""

    def _needs(self) -> list[Need]:
        """The needs to choose from, the most urgent first."""
        needs = [need for need in self._places.needs.values() if need.id not in NOT_CHOSEN]
        return sorted(needs, key=lambda need: need.priority)

    def _need_name(self, need: Need | None) -> str:
        if need is None:
            return ""
        return need.name_hi if self._language == "hi" else need.name

    def _short(self, need: Need) -> str:
        return need.short_hi if self._language == "hi" else need.short

    def _text(self, name: str) -> str:
        return self._texts.get(name, self._language)

    def _id(self, about: str, step: Question, value: str) -> str:
        return sign(self._secret, self._person, Pressed(about, step, value))

    def _list(self, text: str, about: str, step: Question, rows: Iterable[tuple[str, str, str]]) -> Reply:
        made = tuple(
            Row(id=self._id(about, step, value), title=_cut(title, MAX_ROW), description=_cut(more, MAX_DESCRIPTION))
            for value, title, more in rows
        )
        return Reply("answer", Rows(text=self._text(text), open=self._text("title-open"), rows=made))


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else f"{text[: limit - 1]}…"
