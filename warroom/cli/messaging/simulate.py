"""`warroom whatsapp simulate`: a conversation by WhatsApp in the terminal, against the running stack."""

from __future__ import annotations

import asyncio
import io
import re
import secrets
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import soundfile
import soxr
import typer

from router.phone_numbers import normalise
from warroom.cli.common import FAILED, CommandError, console, data_of, errors
from warroom.config.paths import DataDirectory
from warroom.config.secrets import WHATSAPP_SIMULATOR, read_secret
from warroom.config.settings import load_settings
from warroom.services.sim.whatsapp.conversation import Conversation, SimulatorError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from typing import Any

    from warroom.services.sim.whatsapp.graph_server import SentMessage

_HELP: Final = """Write as a citizen would, in Hindi or English, or:
  /button N            press the Nth button, or choose the Nth row
  /location LAT LONG   send a place on the map, as in /location 23.2599 77.4126
  /voice FILE          send a voice note: Ogg or WAV
  /picture FILE        send a photograph
  /contact NUMBER      tell your telephone number by the button for it
  /help, /quit"""
_TICKET: Final = re.compile(r"(?<!\d)\d{9}(?!\d)")
_QUIET_S: Final = 1.5
"""Of a script: what is said after so long without another message is the next line's answer."""
_ANY: Final = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 - an address to listen on, and how to reach it
_VOICE_RATE: Final = 16_000  # samples a second of WhatsApp's voice notes
_PICTURES: Final = {".png": "image/png", ".webp": "image/webp", ".gif": "image/gif"}


def simulate(
    context: typer.Context,
    person: Annotated[str, typer.Option("--as", help="A name: the same one is the same person again.")] = "",
    number: Annotated[str, typer.Option(help="The person's telephone number; else WhatsApp keeps it back.")] = "",
    wait: Annotated[float, typer.Option(min=0, max=600, help="Of a script: seconds for an answer to a line.")] = 10,
) -> None:
    """Talk with the running stack as a citizen on WhatsApp; needs no account at Meta and costs nothing.

    Lines that come from a file or a pipe are a script: each waits for its answer. Exit code 1: the stack did not take
    a message, or never answered.
    """
    data = data_of(context)
    settings = load_settings(data)
    digits = normalise(number).e164 if number else ""
    if digits is None:
        raise CommandError(f"--number {number}: is no telephone number")
    try:
        secret = read_secret(data, WHATSAPP_SIMULATOR)
    except FileNotFoundError:
        raise CommandError(f"{data}: no stack was started here yet: warroom up") from None
    told = _Told()
    host = _ANY.get(settings.api.host, settings.api.host)
    conversation = Conversation(
        webhook=f"http://{host}:{settings.api.port}/whatsapp/webhook",
        secret=secret,
        version=settings.whatsapp.graph_version,
        socket_path=DataDirectory(data).whatsapp_simulator,
        user=f"IN.{re.sub('[^A-Za-z0-9]', '', person)[:64] or secrets.token_hex(8)}",
        number=digits.removeprefix("+"),
        told=told,
    )
    try:
        answered = asyncio.run(_talk(conversation, told, wait))
    except KeyboardInterrupt:
        raise typer.Exit(130) from None
    for ticket in told.tickets:
        console.print(f"ticket {ticket}: warroom tickets show {ticket}")
    if not answered:
        errors.print("no answer came: warroom whatsapp status, warroom logs api")
        raise typer.Exit(FAILED)


class _Told:
    """Prints what comes, and keeps the tickets' numbers."""

    def __init__(self) -> None:
        self.tickets: list[str] = []
        self.last = time.monotonic()

    def __call__(self, sent: SentMessage) -> None:
        self.last = time.monotonic()
        for line in lines_of(sent.payload):
            console.print(line, soft_wrap=True)
            self.tickets += [found for found in _TICKET.findall(line) if found not in self.tickets]


def lines_of(payload: Mapping[str, Any]) -> list[str]:
    """Return a message of ours as the terminal shows it."""
    if payload["type"] == "text":
        return [f"< {line}" for line in payload["text"]["body"].splitlines()]
    if payload["type"] == "template":
        template = payload["template"]
        values = [one["text"] for part in template.get("components", ()) for one in part["parameters"] if "text" in one]
        return [f"< (template {template['name']}: {', '.join(values)})"]
    interactive = payload["interactive"]
    lines = [f"< {line}" for line in interactive["body"]["text"].splitlines()]
    action = interactive["action"]
    if interactive["type"] == "location_request_message":
        lines.append("  [/location LAT LONG]")
    elif interactive["type"] == "request_contact_info":
        lines.append("  [/contact NUMBER]")
    titles = [one["reply"]["title"] for one in action.get("buttons", ())]
    titles += [
        " - ".join(filter(None, (row["title"], row.get("description"))))
        for section in action.get("sections", ())
        for row in section["rows"]
    ]
    return [*lines, *(f"  [/button {at}] {title}" for at, title in enumerate(titles, 1))]


