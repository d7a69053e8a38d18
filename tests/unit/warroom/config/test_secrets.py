"""Secrets: made once, readable by their owner alone."""

import threading

from warroom.config.secrets import ensure_secret, read_secret


def test_secret_is_made_once_and_private(tmp_path):
    (tmp_path / "secrets").mkdir()
    first = ensure_secret(tmp_path, "ami")
    assert len(first) >= 32
    assert ensure_secret(tmp_path, "ami") == first == read_secret(tmp_path, "ami")
    assert (tmp_path / "secrets" / "ami").stat().st_mode & 0o777 == 0o600
    assert ensure_secret(tmp_path, "other") != first


def test_secret_two_starts_at_once_agree(tmp_path):
    (tmp_path / "secrets").mkdir()
    found: list[str] = []
    threads = [threading.Thread(target=lambda: found.append(ensure_secret(tmp_path, "ami"))) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == 1
