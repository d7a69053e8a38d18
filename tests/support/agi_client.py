"""A fake Asterisk for tests: it calls our FastAGI server and answers commands as res_agi 22 does.

What it does on a hang-up, a timeout, ``#``, wrong commands and so on was seen on a real Asterisk 22.

    call = FakeCall(host, port, keys=["1", "462001", ""])
    await call.run()
    assert call.next == "hangup"
    assert call.played[-1] == "hi/goodbye"
"""

from __future__ import annotations

import asyncio
import contextlib
import enum
import itertools
import wave
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from agi.fastagi.request import access_token

SECRET = "what-only-the-dialplan-and-we-know"
CALLER = "9826012345"
_ids = itertools.count(1)


class Act(enum.Enum):
    """What may happen instead of a sound reply, at the n-th command or at the n-th question."""

    HANG_UP = "the caller hangs up: -1 or READSTATUS, then the line HANGUP, then 511"
    HANGUP_LINE = "the line HANGUP alone, no reply"
    SILENT = "no reply, ever; the connection stays open"
    CLOSE = "Asterisk dies: end of file"
    DEAD = "511"
    FAIL = "result=-1 without a hang-up"
    USAGE = "520 with its usage text"
    UNKNOWN = "510"
    GARBAGE = "something that is no reply"
    TWICE = "the reply, two times"
    TRYING = "100 Trying before the reply"


Answer = str | Act
Choose = Callable[[list[str]], Answer]


