"""A data directory from which `serve` can start: what `up` does before it, but for Asterisk, broker and prompts."""

from __future__ import annotations

import sys
from pathlib import Path

from router.storage.migrate import migrate
from warroom.config.apply.operators import initial_operators
from warroom.config.apply.transaction import save_applied
from warroom.config.apply.trunks import initial_trunks
from warroom.config.paths import DataDirectory
from warroom.config.secrets import AGI, AMI, MEDIA, MQTT_ROUTER, ensure_secret
from warroom.config.settings import load_settings


def prepare_data(data: Path) -> None:
    layout = DataDirectory(data)
    layout.make()
    for name in (AGI, AMI, MEDIA, MQTT_ROUTER):
        ensure_secret(data, name)
    trunks = initial_trunks(data, load_settings(data).calls)
    save_applied(layout.trunks_in_force, trunks.source)
    save_applied(layout.operators_in_force, initial_operators(data, trunks.trunks).source)
    migrate(layout.store)


if __name__ == "__main__":
    prepare_data(Path(sys.argv[1]))
