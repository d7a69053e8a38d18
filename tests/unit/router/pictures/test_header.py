"""What a file is, by its first bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.model.picture import PictureRefusedError
from router.pictures.header import MAX_BYTES, Header, read_header
from tests.support.pictures import gif, jpeg, png, png_header, webp

REAL = {
    "image/png": png(40, 30),
    "image/jpeg": jpeg(40, 30, before=b"\xff\xe0\x00\x04ab\xff\x01"),
    "image/gif": gif(40, 30),
    "image/webp": webp(b"VP8X", 40, 30),
}


@pytest.mark.parametrize("kind", REAL)
def test_size_is_read_from_each_kind(kind: str) -> None:
    assert read_header(REAL[kind]) == Header(kind, 40, 30)


@pytest.mark.parametrize("kind", [b"VP8X", b"VP8L", b"VP8 "])
def test_each_kind_of_webp_says_its_size(kind: bytes) -> None:
    assert read_header(webp(kind, 1234, 567)) == Header("image/webp", 1234, 567)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"<!doctype html><script>alert(1)</script>",
        b"%PDF-1.7",
        b"PK\x03\x04",
        b"RIFF\x00\x00\x00\x00WAVEfmt ",
        b"BM" + bytes(60),
        b"\x00\x00\x00\x1cftypheic",
    ],
)
def test_anything_else_is_refused(data: bytes) -> None:
    with pytest.raises(PictureRefusedError, match="no JPEG, PNG, WebP or GIF"):
        read_header(data)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (png() + bytes(MAX_BYTES), "bytes; at most 5,000,000"),
        (png_header(65_535, 65_535), "65535 x 65535 pixels"),
        (png_header(0, 10), "damaged"),
        (b"\xff\xd8\xff\xda\x00\x02", "damaged"),
        (b"\xff\xd8\xff", "damaged"),
        (b"\xff\xd8\xff\xe0\xff\xff", "damaged"),
        (gif()[:7], "damaged"),
        (webp(b"VP8 ")[:25], "damaged"),
        (webp(b"ALPH"), "damaged"),
    ],
)
def test_what_cannot_be_shown_is_refused(data: bytes, why: str) -> None:
    with pytest.raises(PictureRefusedError, match=why):
        read_header(data)


@given(st.sampled_from([*REAL.values(), webp(b"VP8L"), webp(b"VP8 ")]), st.integers(0, 60), st.binary(max_size=40))
def test_no_damage_makes_anything_else_than_a_refusal(whole: bytes, at: int, rubbish: bytes) -> None:
    try:
        found = read_header(whole[:at] + rubbish + whole[at + len(rubbish) :])
    except PictureRefusedError:
        return
    assert min(found.width, found.height) >= 1
