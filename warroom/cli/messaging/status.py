"""`warroom whatsapp status`: what is set up, what waits, and what the day has cost."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import typer

from router.clock import utc_now
from router.india import short
from router.intake.whatsapp.graph.budget import sent_today
from router.intake.whatsapp.webhook import PATH
from warroom.cli.common import Json, console, data_of, open_storage, print_json
from warroom.config.secrets import WHATSAPP_APP, WHATSAPP_APP_PREVIOUS, WHATSAPP_TOKEN, WHATSAPP_VERIFY, read_secret
from warroom.config.settings import load_settings

if TYPE_CHECKING:
    from pathlib import Path

    from router.storage.unit_of_work import UnitOfWork
    from warroom.config.settings import Settings

_KINDS = "whatsapp-"


def status(context: typer.Context, *, as_json: Json = False) -> None:
    """Show the numbers, the secrets that are there, the webhook's address, and the messages of today."""
    data = data_of(context)
    settings = load_settings(data)
    found = {**_set_up(data, settings), **asyncio.run(_messages(data))}
    if as_json:
        print_json(found)
        return
    for line in _lines(found, data):
        console.print(line, soft_wrap=True)


def webhook_address(settings: Settings) -> str:
    """Return the address that is entered at Meta; without a public name, where it listens."""
    public = settings.router.open311.public_url
    return f"{public or f'http://{settings.api.host}:{settings.api.port}'}{PATH}"


def has_secret(data: Path, name: str) -> bool:
    """Tell whether a secret is there, and not empty."""
    try:
        return bool(read_secret(data, name))
    except (OSError, ValueError):
        return False


def _set_up(data: Path, settings: Settings) -> dict[str, Any]:
    chosen = settings.whatsapp
    return {
        "phone_number_ids": list(chosen.phone_number_ids),
        "graph_version": chosen.graph_version,
        "webhook": webhook_address(settings),
        "token": has_secret(data, WHATSAPP_TOKEN),
        "app": has_secret(data, WHATSAPP_APP),
        "app_previous": has_secret(data, WHATSAPP_APP_PREVIOUS),
        "templates": {str(purpose): name for purpose, name in chosen.templates.items()},
        "daily_budget": chosen.daily_budget,
    }


async def _messages(data: Path) -> dict[str, Any]:
    now = utc_now()

    def look(uow: UnitOfWork) -> dict[str, Any]:
        incoming, outgoing = uow.chat_in.counts("whatsapp"), uow.messages_out.waiting("whatsapp")
        return {
            "people": uow.chat_people.count("whatsapp"),
            "in_waiting": uow.chat_in.waiting("whatsapp", now).messages,
            "in_set_aside": incoming.get("set-aside", 0),
            "out_queued": outgoing.messages,
            "out_queued_since": outgoing.oldest,
            "out_failed": uow.messages_out.counts("whatsapp").get("failed", 0),
            "sent_today": sent_today(uow, now),
            "alerts": {
                alert.kind: alert.data.get("what", "") for alert in uow.alerts.active() if alert.kind.startswith(_KINDS)
            },
        }

    async with open_storage(data) as store:
        return await store.read(look)


def _lines(found: dict[str, Any], data: Path) -> list[str]:
    numbers = ", ".join(found["phone_number_ids"]) or "none: only warroom whatsapp simulate"
    templates = ", ".join(f"{purpose} = {name}" for purpose, name in found["templates"].items()) or "none"
    secrets = {
        "access token": (found["token"], "warroom whatsapp secret token"),
        "app secret": (found["app"], "warroom whatsapp secret app"),
    }
    since = f", the oldest since {short(found['out_queued_since'])}" if found["out_queued_since"] else ""
    return [
        f"numbers        {numbers}",
        f"Graph API      {found['graph_version']}",
        f"webhook        {found['webhook']}",
        f"verify token   {data}/secrets/{WHATSAPP_VERIFY}",
        *(f"{name:<15}{'there' if there else f'missing: {mend}'}" for name, (there, mend) in secrets.items()),
        f"templates      {templates}",
        f"people         {found['people']}",
        f"messages in    {found['in_waiting']} waiting, {found['in_set_aside']} set aside",
        f"messages out   {found['out_queued']} queued{since}, {found['out_failed']} failed",
        f"sent today     {found['sent_today']} of {found['daily_budget']}",
        *(f"alert          {kind}: {what}" for kind, what in found["alerts"].items()),
    ]