class FakeCall:
    """Asterisk's side of one call.

    Args:
        host: Of the FastAGI server.
        port: Of the FastAGI server.
        script: Which handler: ``agi://host/<word>/<script>``.
        args: Arguments of the AGI application; of ``call``: helpline, DID, caller, trunk.
        env: Header lines that differ; a value of None leaves a line out.
        keys: What the caller answers to each question in turn: keys ("1", "462001#", "" for none),
            or an `Act`; when they are used up, nothing more is pressed. Or a function of the
            question's prompts (``["hi/welcome", …]``) that returns the same.
        at: What happens at the n-th command (1 is the first).
        variables: Channel variables the dialplan has set.
        record_s: How long the caller speaks into each RECORD FILE; a real WAV file is written.
        record_key: The key that ends a recording; "" for none (time over).
        secret: What the dialplan shares with the server.

    Attributes:
        commands: The commands that came, each as its words.
        played: Prompts in order, as ``<language>/<name>``, questions included.
        questions: Prompts of each question.
        variables: Channel variables now, functions included.
        recorded: Files recorded, with ``.wav``.
        closed: Whether the server closed the connection.
    """

    def __init__(
        self,
        host: str,
        port: int,
        script: str = "call",
        args: Sequence[str] = ("181", "181", CALLER, "loopback"),
        env: Mapping[str, str | None] | None = None,
        *,
        keys: Iterable[Answer] | Choose = (),
        at: Mapping[int, Act] | None = None,
        variables: Mapping[str, str] | None = None,
        record_s: float = 1.0,
        record_key: str = "#",
        secret: str = SECRET,
    ) -> None:
        self.host, self.port = host, port
        self.uniqueid = f"1585000000.{next(_ids)}"
        header: dict[str, str | None] = {
            "agi_network": "yes",
            "agi_network_script": "",
            "agi_request": "",
            "agi_channel": f"PJSIP/loopback-{self.uniqueid[-8:]}",
            "agi_language": "hi",
            "agi_type": "PJSIP",
            "agi_uniqueid": self.uniqueid,
            "agi_version": "22.10.1",
            "agi_callerid": CALLER,
            "agi_calleridname": "unknown",
            "agi_dnid": "181",
            "agi_context": "from-trunk",
            "agi_extension": "181",
            "agi_priority": "5",
            "agi_enhanced": "0.0",
            "agi_accountcode": "",
            "agi_threadid": "139639820850880",
        }
        header |= {f"agi_arg_{n}": value for n, value in enumerate(args, start=1)}
        path = f"{access_token((env or {}).get('agi_uniqueid') or self.uniqueid, secret)}/{script}"
        header |= {"agi_network_script": path, "agi_request": f"agi://{host}:{port}/{path}", **(env or {})}
        self.header = {name: value for name, value in header.items() if value is not None}
        self.uniqueid = self.header.get("agi_uniqueid", self.uniqueid)
        self._choose: Choose = keys if callable(keys) else _in_turn(keys)
        self.at = dict(at or {})
        self.variables = dict(variables or {})
        self.record_s, self.record_key = record_s, record_key
        self.commands: list[list[str]] = []
        self.played: list[str] = []
        self.questions: list[list[str]] = []
        self.recorded: list[Path] = []
        self.closed = False
        self._dead = False
        self._writer: asyncio.StreamWriter | None = None

    @property
    def next(self) -> str | None:
        """What the dialplan would do next; None: it takes a message."""
        return self.variables.get("WR_NEXT")

    @property
    def names(self) -> list[str]:
        """Names of the commands that came, the guard's left out: ``["ANSWER", "GET DATA", …]``."""
        return [_name(words) for words in self.commands if words[2:3] != ["TIMEOUT(absolute)"]]

    def hang_up(self) -> None:
        """The caller hangs up now, between two commands or (unlike real ones) during one."""
        self._dead = True
        self.send(b"HANGUP\n")

    def send(self, raw: bytes) -> None:
        """Send bytes of any kind."""
        assert self._writer is not None
        self._writer.write(raw)

    async def run(self, limit_s: float = 10.0) -> FakeCall:
        """Call, and answer commands until the server closes; raises TimeoutError after the limit."""
        async with asyncio.timeout(limit_s):
            reader, self._writer = await asyncio.open_connection(self.host, self.port)
            try:
                self.send("".join(f"{n}: {v}\n" for n, v in self.header.items()).encode() + b"\n")
                while line := await reader.readline():
                    words = split_words(line.decode())
                    self.commands.append(words)
                    if not self._reply(words):
                        break
                else:
                    self.closed = True
            except ConnectionError:
                self.closed = True
            finally:
                self._writer.close()
                with contextlib.suppress(ConnectionError):
                    await self._writer.wait_closed()
        return self

    def _reply(self, words: list[str]) -> bool:
        """Answer one command; returns whether the connection stays open."""
        act = self.at.get(len(self.commands))
        if self._dead and _name(words) not in ("SET VARIABLE", "GET VARIABLE", "GET FULL VARIABLE"):
            act = Act.DEAD
        reply = self._do(words) if act is None else act
        if isinstance(reply, str):
            self.send(reply.encode() + b"\n")
            return True
        sound = "200 result=0" if act is None else self._when_sound(reply, words)
        if reply is Act.CLOSE:
            return False
        if reply in (Act.HANG_UP, Act.HANGUP_LINE):
            self._dead = True
        if reply is Act.HANG_UP and _name(words) == "EXEC" and words[1] == "Read":
            self.variables |= {"READSTATUS": "HANGUP", words[2].split(",")[0]: ""}
        self.send(_bytes_of(reply, words, sound))
        return True

    def _when_sound(self, act: Act, words: list[str]) -> str:
        if act not in (Act.TWICE, Act.TRYING):
            return ""
        reply = self._do(words)
        assert isinstance(reply, str)
        return reply

    def _do(self, words: list[str]) -> Answer:  # noqa: PLR0911 - one return a command
        match words:
            case ["ANSWER"]:
                return "200 result=0"
            case ["SET", "VARIABLE", name, value]:
                self.variables[name] = value
                return "200 result=1"
            case ["GET", "VARIABLE", name]:
                value = self.variables.get(name)
                return "200 result=0" if value is None else f"200 result=1 ({value})"
            case ["GET", "FULL", "VARIABLE", "${READSTATUS}:${FASTAGI_KEYS}"]:
                found = self.variables
                return f"200 result=1 ({found.get('READSTATUS', '')}:{found.get('FASTAGI_KEYS', '')})"
            case ["GET", "DATA", path, _, digits]:
                return self._get_data(path, int(digits))
            case ["EXEC", "Read", arguments]:
                return self._read(arguments)
            case ["EXEC", "Playback", paths]:
                self.played += map(_prompt, paths.split("&"))
                return "200 result=0"
            case ["RECORD", "FILE", path, "wav", _, milliseconds]:
                return self._record(Path(f"{path}.wav"), int(milliseconds) / 1000)
            case _:
                return Act.UNKNOWN

    def _ask(self, prompts: list[str]) -> Answer:
        self.played += prompts
        self.questions.append(prompts)
        return self._choose(prompts)

    def _get_data(self, path: str, digits: int) -> Answer:
        keys = self._ask([_prompt(path)])
        if isinstance(keys, Act):
            return keys
        keys, complete = _take(keys, digits)
        return f"200 result={keys}" + ("" if complete else " (timeout)")

    def _read(self, arguments: str) -> Answer:
        variable, paths, digits, _options, _attempts, _timeout = arguments.split(",")
        keys = self._ask([_prompt(path) for path in paths.split("&")])
        if isinstance(keys, Act):
            return keys
        keys, complete = _take(keys, int(digits))
        self.variables |= {variable: keys, "READSTATUS": "OK" if complete else "TIMEOUT"}
        return "200 result=0"

    def _record(self, path: Path, seconds: float) -> Answer:
        spoken = min(self.record_s, seconds)
        with wave.open(str(path), "wb") as file:
            file.setparams((1, 2, 8000, 0, "NONE", ""))
            file.writeframes(b"\x10\x00" * int(8000 * spoken))
        self.recorded.append(path)
        if self.record_key and spoken < seconds:
            return f"200 result={ord(self.record_key)} (dtmf) endpos={int(8000 * spoken)}"
        return f"200 result=0 (timeout) endpos={int(8000 * spoken)}"


