"""What a file is, told by its content alone: its name and its declared type may say anything."""

import re
from io import BytesIO

from attrs import frozen
from django.core.exceptions import ValidationError

from medicare_django.accounts.pictures import clean_picture, picture_kind

NOT_ACCEPTED = "Upload a PDF, PNG or JPEG file."
CUT_OFF = "This PDF is damaged or incomplete."
ACTIVE = "Upload a PDF without scripts, attached files, films or programs to start."

_END_OF_ARCHIVE = b"PK\x05\x06"
_ARCHIVE_TAIL = 22 + 65535  # bytes: where the end of a zip archive has to begin
_EOF_TAIL = 1024
_SPACE = rb"[\x00\t\n\f\r ]"
_NAME_ENDS = rb"(?![^\x00\t\n\f\r ()<>\[\]{}/%])"


def _spellings(name: str) -> bytes:
    """A pattern of the name of a PDF, in which each character may be written as #xx."""
    signs = [f"(?:{sign}|#(?i:{ord(sign):02x}))" for sign in name]
    return b"/" + "".join(signs).encode() + _NAME_ENDS


# What runs, opens or carries something. Not /OpenAction: ordinary programs write it, so that a
# document opens at its first page, and without the names here there is nothing that it could run.
# Compressed bytes look like the short name now and then, so its value has to look like one too.
# What lies in compressed objects is not seen; the file is only ever sent to be saved.
_ACTIVE_NAMES = [
    *map(_spellings, ["JavaScript", "Launch", "EmbeddedFile", "RichMedia"]),
    _spellings("JS") + b"(?=" + _SPACE + b"*[(<%]|" + _SPACE + b"+[0-9])",
]
_ACTIVE = re.compile(b"|".join(_ACTIVE_NAMES))


@frozen
class FileContent:
    """`extensions` are those that are true of it, the usual one first."""

    content: bytes
    content_type: str
    extensions: tuple[str, ...]


def file_content(content: bytes) -> FileContent:
    """Return what may be kept: a PDF as it is, a picture encoded anew. Raises ValidationError."""
    if content.startswith(b"%PDF-"):
        _refuse_bad_pdf(content)
        return FileContent(content, "application/pdf", (".pdf",))
    if picture_kind(content[:8]) is None:
        raise ValidationError(NOT_ACCEPTED, code="not_accepted")
    picture = clean_picture(BytesIO(content))
    return FileContent(picture.content, picture.kind.content_type, picture.kind.extensions)


def _refuse_bad_pdf(content: bytes) -> None:
    if b"%%EOF" not in content[-_EOF_TAIL:]:
        raise ValidationError(CUT_OFF, code="cut_off")
    if _END_OF_ARCHIVE in content[-_ARCHIVE_TAIL:]:
        raise ValidationError(NOT_ACCEPTED, code="not_accepted")
    if _ACTIVE.search(content):
        raise ValidationError(ACTIVE, code="active")
