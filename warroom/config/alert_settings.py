"""Settings of alerts: how soon conditions are seen, and the recipients outside the war room."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from agi.settings import Port

MailAddress = Annotated[str, StringConstraints(pattern=r"^[^\s@<>,;\"]+@[^\s@<>,;\"]+$", max_length=254)]


class MailSettings(BaseModel):
    """Alerts by mail, over SMTP. The password, if there is a user name, stands in `<data>/secrets/smtp` (mode 0600)."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    host: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._:%-]*$", max_length=253)] = ""
    """Mail server; empty: no mail is sent."""
    port: Port = 587
    """TCP port of the mail server."""
    security: Literal["starttls", "tls", "none"] = "starttls"
    """How the connection is encrypted; the server's certificate is checked. `none` is for a server on this machine."""
    username: Annotated[str, StringConstraints(max_length=254)] = ""
    """Account at the mail server; empty: none is needed."""
    sender: MailAddress | Literal[""] = ""
    """Address that mails come from."""
    recipients: tuple[MailAddress, ...] = ()
    """Addresses that alerts are sent to."""

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if self.host and not (self.sender and self.recipients):
            raise ValueError("a mail needs sender and recipients too")
        if self.username and self.security == "none":
            raise ValueError('a password would go over the network readable by all: set security = "starttls" or "tls"')
        return self


class WebhookSettings(BaseModel):
    """Alerts by HTTP POST of JSON, signed with the secret in `<data>/secrets/alerts-webhook`."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    url: Annotated[str, StringConstraints(pattern=r"^(https?://[^\s/@]+(/\S*)?)?$", max_length=1000)] = ""
    """Address that is posted to; empty: none."""


class AlertSettings(BaseModel):
    """When alerts are raised, and how they are sent outside the war room. See docs/alerts.md."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    poll_s: Annotated[float, Field(gt=0, le=600)] = 10.0
    """Seconds between two looks at trunks, queues, lines, parts, clock and standing alerts."""
    no_call_minutes: Annotated[float, Field(ge=0, le=1440)] = 15.0
    """Minutes by day without any answered call after which the alert `no-calls` is raised; 0: never."""
    day_from_hour: Annotated[int, Field(ge=0, le=23)] = 8
    """First hour of the day (India) in which calls are expected."""
    day_until_hour: Annotated[int, Field(ge=1, le=24)] = 21
    """Hour of the day (India) from which no call is expected any more."""
    transcription_minutes: Annotated[float, Field(gt=0, le=1440)] = 30.0
    """Minutes that a recording may wait for its transcription before the alert `transcription-behind` is raised."""
    synthetic_call_s: Annotated[float, Field(ge=0, le=86_400)] = 300.0
    """Seconds between two synthetic calls, which test the path of a call from SIP to the greeting; 0: none."""
    group_s: Annotated[float, Field(gt=0, le=3600)] = 60.0
    """Seconds that alerts are gathered for one message, and the shortest time between two messages."""
    messages_per_hour: Annotated[int, Field(ge=1, le=1000)] = 12
    """Messages by one way within an hour; what comes beyond is gathered for the next one."""
    repeat_minutes: Annotated[float, Field(gt=0, le=10_080)] = 60.0
    """Minutes until an alert that still stands is sent again; twice as long each time, a day at most."""
    mail: MailSettings = MailSettings()
    """Alerts by mail."""
    webhook: WebhookSettings = WebhookSettings()
    """Alerts by webhook."""
