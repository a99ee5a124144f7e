"""Pictures from strangers: what is kept of them is their pixels, encoded anew."""

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from io import BytesIO
from secrets import token_hex
from threading import Lock
from typing import IO, Any

from attrs import frozen
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile, File
from django.db import models
from django.db.models.fields.files import ImageFieldFile
from PIL import ExifTags, Image

MAX_PIXELS = 40_000_000
MAX_SIDE = 1024
"""Pixels of the longer side of what a `PictureField` keeps."""
TOO_MANY_PIXELS = "Upload a picture of at most 40 megapixels."
BUSY = "Other pictures are being read. Please try again in a moment."
UNREADABLE = "Upload a PNG or JPEG picture; this one is damaged or is neither."

MAX_SCANS = 100
_MAX_SEGMENTS = 5_000
# A marker of a JPEG; between them stand bytes in which 0xff is always followed by one of these.
_MARKER = re.compile(rb"\xff[^\x00\x01\xd0-\xd7\xff]")
_SCAN, _END_OF_IMAGE = b"\xda", b"\xd9"

# A picture of that many pixels takes hundreds of megabytes while it is decoded.
_one_at_a_time = Lock()
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
# For good and for all threads: it cannot be done for one of them while others run.
warnings.simplefilter("error", Image.DecompressionBombWarning)


class PictureKind(Enum):
    PNG = "image/png"
    JPEG = "image/jpeg"

    @property
    def content_type(self) -> str:
        return self.value

    @property
    def extensions(self) -> tuple[str, ...]:
        """The usual one comes first."""
        return (".png",) if self is PictureKind.PNG else (".jpg", ".jpeg")


@frozen
class Picture:
    content: bytes
    kind: PictureKind


class PictureFile(ContentFile):  # type: ignore[type-arg]  # not when running
    """A cleaned picture under a name of its own, ready to be assigned to a `PictureField`."""

    def __init__(self, picture: Picture) -> None:
        super().__init__(picture.content, token_hex(16) + picture.kind.extensions[0])


class PicturesBusy(Exception):
    """Nobody waits longer than this for the pictures of others, and keeps a thread from its work."""

    SECONDS = 3.0


@contextmanager
def _turn() -> Iterator[None]:
    if not _one_at_a_time.acquire(timeout=PicturesBusy.SECONDS):
        raise PicturesBusy
    try:
        yield
    finally:
        _one_at_a_time.release()


def picture_kind(head: bytes) -> PictureKind | None:
    """Tell it by the first eight bytes of a file."""
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return PictureKind.PNG
    return PictureKind.JPEG if head.startswith(b"\xff\xd8\xff") else None


def clean_picture(file: "IO[bytes] | File[bytes]", max_side: int | None = None) -> Picture:
    """Encode its pixels anew, upright and without anything else that the file may hold.

    `max_side` pixels are the most that its longer side keeps. Raises ValidationError, and
    PicturesBusy where others are being decoded for too long.
    """
    file.seek(0)
    content = file.read()
    if picture_kind(content[:8]) is PictureKind.JPEG:
        _refuse_many_scans(content)
    try:
        with _turn(), Image.open(BytesIO(content), formats=("PNG", "JPEG")) as image:
            return _encode_anew(image, max_side)
    except (ValidationError, PicturesBusy):
        raise
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise ValidationError(TOO_MANY_PIXELS, code="too_many_pixels") from None
    except Exception:  # bytes that somebody made up can raise almost anything in a decoder
        raise ValidationError(UNREADABLE, code="unreadable") from None


def picture_file(file: "File[bytes]") -> PictureFile:
    """Return it cleaned, and small enough for a portrait. Raises ValidationError."""
    if isinstance(file, PictureFile):
        return file
    if file.size > settings.MAX_UPLOAD_BYTES:
        largest = settings.MAX_UPLOAD_BYTES // 2**20
        raise ValidationError(f"Upload a file of at most {largest} MB.", code="too_large")
    return PictureFile(clean_picture(file, MAX_SIDE))


class PictureFormField(forms.FileField):
    def to_python(self, data: Any) -> Any:
        file = super().to_python(data)
        try:
            return None if file is None else picture_file(file)
        except PicturesBusy:
            raise ValidationError(BUSY, code="busy") from None

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {**super().widget_attrs(widget), "accept": "image/png,image/jpeg"}


class _PictureFieldFile(ImageFieldFile):
    @property
    def url(self) -> str:
        """Of the API, which gives it out while its doctor is active: no file is below a URL."""
        return f"/api/doctors/{self.instance.pk}/image/"

    def save(self, name: str, content: "File[bytes]", save: bool = True) -> None:
        """Raises ValidationError. The name is not used: it is what somebody else called it."""
        file = picture_file(content)
        super().save(str(file.name), file, save)


class PictureField(models.ImageField):
    """Keeps cleaned pictures only, whichever way they come in."""

    attr_class = _PictureFieldFile

    def formfield(self, **options: Any) -> Any:
        usual = {"form_class": PictureFormField, "max_length": None}
        return super().formfield(**{**usual, **options})


def _refuse_many_scans(jpeg: bytes) -> None:
    """Each scan goes over all the pixels again, and may be as short as sixty bytes."""
    position, scans = 2, 0
    for _ in range(_MAX_SEGMENTS):
        found = _MARKER.search(jpeg, position)
        marker = b"" if found is None else found[0][1:]
        if found is None or marker == _END_OF_IMAGE:
            return
        scans += marker == _SCAN
        if scans > MAX_SCANS:
            break
        length = int.from_bytes(jpeg[found.end() : found.end() + 2], "big")
        position = found.end() + max(length, 2)
    raise ValidationError(UNREADABLE, code="too_many_scans")


def _encode_anew(image: Image.Image, max_side: int | None) -> Picture:
    """`image` was only opened: its size is that of its header, and nothing is decoded yet."""
    if image.width * image.height > MAX_PIXELS:
        raise ValidationError(TOO_MANY_PIXELS, code="too_many_pixels")
    # A JPEG with more pictures behind the first calls itself MPO.
    kind = PictureKind.PNG if image.format == "PNG" else PictureKind.JPEG
    image.load()
    upright = _upright(image)
    transparency = upright.info.get("transparency")
    upright.info = {} if transparency is None else {"transparency": transparency}
    if max_side is not None and max(upright.size) > max_side:
        upright = _scaled(upright, max_side)
    content = BytesIO()
    if kind is PictureKind.PNG:
        upright.save(content, "PNG")
    else:
        upright.save(content, "JPEG", quality=95, subsampling=0)
    return Picture(content.getvalue(), kind)


def _upright(image: Image.Image) -> Image.Image:
    try:
        turned = _UPRIGHT.get(image.getexif().get(ExifTags.Base.Orientation, 1))
    except Exception:  # the notes of a camera may be damaged where its picture is not
        turned = None
    return image if turned is None else image.transpose(turned)


def _scaled(image: Image.Image, max_side: int) -> Image.Image:
    # Numbers of colours have no mean, and the colour that is transparent may be lost in one.
    if image.mode == "P" or (image.info and image.mode in {"L", "RGB"}):
        image = image.convert("RGBA")
    elif image.mode == "1":
        image = image.convert("L")
    image.thumbnail((max_side, max_side))
    return image
