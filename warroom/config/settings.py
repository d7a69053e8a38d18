"""All settings, combined from ``settings.toml`` and the environment; each package defines its own part."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, ClassVar, Final, Self

from pydantic import BaseModel, ValidationError, model_validator
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from agi.settings import CallSettings, PromptSettings
from board.settings import BoardSettings
from recordings.installed_models.registry import InstalledModels, InstalledModelsError
from recordings.settings import RecordingSettings
from router.config.toml_table import TomlFile, text_if_there
from router.errors import ConfigError
from router.notices.settings import NoticeSettings
from router.settings import RouterSettings
from router.settings_messaging import WhatsAppSettings
from warroom.config.alert_settings import AlertSettings
from warroom.config.api_settings import ApiSettings
from warroom.config.metrics_settings import MetricsSettings
from warroom.config.paths import DataDirectory
from warroom.config.retention_settings import RetentionDays

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path


_PREFIX: Final = "WARROOM_"
_BELOW: Final = "__"
_EVERYWHERE: Final = frozenset({"0.0.0.0", "::"})  # noqa: S104 - compared with


class SettingsFileError(ConfigError):
    """The settings cannot be used; the text says where, the fault, and the expected value."""


class Settings(BaseSettings):
    """Everything an admin may set.

    Environment variables (`WARROOM_CALLS__SIP_PORT=5070`) win over `<data>/settings.toml`, which wins over the speech
    models that were installed.
    """

    model_config = SettingsConfigDict(
        env_prefix=_PREFIX,
        env_nested_delimiter=_BELOW,
        extra="forbid",
        frozen=True,
        nested_model_default_partial_update=True,
    )
    _from_file: ClassVar[dict[str, Any]] = {}
    _installed: ClassVar[dict[str, Any]] = {}

    calls: CallSettings = CallSettings()
    prompts: PromptSettings = PromptSettings()
    recordings: RecordingSettings = RecordingSettings()
    router: RouterSettings = RouterSettings()
    api: ApiSettings = ApiSettings()
    notices: NoticeSettings = NoticeSettings()
    board: BoardSettings = BoardSettings()
    whatsapp: WhatsAppSettings = WhatsAppSettings()
    alerts: AlertSettings = AlertSettings()
    metrics: MetricsSettings = MetricsSettings()
    retention_days: RetentionDays = RetentionDays()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - pydantic-settings passes all four
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Order the sources: given in code, environment, file, installed."""
        below = (InitSettingsSource(settings_cls, values) for values in (cls._from_file, cls._installed))
        return init_settings, env_settings, *below

    @property
    def listening(self) -> tuple[tuple[str, str, int], ...]:
        """Name, address and port of each setting that says where a part listens."""
        calls, broker = self.calls, self.router.broker
        return (
            ("calls.agi_port", calls.agi_host, calls.agi_port),
            ("calls.ami_port", calls.ami_host, calls.ami_port),
            ("calls.http_port", "127.0.0.1", calls.http_port),
            ("calls.sip_port", calls.sip_bind, calls.sip_port),
            ("router.broker.port", broker.host, broker.port),
            *((f"router.broker.tls.{name}", broker.tls.bind, port) for name, port in broker.tls.listening),
            ("api.port", self.api.host, self.api.port),
            ("board.port", self.board.host, self.board.port),
            *((f"metrics.{name}", "127.0.0.1", port) for name, port in self.metrics.model_dump().items() if port),
        )

    @model_validator(mode="after")
    def _ports_differ(self) -> Self:
        first, last = self.calls.sound_named or (0, 0)
        taken: dict[tuple[str, int], str] = {}
        for name, host, port in self.listening:
            for (other_host, other_port), other in taken.items():
                if port == other_port and same_address(host, other_host):
                    raise ValueError(f"{other} and {name} are both {port}: two programs cannot listen there")
            if first <= port <= last:
                raise ValueError(f"{name} {port} lies within rtp_first..rtp_last, which are for sound: choose another")
            taken[host, port] = name
        return self


