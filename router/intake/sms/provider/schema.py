"""Schema of ``sms.toml``: the tables, each with the keys that an admin may write."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from router.intake.sms.provider.paths import ITEMS, PATH

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Self

    from router.intake.sms.provider.templates import Language, Template


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


def _path(value: str) -> str:
    if value and not PATH.fullmatch(value):
        msg = f"{value!r} is no path; write names with dots between them, such as response.id"
        raise ValueError(msg)
    return value


def _items(value: str) -> str:
    if value and not ITEMS.fullmatch(value):
        msg = f"{value!r} is no path to a list; write response[], [] for the whole, [].report[] for a list within"
        raise ValueError(msg)
    return value


def _url(value: str) -> str:
    try:
        parts = urlsplit(value)
        host, credentials = parts.hostname or "", parts.username is not None or parts.password is not None
    except ValueError:
        parts, host, credentials = urlsplit(""), "", False
    if credentials:
        msg = "no user or password here: write [auth], and the password itself with `warroom sms secret provider`"
        raise ValueError(msg)
    if not host or not (parts.scheme == "https" or (parts.scheme == "http" and _loopback(host))):
        msg = "write the whole address, https://…; http only to this machine"
        raise ValueError(msg)
    return value


def _loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _network(value: str) -> str:
    try:
        ipaddress.ip_network(value, strict=False)
    except ValueError:
        msg = f"{value!r} is no IP address or network; write 192.0.2.10 or 192.0.2.0/28"
        raise ValueError(msg) from None
    return value


Path_ = Annotated[str, AfterValidator(_path)]
Items = Annotated[str, AfterValidator(_items)]
Url = Annotated[str, AfterValidator(_url)]
Network = Annotated[str, AfterValidator(_network)]
Status = Annotated[int, Field(ge=200, le=299)]
HeaderName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{1,60}$")]
NumberForm = Literal["e164", "country", "national"]
"""``+919812343210``, ``919812343210``, ``9812343210``."""


class Provider(_Table):
    """Of ``[provider]``: the account, and the sender that is registered for DLT."""

    name: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{1,30}$")]
    entity: Annotated[str, StringConstraints(pattern=r"^[0-9]{10,25}$")]
    header: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9+]{3,15}$")]
    replies_to: Annotated[str, StringConstraints(pattern=r"^[0-9]{3,13}$")] = ""
    max_parts: int = Field(default=3, ge=1, le=10)


class Send(_Table):
    """Of ``[send]``: the request by which a message is handed to the provider."""

    method: Literal["POST", "GET"] = "POST"
    url: Url
    body: Literal["form", "json", "none"] = "form"
    numbers: NumberForm = "e164"
    gsm7: str = "GSM7"
    ucs2: str = "UCS2"
    variables_at: Path_ = ""
    variable_names: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]*\{position\}[A-Za-z0-9_-]*$")] = ""

    @model_validator(mode="after")
    def _fit(self) -> Self:
        if self.method == "GET" and self.body != "none":
            raise ValueError('body: a GET request has none: write body = "none" and the fields below [query]')
        if self.method == "POST" and self.body == "none":
            raise ValueError('body: write "form" or "json" for a POST request')
        if self.variables_at and self.body != "json":
            raise ValueError("variables_at: only a JSON body has a table for them")
        if bool(self.variables_at) != bool(self.variable_names):
            raise ValueError("variable_names: belongs to variables_at: write both or none")
        return self


class Auth(_Table):
    """Of ``[auth]``: where the account's secret goes; it lies in ``secrets/sms-provider`` itself."""

    by: Literal["basic", "header", "query", "field"]
    user: str = ""
    name: str = ""
    prefix: str = ""

    @model_validator(mode="after")
    def _fit(self) -> Self:
        if self.by == "basic" and not self.user:
            raise ValueError("user: is missing: the user of basic authentication")
        if self.by == "basic" and self.name:
            raise ValueError("name: basic authentication has its own header")
        if self.by != "basic" and not self.name:
            raise ValueError(f"name: is missing: the name of the {self.by} that takes the secret")
        if self.by != "basic" and self.user:
            raise ValueError(
                "user: only basic authentication has one; an account's name stands below [fields] or [query]"
            )
        return self


