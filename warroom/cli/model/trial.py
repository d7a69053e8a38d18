"""The process in which a model is tried: a model comes from outside, so root gives it the rights of the services."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from recordings.transcription.worker_process import WorkerProcess
from warroom.cli.common import CommandError
from warroom.config.folders import ROOT, SERVICE_USER, own
from warroom.config.paths import PROJECT, as_user, may_enter

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator


@contextlib.asynccontextmanager
async def trial_process(model: Path) -> AsyncIterator[WorkerProcess]:
    """Yield a process that loads a model and listens, as the user of the services where we are root.

    Kaldi, which reads the files of a model, ends its process at some faults and trusts what others say.

    Args:
        model: The folder of the model.

    Raises:
        CommandError: That user cannot reach it.
    """
    if _gives_up_rights():
        for folder in (model, PROJECT, Path(sys.executable).parent):
            if closed := _closed(folder):
                raise CommandError(
                    f"the model is tried as the services would use it, and their user {SERVICE_USER} may not enter "
                    f"{closed}: start with deploy/reach, or choose another place"
                )
    process = WorkerProcess(prefix=as_user(SERVICE_USER) if _gives_up_rights() else ())
    try:
        yield process
    finally:
        await process.close()


@contextlib.contextmanager
def sound_folder() -> Iterator[Path]:
    """Yield a folder for sounds, closed to all but us and the process."""
    with tempfile.TemporaryDirectory(prefix="warroom-model-") as scratch:
        _lend(Path(scratch), 0o750)
        yield Path(scratch)


def lent(sound: Path, folder: Path) -> Path:
    """Return a copy in `sound_folder` of a sound that the process may not be able to reach; it replaces the last."""
    copy = folder / "sound"
    shutil.copyfile(sound, copy)
    _lend(copy, 0o640)
    return copy


def _gives_up_rights() -> bool:
    """Whether we are root, on a machine that has the services' user."""
    if os.geteuid() != 0:
        return False
    with contextlib.suppress(KeyError):
        return bool(pwd.getpwnam(SERVICE_USER))
    return False


def _closed(path: Path) -> Path | None:
    """Return the first folder on the way that the services' user may not enter."""
    way = [folder for folder in (*reversed(path.parents), path) if folder.is_dir()]
    return next((folder for folder in way if not may_enter(SERVICE_USER, folder)), None)


def _lend(path: Path, mode: int) -> None:
    """Have the group of the services read it."""
    if _gives_up_rights():
        own(path, ROOT, mode)
