"""What an admin may set about the HTTP interface."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from agi.settings import Host, Port
from router.trouble import Trouble


class ApiProblem(Trouble):
    """The interface cannot be opened; the text says where and what to do."""


class ApiSettings(BaseModel):
    """Where the `api` process listens. TLS and the public name are a reverse proxy's, on the same machine.

    Attributes:
        host: Address to listen on.
        port: Port to listen on.
        connections: Connections at once; one more is answered 503.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: Host = "127.0.0.1"
    port: Port = 8311
    connections: Annotated[int, Field(ge=1, le=10_000)] = 200