async def _talk(conversation: Conversation, told: _Told, wait_s: float) -> bool:
    """Talk until the input ends; return whether anything was answered, or nothing was asked."""
    typed = sys.stdin.isatty()
    said = False
    async with conversation.going_on():
        if typed:
            console.print(_HELP)
        async for line in _lines():
            if line == "/quit":
                break
            if not line:
                continue
            if not typed:
                console.print(f"> {line}", soft_wrap=True)
            before = conversation.received
            try:
                said = await _say(conversation, line) or said
            except SimulatorError as error:
                if not typed:
                    raise
                errors.print(str(error))
                continue
            if not typed:
                await _answer(conversation, told, before, wait_s)
    return conversation.received > 0 or not said


async def _say(conversation: Conversation, line: str) -> bool:
    """Do what a line says; return whether it was sent."""
    command, *words = line.split()
    match command, words:
        case "/help", []:
            console.print(_HELP)
            return False
        case "/button", [number] if number.isdecimal():
            console.print(f"  {await conversation.press(int(number))}")
        case "/location", [latitude, longitude]:
            await conversation.location(*_degrees(latitude, longitude))
        case "/voice", [_, *_]:
            await conversation.file("audio", await asyncio.to_thread(_voice, _path(line)), "audio/ogg; codecs=opus")
        case "/picture", [_, *_]:
            path = _path(line)
            mime_type = _PICTURES.get(path.suffix.lower(), "image/jpeg")
            await conversation.file("image", await asyncio.to_thread(_read, path), mime_type)
        case "/contact", [number] if told := normalise(number).e164:
            await conversation.contact(told.removeprefix("+"))
        case _ if command.startswith("/"):
            raise SimulatorError(f"{line}: no such command, or something is missing\n{_HELP}")
        case _:
            await conversation.text(line)
    return True


async def _answer(conversation: Conversation, told: _Told, before: int, wait_s: float) -> None:
    """Wait until an answer has come and nothing follows it, or for so long."""
    end = time.monotonic() + wait_s
    while time.monotonic() < end:
        if conversation.received > before and time.monotonic() - told.last > _QUIET_S:
            return
        await asyncio.sleep(0.05)


async def _lines() -> AsyncIterator[str]:
    """Yield the lines of standard input; a thread of its own waits for them, which Ctrl-C need not wait for."""
    loop, lines = asyncio.get_running_loop(), asyncio.Queue[str | None]()

    def read() -> None:
        for line in sys.stdin:
            loop.call_soon_threadsafe(lines.put_nowait, line.strip())
        loop.call_soon_threadsafe(lines.put_nowait, None)

    threading.Thread(target=read, daemon=True).start()
    while (line := await lines.get()) is not None:
        yield line


def _path(line: str) -> Path:
    """Return the file that a command names; its name may have blanks."""
    return Path(line.split(maxsplit=1)[1]).expanduser()


def _degrees(latitude: str, longitude: str) -> tuple[float, float]:
    try:
        found = float(latitude.rstrip(",")), float(longitude)
    except ValueError:
        raise SimulatorError(
            f"/location {latitude} {longitude}: two numbers, as in /location 23.2599 77.4126"
        ) from None
    if not (-90 <= found[0] <= 90 and -180 <= found[1] <= 180):  # noqa: PLR2004 - degrees
        raise SimulatorError(f"/location {latitude} {longitude}: from -90 to 90, and from -180 to 180")
    return found


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise SimulatorError(f"{path}: {error.strerror or error}") from None


def _voice(path: Path) -> bytes:
    """Return a file as WhatsApp sends voice: Opus in Ogg; other sound is made into that."""
    data = _read(path)
    if data.startswith(b"OggS"):
        return data
    try:
        samples, rate = soundfile.read(io.BytesIO(data), dtype="float32", always_2d=True)
        made = io.BytesIO()
        spoken = soxr.resample(samples.mean(axis=1), rate, _VOICE_RATE)
        soundfile.write(made, spoken, _VOICE_RATE, format="OGG", subtype="OPUS")
    except soundfile.LibsndfileError as error:
        raise SimulatorError(f"{path}: is no sound that can be sent: {error}") from None
    return made.getvalue()
