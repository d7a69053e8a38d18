"""A fake Asterisk manager for tests: one byte at a time if wanted, and broken in many ways."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from typing import Any

USER, SECRET = "warroom", "a-secret-of-tests"

Fields = Mapping[str, str]


def channel(uniqueid: str, exten: str = "181", *, linkedid: str = "", name: str = "", who: str = "") -> Fields:
    """The fields of a channel, as Newchannel and CoreShowChannel give them."""
    return {
        "Channel": name or f"PJSIP/loopback-{uniqueid}",
        "ChannelStateDesc": "Ring",
        "CallerIDNum": "9826012345",
        "CallerIDName": who or "<unknown>",
        "AccountCode": "",
        "Context": "from-trunk",
        "Exten": exten,
        "Uniqueid": uniqueid,
        "Linkedid": linkedid or uniqueid,
    }


class FakeManager:
    """A manager to connect to.

    Attributes:
        channels: What CoreShowChannels lists.
        actions: The actions that came, each as its fields.
        refused: Actions answered with an error, by name.
        silent: Actions that get no answer, by name.
        states: What Status tells of a channel, by its name.
        greeting: What is sent first.
        piece: Bytes sent at a time; 0 sends all in one.
        connections: How many came so far.
        during_list: Bytes sent in the middle of the list of channels.
    """

    def __init__(self) -> None:
        self.channels: list[Fields] = []
        self.actions: list[dict[str, str]] = []
        self.refused: dict[str, str] = {}
        self.silent: set[str] = set()
        self.states: dict[str, Fields] = {}
        self.greeting = b"Asterisk Call Manager/11.0.0\r\n"
        self.piece = 0
        self.connections = 0
        self.during_list = b""
        self.came = asyncio.Event()
        self._server: asyncio.Server | None = None
        self._writers: list[asyncio.StreamWriter] = []

    async def start(self, port: int = 0) -> int:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", port)
        return int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        """Stop listening, and cut every connection."""
        if self._server is not None:
            self._server.close()
        self.cut()
        await asyncio.sleep(0)

    def cut(self) -> None:
        """Cut every connection in the middle of whatever it is."""
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()

    async def event(self, name: str, fields: Fields) -> None:
        """Send an event to all who are connected."""
        await self.send(event_bytes(name, fields))

    async def send(self, raw: bytes) -> None:
        """Send bytes, in pieces as set."""
        step = self.piece or max(1, len(raw))
        for writer in list(self._writers):
            for start in range(0, len(raw), step):
                writer.write(raw[start : start + step])
                if self.piece:
                    await asyncio.sleep(0)  # the loop reads the other end in between

    async def wait_for(self, name: str, times: int = 1) -> dict[str, str]:
        """Wait until an action has come so many times; returns the last."""
        async with asyncio.timeout(10):
            while len(found := [a for a in self.actions if a["Action"] == name]) < times:
                self.came.clear()
                await self.came.wait()
        return found[-1]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.append(writer)
        try:
            writer.write(self.greeting)
            while True:
                raw = (await reader.readuntil(b"\r\n\r\n")).decode()
                action = dict(line.split(": ", 1) for line in raw.strip().split("\r\n"))
                self.actions.append(action)
                self.came.set()
                await self._answer(action)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            if writer in self._writers:
                self._writers.remove(writer)
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    async def _answer(self, action: dict[str, str]) -> None:
        name, mark = action["Action"], {"ActionID": action["ActionID"]}
        refused = self.refused.get(name)
        if name == "Login" and (action["Username"], action["Secret"]) != (USER, SECRET):
            refused = "Authentication failed"
        if name in self.silent:
            return
        if refused:
            await self.send(message_bytes({"Response": "Error", **mark, "Message": refused}))
        elif name == "CoreShowChannels":
            start = {"Response": "Success", **mark, "EventList": "start", "Message": "Channels will follow"}
            await self.send(message_bytes(start))
            for at, fields in enumerate(self.channels):
                if at == 1:
                    await self.send(self.during_list)
                await self.send(event_bytes("CoreShowChannel", {**mark, **fields}))
            await self.send(event_bytes("CoreShowChannelsComplete", {**mark, "EventList": "Complete"}))
        elif name == "Status" and action.get("Channel", "") in ("", *self.states):
            start = {"Response": "Success", **mark, "EventList": "start", "Message": "Channel status will follow"}
            await self.send(message_bytes(start))
            for channel in [action["Channel"]] if "Channel" in action else self.states:
                await self.send(event_bytes("Status", {**mark, **self.states[channel]}))
            await self.send(event_bytes("StatusComplete", {**mark, "EventList": "Complete"}))
        elif name == "Status":
            await self.send(message_bytes({"Response": "Error", **mark, "Message": "No such channel"}))
        else:
            text = {"Ping": {"Ping": "Pong"}}.get(name, {"Message": f"{name} successful"})
            await self.send(message_bytes({"Response": "Success", **mark, **text}))


def message_bytes(fields: Mapping[str, Any]) -> bytes:
    return "".join(f"{key}: {value}\r\n" for key, value in fields.items()).encode() + b"\r\n"


def event_bytes(name: str, fields: Fields) -> bytes:
    return message_bytes({"Event": name, "Privilege": "call,all", **fields})
