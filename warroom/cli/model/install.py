"""`warroom model install | back`."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import os
import re
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final
from urllib.parse import unquote, urlsplit

import typer

from recordings.installed_models.download import MAX_BYTES, download
from recordings.installed_models.registry import InstalledModels
from recordings.installed_models.unpack import unpack
from warroom.cli.common import CommandError, Json, ProgressBar, console, data_of, print_json
from warroom.cli.model.check import print_tried, try_model
from warroom.config.folders import ROOT, lock_file, own_folder
from warroom.config.paths import DataDirectory
from warroom.config.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Language = Annotated[str, typer.Option(help="The language it transcribes: hi or en.")]

_LANGUAGES: Final = ("hi", "en")
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_MARK: Final = 8  # digits of the checksum in the name of a model's folder
_SCRATCH: Final = ".install-"
_DISK_FULL: Final = (errno.ENOSPC, errno.EDQUOT)
_NEXT: Final = "the services take it up by: warroom restart transcribe, then: warroom restart serve"


def install(
    context: typer.Context,
    source: Annotated[str, typer.Argument(metavar="FILE.zip|URL", help="The packed model: a file, or http(s)://…")],
    language: Language = "hi",
    sha256: Annotated[str, typer.Option("--sha256", help="SHA-256 of the file; needed with a URL.")] = "",
    *,
    as_json: Json = False,
) -> None:
    """Unpack a Vosk model, check it, and put it in force; the one before it stays, for `warroom model back`."""
    address = source.startswith(("http://", "https://"))
    wanted = _wanted(sha256.strip().lower(), needed=address)
    _known(language)
    layout = DataDirectory(data_of(context))
    with _alone(layout) as scratch, _progress(quiet=as_json) as progress:
        packed = scratch / "model.zip" if address else Path(source)
        with _disk_said(layout.models):
            if address:
                download(source, packed, lambda done, total: progress("fetched, MB", done, total))
            found = _checksum(packed, wanted)
            name = f"{_stem(source)}-{found[:_MARK]}"
            folder = layout.models / language / name
            if new := not folder.exists():
                unpack(packed, scratch / name, lambda done, total: progress("unpacked, MB", done, total))
            about = _tried(scratch / name if new else folder, language)
            if new:
                own_folder(folder.parent, ROOT, 0o755)
                (scratch / name).rename(folder)
            InstalledModels(layout.models).put_in_force(language, name)
    _report(layout, language, about | {"folder": str(folder), "sha256": found}, as_json=as_json)


def back(
    context: typer.Context,
    language: Annotated[str, typer.Argument(help="Language.")] = "hi",
    *,
    as_json: Json = False,
) -> None:
    """Put the model that was in force before in force again; the other stays installed."""
    _known(language)
    layout = DataDirectory(data_of(context))
    with _alone(layout):
        InstalledModels(layout.models).go_back(language)
    folder = load_settings(layout.data).recordings.models.get(language)
    if as_json:
        print_json({"language": language, "folder": folder})
    else:
        console.print(f"{language}: {folder or 'no model'} is in force; {_NEXT}")


def _known(language: str) -> None:
    if language not in _LANGUAGES:
        raise CommandError(f"calls have no language {language!r}; there are {', '.join(_LANGUAGES)}")


def _wanted(sha256: str, *, needed: bool) -> str:
    if needed and not sha256:
        raise CommandError(
            "a model from a URL needs --sha256: the page that offers it names the sum, or `sha256sum` of a copy that "
            "you trust gives it"
        )
    if sha256 and not _SHA256.fullmatch(sha256):
        raise CommandError("--sha256: expected 64 hexadecimal digits")
    return sha256


def _checksum(packed: Path, wanted: str) -> str:
    if not packed.is_file():
        raise CommandError(f"{packed}: there is no such file")
    if packed.stat().st_size > MAX_BYTES:
        raise CommandError(f"{packed}: it has more than {MAX_BYTES >> 20} MB: no model")
    with packed.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if wanted and found != wanted:
        raise CommandError(
            f"the file's SHA-256 is {found}, not {wanted}: another file, or a damaged one; not installed"
        )
    return found


def _stem(source: str) -> str:
    """Return the name of the file, of letters, digits, dot and hyphen alone."""
    path = unquote(urlsplit(source).path) if "://" in source else source
    return re.sub(r"[^A-Za-z0-9.-]+", "-", Path(path).stem).strip("-.")[:60] or "model"


def _tried(folder: Path, language: str) -> dict[str, Any]:
    """Load a model as `warroom model check` does; raises CommandError when it cannot be used."""
    about = try_model(folder, language)
    if wrong := about.get("wrong"):
        raise CommandError(f"not installed: {wrong}; the model in force stays")
    return about


def _report(layout: DataDirectory, language: str, about: dict[str, Any], *, as_json: bool) -> None:
    """Say what is in force now, and what an admin has to do yet."""
    in_force = load_settings(layout.data).recordings.models[language]
    outranked = str(in_force) != about["folder"]
    if as_json:
        print_json(about | {"in_force": not outranked})
    else:
        print_tried(about)
        console.print(f"  sha256 {about['sha256']}", soft_wrap=True)
        console.print(f"in force; {_NEXT}; the one before again: warroom model back {language}", soft_wrap=True)
    if outranked:
        raise CommandError(
            f"installed, but the settings name {in_force} for {language}, which outranks it: take recordings.models."
            f"{language} out of {layout.data}/settings.toml"
        )


@contextlib.contextmanager
def _alone(layout: DataDirectory) -> Iterator[Path]:
    """Hold off other installations; yields a folder beside the models for what is not finished."""
    layout.data.mkdir(parents=True, exist_ok=True)
    own_folder(layout.models, ROOT, 0o755)
    handle = lock_file(layout.models / ".lock")
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CommandError("another `warroom model` is at work; wait for it") from None
        for left in layout.models.glob(f"{_SCRATCH}*"):  # of one that was killed
            shutil.rmtree(left)
        with tempfile.TemporaryDirectory(prefix=_SCRATCH, dir=layout.models) as scratch:
            Path(scratch).chmod(0o755)  # the user of the services tries the model
            yield Path(scratch)
    finally:
        os.close(handle)


@contextlib.contextmanager
def _disk_said(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno not in _DISK_FULL:
            raise
        raise CommandError(f"{folder}: the disk is full: make room; the model in force stays") from None


@contextlib.contextmanager
def _progress(*, quiet: bool) -> Iterator[Callable[[str, int, int], None]]:
    """Yield what shows a stage, bytes done and of how many, in megabytes; nothing where JSON is printed."""
    if quiet:
        yield lambda _stage, _done, _total: None
        return
    with ProgressBar() as show:
        yield lambda stage, done, total: show(stage, done >> 20, max(total, done) >> 20)
