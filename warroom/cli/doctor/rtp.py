"""RTP port checks of `warroom doctor`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from warroom.cli.doctor.finding import DoctorFinding
from warroom.services.stack.rtp_ports import others, own_ports_of_linux, said_of, sound_of

if TYPE_CHECKING:
    from pathlib import Path

    from warroom.config.settings import Settings

_PART = "sound"


def sound_ports(data: Path, settings: Settings) -> DoctorFinding:
    """Report the range, its origin, and other users of the ports in it."""
    ports, named = sound_of(data, settings), settings.calls.sound_named is not None
    if other := next((one for one in others(data, settings) if one.ports.meets(ports)), None):
        what = said_of(ports, other) if named else f"UDP ports {ports} are taken by the stack of {other.data} meanwhile"
        mend = "set calls.rtp_first and calls.rtp_last" if named else "the next start takes others: warroom up"
        return DoctorFinding(_PART, "wrong", what, mend)
    chosen = "of the settings" if named else "chosen by the start, and kept"
    if linux := next((one for one in own_ports_of_linux() if one.meets(ports)), None):
        what = f"UDP ports {ports}, {chosen}; of {linux} Linux gives ports to any program"
        return DoctorFinding(
            _PART, "warning", what, f"sysctl net.ipv4.ip_local_reserved_ports={ports}, or name lower ones"
        )
    return DoctorFinding(_PART, "ok", f"UDP ports {ports}, {chosen}")