def split_words(line: str) -> list[str]:
    """Split a command as ``parse_args`` in res_agi.c does."""
    words: list[str] = []
    between, quoted, escaped = True, False, False
    for character in line.removesuffix("\n"):
        if character == '"' and not escaped:
            quoted = not quoted
            if quoted and between:
                words.append("")
                between = False
        elif character in " \t" and not quoted and not escaped:
            between = True
        elif character == "\\" and not escaped:
            escaped = True
            continue
        else:
            if between:
                words.append("")
                between = False
            words[-1] += character
        escaped = False
    return words


def _name(words: list[str]) -> str:
    longest = {"SET": 2, "GET": 3 if words[1:2] == ["FULL"] else 2, "RECORD": 2, "STREAM": 2}
    return " ".join(words[: longest.get(words[0] if words else "", 1)])


def _prompt(path: str) -> str:
    return "/".join(Path(path).parts[-2:])


def _take(keys: str, digits: int) -> tuple[str, bool]:
    """Keys as Asterisk takes them, and whether the answer was complete (else it timed out)."""
    head, ended, _ = keys.partition("#")
    taken = head[:digits]
    return taken, bool(ended) or len(taken) == digits


def _in_turn(keys: Iterable[Answer]) -> Choose:
    rest = iter(keys)
    return lambda _: next(rest, "")


def _bytes_of(act: Act, words: list[str], sound: str) -> bytes:
    reading = _name(words) == "EXEC" and words[1] == "Read"
    record = _name(words) == "RECORD FILE"
    failed = "200 result=0" if reading else "200 result=-1" + (" (hangup) endpos=0" if record else "")
    return {
        Act.HANG_UP: f"{failed}\nHANGUP\n",
        Act.HANGUP_LINE: "HANGUP\n",
        Act.SILENT: "",
        Act.DEAD: "511 Command Not Permitted on a dead channel or intercept routine\n",
        Act.FAIL: "200 result=-1\n",
        Act.USAGE: "520-Invalid command syntax.  Proper usage follows:\nUsage: X\n  more\n520 End of proper usage.\n",
        Act.UNKNOWN: "510 Invalid or unknown command\n",
        Act.GARBAGE: "\x07 no reply at all\n",
        Act.TWICE: f"{sound}\n{sound}\n",
        Act.TRYING: f"100 result=0 Trying...\n{sound}\n",
    }[act].encode()
