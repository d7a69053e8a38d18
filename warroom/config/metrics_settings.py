"""Settings of the metrics that Prometheus reads."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

MetricsPort = Annotated[int, Field(ge=0, le=65_535)]


class MetricsSettings(BaseModel):
    """Where each process answers Prometheus at `/metrics`, on loopback. No telephone number, no ticket is in it."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    serve_port: MetricsPort = 0
    """TCP port of `serve`, such as 9181; 0: none."""
    api_port: MetricsPort = 0
    """TCP port of `api`, such as 9182; 0: none."""
    board_port: MetricsPort = 0
    """TCP port of `board`, such as 9184; 0: none."""
    transcribe_port: MetricsPort = 0
    """TCP port of `transcribe`, such as 9183; 0: none."""
