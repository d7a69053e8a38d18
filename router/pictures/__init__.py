"""Photographs that citizens send: checked, kept as files beside the store, deleted with the person of their ticket."""

from router.pictures.files import PictureFiles
from router.pictures.header import MAX_BYTES, MAX_PIXELS, PictureRefusedError
from router.pictures.store import PictureStore

__all__ = ["MAX_BYTES", "MAX_PIXELS", "PictureFiles", "PictureRefusedError", "PictureStore"]
