"""Photographs that citizens send: checked, kept as files beside the store, deleted with the person of their ticket."""

from router.model.picture import PictureRefusedError
from router.pictures.files import PictureFiles
from router.pictures.header import MAX_BYTES, MAX_PIXELS
from router.pictures.store import PictureStore

__all__ = ["MAX_BYTES", "MAX_PIXELS", "PictureFiles", "PictureRefusedError", "PictureStore"]