def same_address(one: str, other: str) -> bool:
    """Tell whether a port taken at one address of this machine is taken at the other too."""
    return one == other or bool(_EVERYWHERE & {one, other})


def load_settings(data: Path) -> Settings:
    """Read the settings of this data directory; a missing settings.toml means the defaults.

    Raises:
        SettingsFileError: With one line for each mistake.
    """
    path = data / "settings.toml"
    if path.exists() and not path.is_file():
        raise SettingsFileError([f"{path}: is not a file; remove it, or put the settings there as TOML"])
    toml = TomlFile(text_if_there(path, SettingsFileError) or "", str(path), SettingsFileError)
    if wrong := [*_flags(Settings, toml.values, (), toml), *_unknown_variables()]:
        raise SettingsFileError(wrong)

    try:
        models = InstalledModels(DataDirectory(data).models).in_force()
    except InstalledModelsError as error:
        raise SettingsFileError([str(error)]) from None

    class FromFile(Settings):
        _from_file = toml.values
        _installed: ClassVar[dict[str, Any]] = {"recordings": {"models": models}}

    try:
        return FromFile()
    except SettingsError as error:
        raise SettingsFileError([f"environment: {error}"]) from None
    except ValidationError as error:
        raise SettingsFileError(_explain(toml, error)) from None


def _explain(toml: TomlFile, error: ValidationError) -> list[str]:
    """Name place, setting and expectation of each mistake, without echoing values (one may be a secret)."""
    lines = []
    for problem in error.errors(include_input=False, include_url=False):
        path = [str(part) for part in problem["loc"]]
        wrong = "unknown setting" if problem["type"] == "extra_forbidden" else problem["msg"]
        name = ".".join(path)
        lines.append(": ".join(filter(None, (_where(toml, path), name, wrong.removeprefix("Value error, ")))))
    return lines


def _where(toml: TomlFile, path: Sequence[str]) -> str:
    """Return the variable that has a setting, else the file with the line; if it is in neither, both names."""
    if not path:
        return toml.file
    variable = f"{_PREFIX}{_BELOW.join(path)}".upper()
    set_there = next((name for name in os.environ if name.upper() == variable), None)
    if set_there:
        return f"environment {set_there}"
    line = toml.line_of(path)
    return f"{toml.file} line {line} (or {variable})" if line else f"{toml.file} (or {variable})"


def _flags(model: type[BaseModel], values: Mapping[str, Any], path: tuple[str, ...], toml: TomlFile) -> Iterator[str]:
    """Name each true or false that stands where a number or a text is expected: true would count as 1."""
    for key, value in values.items():
        field = model.model_fields.get(key)
        kind = field.annotation if field else None
        here = (*path, key)
        if isinstance(value, dict) and isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from _flags(kind, value, here, toml)
        elif field and kind is not bool and any(isinstance(one, bool) for one in _leaves(value)):
            yield f"{_where(toml, here)}: {'.'.join(here)}: true and false are no value for it"


def _leaves(value: object) -> Iterator[object]:
    if isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _leaves(one)
    else:
        yield value


def _unknown_variables() -> Iterator[str]:
    """Name variables that look like settings and are none; others with our prefix are the admin's, as for passwords."""
    for name in sorted(os.environ):
        first, below, rest = name.upper().removeprefix(_PREFIX).partition(_BELOW)
        if not name.upper().startswith(_PREFIX):
            continue
        if below and rest and first.lower() not in Settings.model_fields:
            yield f"environment {name}: unknown setting; known: {', '.join(sorted(Settings.model_fields))}"
        part = first.partition("_")[0].lower()
        if not below and "_" in first and part in Settings.model_fields:
            yield f"environment {name}: unknown setting; write two underscores below {_PREFIX}{part.upper()}"
