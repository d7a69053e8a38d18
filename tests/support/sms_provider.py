"""Stand-ins for four SMS providers over HTTP: each checks what the real one checks, and answers in its words."""

from __future__ import annotations

import base64
import json
import re
import threading
import time
import tomllib
from collections import deque
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx

from router.intake.sms.provider.templates import PLACE
from router.intake.sms.receiving.signature import TWILIO_HEADER, twilio_signature
from tests.support.sms_files import FLOW, example

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Self

SECRET: Final = "s3cret-of-the-account"
SIGNS: Final = "token-that-signs"
_URL: Final = re.compile(r'^url = "https://[^/"]+', re.MULTILINE)
_PATHS: Final = {
    "exotel": "/v1/Accounts/ACCOUNT_SID/Sms/send.json",
    "gupshup": "/GatewayAPI/rest",
    "msg91": "/api/v5/flow",
    "twilio": "/2010-04-01/Accounts/ACCOUNT_SID/Messages.json",
}
REPORTED: Final = {
    "exotel": {"delivered": "delivered", "failed": "failed", "sent": "sent"},
    "gupshup": {"delivered": "DELIVERED", "failed": "FAILED"},
    "msg91": {"delivered": "1", "failed": "2", "sent": "5"},
    "twilio": {"delivered": "delivered", "failed": "undelivered", "sent": "sent"},
}
"""Each provider's words for our states."""


