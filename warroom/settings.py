"""Settings: each package owns its part; here they are put together from settings.toml and the environment."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, ClassVar

from pydantic import ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
    TomlConfigSettingsSource,
)

from agi.settings import CallSettings
from recordings.settings import RecordingSettings
from router.settings import RouterSettings
from router.trouble import Trouble
from warroom.api_settings import ApiSettings

if TYPE_CHECKING:
    from pathlib import Path


class SettingsProblem(Trouble):
    """The settings cannot be used; the text says where, what is wrong and what is expected."""


class Settings(BaseSettings):
    """Everything an admin may set.

    Environment variables (`WARROOM_CALLS__SIP_PORT=5070`) win over `<data>/settings.toml`.
    """

    model_config = SettingsConfigDict(
        env_prefix="WARROOM_",
        env_nested_delimiter="__",
        extra="forbid",
        frozen=True,
        nested_model_default_partial_update=True,
    )
    _file: ClassVar[Path | None] = None

    calls: CallSettings = CallSettings()
    recordings: RecordingSettings = RecordingSettings()
    router: RouterSettings = RouterSettings()
    api: ApiSettings = ApiSettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - pydantic-settings passes all four
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Order the sources: given in code, environment, file."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, cls._file)


def load_settings(data: Path) -> Settings:
    """Read the settings of this data directory; a missing settings.toml means the defaults.

    Raises:
        SettingsProblem: With one line for each mistake.
    """
    path = data / "settings.toml"
    if path.exists() and not path.is_file():
        raise SettingsProblem(f"{path}: is not a file; remove it, or put the settings there as TOML")

    class FromFile(Settings):
        _file = path

    try:
        return FromFile()
    except tomllib.TOMLDecodeError as error:
        raise SettingsProblem(f"{path}: not valid TOML: {error}") from None
    except OSError as error:
        raise SettingsProblem(f"{path}: cannot be read: {error.strerror}") from None
    except SettingsError as error:
        raise SettingsProblem(f"environment: {error}") from None
    except ValidationError as error:
        raise SettingsProblem("\n".join(_explain(path, error))) from None


def _explain(path: Path, error: ValidationError) -> list[str]:
    """Name file, setting and expectation of each mistake, without echoing values (one may be a secret)."""
    lines = []
    for problem in error.errors(include_input=False, include_url=False):
        name = ".".join(str(part) for part in problem["loc"])
        wrong = "unknown setting" if problem["type"] == "extra_forbidden" else problem["msg"]
        lines.append(f"{path} (or WARROOM_{name.upper().replace('.', '__')}): {name}: {wrong}")
    return lines