class Answer(_Table):
    """Of ``[answer]``: how the provider says that it has taken a message, or why not."""

    status: tuple[Status, ...] = Field(default=(200, 201, 202), min_length=1)
    path: Path_ = ""
    values: tuple[str, ...] = ()
    id: Path_
    error: Path_ = ""
    account_errors: tuple[str, ...] = ()
    retry_errors: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _fit(self) -> Self:
        if bool(self.path) != bool(self.values):
            raise ValueError(
                "values: belongs to path, as what stands there of a message that was taken: write both or none"
            )
        if (self.account_errors or self.retry_errors) and not self.error:
            raise ValueError("error: is missing: the path of the errors that are listed")
        return self


class _Request(_Table):
    """A request of the provider: where in it the messages or reports stand."""

    format: Literal["form", "json"]
    field: str = ""
    items: Items = ""

    @model_validator(mode="after")
    def _is_in_a_form(self) -> Self:
        if self.field and self.format != "form":
            raise ValueError("field: only a form has a field with JSON within")
        return self


class Incoming(_Request):
    """Of ``[incoming]``: names in a message of a citizen."""

    id: Path_ = ""
    number: Path_
    text: Path_
    time: Path_ = ""
    time_form: str = "unix"

    @model_validator(mode="after")
    def _fit(self) -> Self:
        if not self.id and not self.time:
            raise ValueError("id: write id or time: without either, a message sent twice could not be told from two")
        return self


class Report(_Request):
    """Of ``[report]``: names in a delivery report."""

    id: Path_
    state: Path_
    error: Path_ = ""
    reference: Path_ = ""


class States(_Table):
    """Of ``[states]``: the provider's words for each state of ours."""

    sent: tuple[str, ...] = ()
    delivered: tuple[str, ...] = Field(min_length=1)
    failed: tuple[str, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _fit(self) -> Self:
        seen: set[str] = set()
        for state in ("sent", "delivered", "failed"):
            words = {word.casefold() for word in getattr(self, state)}
            if twice := words & seen:
                raise ValueError(f"{state}: {min(twice)!r} stands for another state already")
            seen |= words
        return self

    def of(self, word: str) -> str | None:
        """Return our state for a word of the provider's, however it is written; None when it has none."""
        for state in ("sent", "delivered", "failed"):
            if word.casefold() in (one.casefold() for one in getattr(self, state)):
                return state
        return None


class Webhook(_Table):
    """Of ``[webhook]``: how requests of the provider are known to be its own, beside the secret part of their path."""

    public_url: Annotated[str, StringConstraints(pattern=r"^https?://[^\s/?#@]+$")] = ""
    signature: Literal["none", "twilio"] = "none"
    addresses: tuple[Network, ...] = ()

    @model_validator(mode="after")
    def _fit(self) -> Self:
        if self.signature == "twilio" and not self.public_url:
            raise ValueError("public_url: is missing: Twilio signs the whole address that it was given")
        return self

    def admits(self, address: str) -> bool:
        """Whether a request may come from an address."""
        if not self.addresses:
            return True
        try:
            ip = ipaddress.ip_address(address)
        except ValueError:
            return False
        mapped = ip.ipv4_mapped if isinstance(ip, ipaddress.IPv6Address) else None
        return any((mapped or ip) in ipaddress.ip_network(one, strict=False) for one in self.addresses)


@dataclass(frozen=True, slots=True, kw_only=True)
class SmsMap:
    """A checked ``sms.toml``. Without ``incoming`` or ``report``, such requests are refused.

    Attributes:
        headers: Of each request, `router.intake.sms.provider.request` fills in the values.
        query: Of its address.
        fields: Of its body: texts, for JSON tables and lists of such too.
    """

    provider: Provider
    send: Send
    auth: Auth
    answer: Answer
    headers: Mapping[str, str]
    query: Mapping[str, str]
    fields: Mapping[str, Any]
    templates: tuple[Template, ...]
    webhook: Webhook = field(default_factory=Webhook)
    report: Report | None = None
    states: States | None = None
    incoming: Incoming | None = None

    @property
    def account(self) -> str:
        """What citizens write to: `ChatPerson.account`."""
        return self.provider.replies_to or self.provider.header

    def template(self, name: str, language: Language) -> Template | None:
        """Return a template in a language, else in the other one; None when there is none of this name."""
        found = {one.language: one for one in self.templates if one.name == name}
        return found.get(language) or next(iter(found.values()), None)