class RefusedError(Exception):
    """What the real provider would refuse: the status, and its own code."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(f"{status} {code}")
        self.status = status
        self.code = code


@dataclass(frozen=True)
class Taken:
    """A message that was taken."""

    id: str
    to: str
    text: str
    reference: str
    report_url: str


class SmsProvider:
    """One provider.

    Args:
        name: Which.
        max_parts: Of the map.

    Attributes:
        taken: Messages, in the order in which they were taken.
        refused: What was wrong with the others.
        faults: What is done to the next requests instead: ``busy`` (429), ``away`` (503), ``error`` (500), ``account``,
            ``refuse`` (this message), ``cut`` (taken, but the answer is lost), ``hang`` (the same, after a while).
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.taken: list[Taken] = []
        self.refused: list[str] = []
        self.faults: deque[str] = deque()
        self._lock = threading.Lock()
        provider = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                provider._serve(self)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def toml(self, public_url: str) -> str:
        """Return the example of this provider as it leads here, and back to us."""
        text = _URL.sub(f'url = "{self.url}', example(self.name), count=1)
        return text.replace("https://warroom.example.gov.in", public_url)

    def _serve(self, handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers.get("content-length", "0")))
        fault = self.faults.popleft() if self.faults else ""
        status, answer = 200, self._refusal("")
        try:
            self._fail(fault)
            with self._lock:
                taken = self._take(handler, body)
                self.taken.append(taken)
            status, answer = self._success(taken)
        except RefusedError as error:
            self.refused.append(str(error))
            status, answer = (
                (200 if self.name == "gupshup" and error.status < 429 else error.status),
                self._refusal(error.code),
            )
        if fault in ("cut", "hang"):
            time.sleep(0.3 * (fault == "hang"))
            handler.close_connection = True
            handler.connection.close()
            return
        raw = json.dumps(answer).encode()
        handler.send_response(status)
        if fault == "busy":
            handler.send_header("retry-after", "1")
        handler.send_header("content-type", "application/json")
        handler.send_header("content-length", str(len(raw)))
        handler.end_headers()
        handler.wfile.write(raw)

    def _fail(self, fault: str) -> None:
        if fault in ("busy", "away", "error"):
            raise RefusedError({"busy": 429, "away": 503, "error": 500}[fault], "")
        if fault == "account":
            raise RefusedError(401, _ACCOUNT[self.name])
        if fault == "refuse":
            raise RefusedError(400, "21211")

    def _take(self, handler: BaseHTTPRequestHandler, body: bytes) -> Taken:
        parts = urlsplit(handler.path)
        if parts.path != _PATHS[self.name] or parts.query:
            raise RefusedError(404, "path")
        if not handler.headers.get("user-agent", "").startswith("warroom/"):
            raise RefusedError(400, "user-agent")
        message_id = f"{self.name}-{len(self.taken) + 1}"
        form = dict(parse_qsl(body.decode())) if self.name != "msg91" else {}
        authorization = handler.headers.get("authorization", "")
        if self.name == "msg91":
            return self._take_flow(handler.headers, json.loads(body), message_id)
        if self.name == "gupshup":
            self._check(form, {"method": "SendMessage", "userid": "USER_ID", "auth_scheme": "plain", "v": "1.1"})
            self._check(form, {"password": SECRET}, 401)
            self._check(form, {"mask": "MPWROM", "principalEntityId": "1101500000000000001"})
            self._check(form, {"msg_type": "TEXT" if form["msg"].isascii() else "Unicode_Text"})
            self._scrub(form["msg"], form["dltTemplateId"])
            return Taken(message_id, _mobile(form["send_to"], "91"), form["msg"], "", "")
        user = "API_KEY" if self.name == "exotel" else "ACCOUNT_SID"
        if authorization != f"Basic {base64.b64encode(f'{user}:{SECRET}'.encode()).decode()}":
            raise RefusedError(401, _ACCOUNT[self.name])
        self._check(form, {"From": "MPWROM"})
        if self.name == "twilio":
            self._scrub(form["Body"], "")
            url = form["StatusCallback"]
            return Taken(
                message_id,
                _mobile(form["To"], "+91"),
                form["Body"],
                dict(parse_qsl(urlsplit(url).query))["reference"],
                url,
            )
        self._check(form, {"DltEntityId": "1101500000000000001", "SmsType": "transactional"})
        self._check(form, {"EncodingType": "plain" if form["Body"].isascii() else "unicode"})
        self._scrub(form["Body"], form["DltTemplateId"])
        return Taken(message_id, _mobile(form["To"], "+91"), form["Body"], form["CustomField"], form["StatusCallback"])

    def _take_flow(self, headers: Any, body: Any, message_id: str) -> Taken:
        if headers.get("authkey") != SECRET:
            raise RefusedError(401, "207")
        (one,) = body["recipients"]
        text, dlt_id = self._texts()[body["template_id"].removeprefix(f"{FLOW}-")], body["DLT_TE_ID"]
        for position in range(1, len(PLACE.findall(text)) + 1):
            text = PLACE.sub(one[f"VAR{position}"], text, count=1)
        self._scrub(text, dlt_id)
        return Taken(message_id, _mobile(one["mobiles"], "91"), text, one["CRQID"], "")

    def _check(self, form: Mapping[str, str], right: Mapping[str, str], status: int = 400) -> None:
        for name, value in right.items():
            if form.get(name) != value:
                raise RefusedError(status, "102" if status == 401 else name)

    def _scrub(self, text: str, dlt_id: str) -> None:
        """Refuse a text that is not the registered one with values at its places."""
        for number, registered in self._texts().items():
            if dlt_id in ("", number) and re.fullmatch(".{1,30}".join(map(re.escape, _between(registered))), text):
                return
        raise RefusedError(400, "dlt")

    def _texts(self) -> dict[str, str]:
        return {one["dlt_id"]: one["text"] for one in tomllib.loads(example(self.name))["template"]}

    def _success(self, taken: Taken) -> tuple[int, Any]:
        return {
            "exotel": (200, {"SMSMessage": {"Sid": taken.id, "Status": "queued", "To": taken.to}}),
            "gupshup": (200, {"response": {"status": "success", "id": taken.id, "phone": taken.to, "details": ""}}),
            "msg91": (200, {"type": "success", "message": taken.id}),
            "twilio": (201, {"sid": taken.id, "status": "queued", "error_code": None, "to": taken.to}),
        }[self.name]

    def _refusal(self, code: str) -> Any:
        return {
            "exotel": {"RestException": {"Status": 400, "Code": code, "Message": "no"}},
            "gupshup": {"response": {"status": "error", "id": code, "details": "no", "phone": ""}},
            "msg91": {"type": "error", "code": code, "message": "no"},
            "twilio": {"code": code, "message": "no", "status": 400},
        }[self.name]

    def report_request(self, base: str, reports: list[tuple[Taken, str]]) -> httpx.Request:
        """Return the request by which states of ours are reported, several at once where the provider does so.

        Args:
            base: Our address for this provider, without ``/report``.
            reports: Messages with ``sent``, ``delivered`` or ``failed``.
        """
        words = REPORTED[self.name]
        url = f"{base}/report"
        if self.name == "gupshup":
            events = [{"externalId": one.id, "eventType": words[state], "errCode": "000"} for one, state in reports]
            return httpx.Request("POST", url, data={"response": json.dumps(events)})
        if self.name == "msg91":
            batch = [
                {
                    "requestId": one.id,
                    "userId": "1",
                    "report": [{"number": one.to, "status": words[state], "CRQID": one.reference}],
                }
                for one, state in reports
            ]
            return httpx.Request("POST", url, data={"data": json.dumps(batch)})
        ((one, state),) = reports
        if self.name == "exotel":
            form = {"SmsSid": one.id, "To": one.to, "Status": words[state], "CustomField": one.reference}
            return httpx.Request("POST", url, data=form)
        form = {"MessageSid": one.id, "MessageStatus": words[state], "To": one.to, "ErrorCode": ""}
        return self.signed(f"{url}?reference={one.reference}", form)

    def text_request(self, base: str, number: str, text: str, message_id: str) -> httpx.Request:
        """Return the request by which a message of a citizen (E.164) is passed on."""
        url = f"{base}/in"
        if self.name == "twilio":
            return self.signed(
                url, {"MessageSid": message_id, "From": number, "To": "+919000000000", "Body": text, "NumMedia": "0"}
            )
        if self.name == "exotel":
            form = {
                "SmsSid": message_id,
                "From": f"0{number[3:]}",
                "To": "09000000000",
                "Body": text,
                "Date": "2026-11-30 20:15:00",
            }
            return httpx.Request("POST", url, data=form)
        if self.name == "msg91":
            return httpx.Request(
                "POST",
                url,
                data={
                    "mobile": number[1:],
                    "message": text,
                    "receivedTime": f"2026-11-30 20:{int(message_id) // 60:02d}:{int(message_id) % 60:02d}",
                },
            )
        stamp = str(1_796_000_000_000 + int(message_id))
        query = {"phonecode": "9000000000", "keyword": "MP", "content": text, "msisdn": number[1:], "timestamp": stamp}
        return httpx.Request("GET", f"{url}?{urlencode(query)}")

    def signed(self, url: str, form: dict[str, str], token: str = SIGNS) -> httpx.Request:
        """Return a POST with Twilio's signature."""
        signature = twilio_signature(token, url, form.items())
        return httpx.Request("POST", url, data=form, headers={TWILIO_HEADER: signature})


_ACCOUNT: Final = {"exotel": "UNAUTHORIZED", "gupshup": "102", "msg91": "207", "twilio": "20003"}


def _between(registered: str) -> list[str]:
    return re.split(r"\{#[a-z]+#\}", registered)


def _mobile(number: str, country: str) -> str:
    if not re.fullmatch(re.escape(country) + "[6-9][0-9]{9}", number):
        raise RefusedError(400, "number")
    return f"+91{number.removeprefix(country)}"
