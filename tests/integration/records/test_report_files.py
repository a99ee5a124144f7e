"""What is kept of the files that people upload, and what is refused: a hostile corpus."""

import re
import stat
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from medicare_django.accounts.pictures import TOO_MANY_PIXELS, UNREADABLE
from medicare_django.records.file_content import ACTIVE, CUT_OFF, NOT_ACCEPTED
from medicare_django.records.file_name import clean_file_name
from medicare_django.records.models import Report
from tests.integration.factories import client_of, make_patient

pytestmark = pytest.mark.django_db
TOO_LARGE = "Upload a file of at most 10 MB."
TEN_MIB = 10 * 2**20
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}" + b"$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
SECRET = b"SECRET-CANARY"


def pdf(objects: bytes = b"", size: int = 0) -> bytes:
    """As small as one can be, or filled up to `size` bytes."""
    head = b"%PDF-1.7\n1 0 obj << /Type /Catalog >> endobj\n" + objects
    tail = b"\ntrailer << /Root 1 0 R >>\n%%EOF\n"
    return head + b"%" + b"x" * (size - len(head) - len(tail) - 1) + tail


def picture(kind: str = "PNG", mode: str = "RGB", **options: Any) -> bytes:
    content = BytesIO()
    Image.radial_gradient("L").convert(mode).save(content, kind, **options)
    return content.getvalue()


def archive(*names: str) -> bytes:
    content = BytesIO()
    with zipfile.ZipFile(content, "w") as made:
        for name in names:
            made.writestr(name, "<x/>")
    return content.getvalue()


def png_of_size(width: int, height: int) -> bytes:
    """A header that promises much and brings nothing."""
    chunks = [
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)),
        (b"IDAT", zlib.compress(b"\0" * 100)),
        (b"IEND", b""),
    ]
    body = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(body)


def with_text() -> bytes:
    info = PngInfo()
    info.add_text("Patient", SECRET.decode())
    info.add_text("Comment", SECRET.decode(), zip=True)
    return picture(pnginfo=info)


def with_place() -> bytes:
    exif = Image.Exif()
    exif[0x010E] = SECRET.decode()
    exif.get_ifd(0x8825)[0x001D] = SECRET.decode()
    return picture("JPEG", exif=exif, comment=SECRET)


@frozen
class Hostile:
    """`kept` is the name it is given back under; without one it is refused for the `reason`."""

    content: bytes
    name: str = "report.pdf"
    kept: str = ""
    reason: str = NOT_ACCEPTED
    status: int = 400


PNG, JPEG = picture(), picture("JPEG")
HOSTILE = {
    # Other things than a report
    "eicar": Hostile(EICAR),
    "svg with a script": Hostile(SVG, "x.svg"),
    "svg as png": Hostile(SVG, "x.png"),
    "html as pdf": Hostile(b"<!doctype html><script>alert(1)</script>"),
    "xml": Hostile(b"<?xml version='1.0'?><!DOCTYPE x SYSTEM 'file:///etc/passwd'><x/>"),
    "gifar": Hostile(b"GIF89a\x01\0\x01\0\0\0\0;" + archive("A.class"), "x.gif"),
    "gif": Hostile(picture("GIF", "L"), "x.png"),
    "webp": Hostile(picture("WEBP"), "x.png"),
    "bmp": Hostile(picture("BMP"), "x.png"),
    "tiff": Hostile(picture("TIFF"), "x.jpg"),
    "zip": Hostile(archive("a.pdf"), "x.zip"),
    "office": Hostile(archive("[Content_Types].xml", "word/document.xml"), "x.docx"),
    "old office": Hostile(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 512, "x.doc"),
    "elf": Hostile(b"\x7fELF\x02\x01\x01" + b"\0" * 57),
    "pe": Hostile(b"MZ" + b"\0" * 510),
    "dicom with a pe header": Hostile(b"MZ" + b"\0" * 126 + b"DICM" + b"\0" * 64, "x.dcm"),
    "shell script": Hostile(b"#!/bin/sh\nrm -rf /\n", "x.pdf"),
    "php": Hostile(b"<?php system($_GET['c']); ?>", "x.php"),
    "nothing": Hostile(b""),
    "one byte": Hostile(b"%"),
    # Documents
    "pdf not at byte 0": Hostile(b"\n" + pdf()),
    "pdf behind html": Hostile(b"<script>alert(1)</script>" + pdf()),
    "pdf and zip": Hostile(pdf() + archive("A.class") + b"%%EOF"),
    "pdf cut off": Hostile(pdf()[:-8], reason=CUT_OFF),
    "pdf whose end is far from its end": Hostile(pdf() + b"\n" * 1024, reason=CUT_OFF),
    "pdf of a head only": Hostile(b"%PDF-", reason=CUT_OFF),
    "pdf with a script": Hostile(pdf(b"<< /S /JavaScript /JS (app.alert(1)) >>"), reason=ACTIVE),
    "pdf with a short script": Hostile(pdf(b"<</JS(app.alert(1))>>"), reason=ACTIVE),
    "pdf with a script elsewhere": Hostile(pdf(b"<< /JS\n7 0 R >>"), reason=ACTIVE),
    "pdf with a script behind a remark": Hostile(pdf(b"<</JS%\n(a)>>"), reason=ACTIVE),
    "pdf with a script in disguise": Hostile(pdf(b"<< /J#53 (a) >>"), reason=ACTIVE),
    "pdf with all of it in disguise": Hostile(
        pdf(b"<< /S/#4a#61#76#61#53#63#72#69#70#74>>"), reason=ACTIVE
    ),
    "pdf that starts a program": Hostile(pdf(b"<< /S/Launch /F (cmd.exe) >>"), reason=ACTIVE),
    "pdf that holds a file": Hostile(pdf(b"<< /Type /EmbeddedFile >>"), reason=ACTIVE),
    "pdf with a film": Hostile(pdf(b"<< /Subtype/RichMedia>>"), reason=ACTIVE),
    "pdf that opens at a page": Hostile(pdf(b"/OpenAction [3 0 R /Fit]"), kept="report.pdf"),
    "pdf with names that only begin so": Hostile(
        pdf(b"/JSfoo (a) /Launcher 1 /JavaScripts /JS] /JS/X"), kept="report.pdf"
    ),
    # Pictures
    "jpeg and php": Hostile(JPEG + b"<?php " + SECRET, "x.jpg", "x.jpg"),
    "png and zip": Hostile(PNG + archive(SECRET.decode()), "x.png", "x.png"),
    "png with texts": Hostile(with_text(), "x.png", "x.png"),
    "jpeg with a place": Hostile(with_place(), "x.jpeg", "x.jpeg"),
    "png of 60000 x 60000": Hostile(png_of_size(60000, 60000), "x.png", reason=TOO_MANY_PIXELS),
    "png of 10000 x 10000": Hostile(png_of_size(10000, 10000), "x.png", reason=TOO_MANY_PIXELS),
    "png of one pixel more": Hostile(png_of_size(40001, 1000), "x.png", reason=TOO_MANY_PIXELS),
    "png of no size": Hostile(png_of_size(0, 0), "x.png", reason=UNREADABLE),
    "png without its pixels": Hostile(png_of_size(2000, 2000), "x.png", reason=UNREADABLE),
    "png cut off": Hostile(PNG[: len(PNG) // 2], "x.png", reason=UNREADABLE),
    "png of a head only": Hostile(PNG[:8], "x.png", reason=UNREADABLE),
    "jpeg cut off": Hostile(JPEG[: len(JPEG) // 2], "x.jpg", reason=UNREADABLE),
    "jpeg of a head only": Hostile(JPEG[:20], "x.jpg", reason=UNREADABLE),
    # Sizes
    "10 MiB": Hostile(pdf(size=TEN_MIB), kept="report.pdf"),
    "10 MiB and a byte": Hostile(pdf(size=TEN_MIB + 1), reason=TOO_LARGE, status=413),
    # Names
    "a way up": Hostile(pdf(), "../../x.pdf", "x.pdf"),
    "a way up in Windows": Hostile(pdf(), "..\\..\\x.pdf", "x.pdf"),
    "a full path": Hostile(pdf(), "/etc/cron.d/x", "x.pdf"),
    "a name with NUL": Hostile(pdf(), "a.pdf\0.html", "a.pdf.html.pdf"),
    "a device": Hostile(pdf(), "CON.pdf", "_CON.pdf"),
    "a device without an extension": Hostile(pdf(), "nul", "_nul.pdf"),
    "300 characters": Hostile(pdf(), "n" * 300 + ".pdf", "n" * 96 + ".pdf"),
    "a name turned round": Hostile(pdf(), "\u202efdp.exe", "fdp.exe.pdf"),
    "a name of two lines": Hostile(pdf(), 'a%0D%0AX-Evil: 1".pdf', "aX-Evil 1.pdf"),
    "a name of two true lines": Hostile(pdf(), "a\r\nX-Evil: 1.pdf", "a.pdf"),
    "emoji": Hostile(pdf(), "🩸 李.pdf", "🩸 李.pdf"),
    "decomposed letters": Hostile(pdf(), "a\u0308.pdf", "ä.pdf"),
    "another extension": Hostile(pdf(), "x.html", "x.html.pdf"),
    "the extension of another kind": Hostile(PNG, "x.jpg", "x.jpg.png"),
    "an extension in capitals": Hostile(JPEG, "SCAN.JPG", "SCAN.JPG"),
    "an extension only": Hostile(pdf(), ".pdf", "report.pdf"),
    "no letter": Hostile(pdf(), "\u200b", reason="This field is required."),
}


def part(disposition: str, content: bytes, *headers: str) -> bytes:
    lines = [f"Content-Disposition: form-data; {disposition}", *headers, "", ""]
    return "\r\n".join(lines).encode() + content


def text_parts() -> list[bytes]:
    return [
        part('name="report"', b"Blood count"),
        part('name="report_type"', b"BLOOD"),
    ]


def file_part(content: bytes, name: str = "x.pdf") -> bytes:
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return part(f'name="file"; filename="{escaped}"', content, "Content-Type: text/html")


def body_of(parts: Iterable[bytes], closing: bytes = b"--BOUNDARY--\r\n") -> bytes:
    return b"".join(b"--BOUNDARY\r\n" + each + b"\r\n" for each in parts) + closing


MULTIPART = "multipart/form-data; boundary=BOUNDARY"


def send(body: bytes, content_type: str = MULTIPART, **environment: Any) -> Any:
    client: Client = client_of(make_patient())
    client.raise_request_exception = False
    return client.generic("POST", "/api/reports/upload/", body, content_type, **environment)


def check_kept(content: bytes, name: str) -> None:
    """What is served is what is stored, under `name`, and holds nothing of what was hidden."""
    report = Report.objects.get()
    patient = client_of(report.patient)
    answer: Any = patient.get(f"/api/reports/{report.pk}/file/")
    served = b"".join(answer.streaming_content)
    assert served == Path(report.file.path).read_bytes()
    assert SECRET not in served
    assert b"<?php" not in served
    if content.startswith(b"%PDF-"):
        assert served == content
    assert report.file_name == name
    disposition = answer.headers["Content-Disposition"]
    assert disposition.startswith("attachment; filename")
    assert re.search(r"[\r\n\0]", disposition) is None
    expected = {
        "Content-Type": report.content_type,
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cache-Control": "private, no-store",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
    assert expected.items() <= dict(answer.headers).items()


def check_stored(media_root: Path, count: int) -> None:
    files = [path for path in media_root.rglob("*") if path.is_file()]
    assert len(files) == count
    for path in files:
        assert path.parent == media_root / "reports"
        assert re.fullmatch("[0-9a-f]{32}", path.name)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("case", HOSTILE.values(), ids=list(HOSTILE))
def test_a_hostile_file_is_refused_or_made_harmless(case: Hostile, media_root: Path) -> None:
    answer = send(body_of([*text_parts(), file_part(case.content, case.name)]))
    if case.kept:
        assert answer.status_code == 201, answer.json()
        check_kept(case.content, case.kept)
    else:
        assert answer.status_code == case.status
        assert answer.json()["errors"] == {"file": [case.reason]}
    check_stored(media_root, count=1 if case.kept else 0)
    written = [path for path in media_root.parent.rglob("*") if path.is_file()]
    assert len(written) == (1 if case.kept else 0)


FILE = file_part(pdf())
BROKEN: dict[str, tuple[bytes, str, int, str]] = {
    "no file": (body_of(text_parts()), MULTIPART, 400, "file"),
    "a file without a name": (
        body_of([*text_parts(), part('name="file"; filename=""', pdf())]),
        MULTIPART,
        400,
        "file",
    ),
    "two files": (body_of([*text_parts(), FILE, FILE]), MULTIPART, 400, "file"),
    "a text and a file": (
        body_of([*text_parts(), part('name="file"', b"x"), FILE]),
        MULTIPART,
        400,
        "file",
    ),
    "a text for a file": (
        body_of([*text_parts(), part('name="file"', pdf())]),
        MULTIPART,
        400,
        "file",
    ),
    "a file for a text": (
        body_of([part('name="report"; filename="x"', b"x"), text_parts()[1], FILE]),
        MULTIPART,
        400,
        "report",
    ),
    "two notes": (
        body_of([*text_parts(), *[part('name="notes"', b"x")] * 2, FILE]),
        MULTIPART,
        400,
        "notes",
    ),
    "an unknown field": (
        body_of([*text_parts(), part('name="sha256"', b"x"), FILE]),
        MULTIPART,
        400,
        "sha256",
    ),
    "text that is not UTF-8": (
        body_of([*text_parts(), part('name="notes"', b"\xff\xfe"), FILE]),
        MULTIPART,
        400,
        "notes",
    ),
    "another boundary": (
        body_of([*text_parts(), FILE]),
        "multipart/form-data; boundary=OTHER",
        400,
        "",
    ),
    "no boundary": (body_of([*text_parts(), FILE]), "multipart/form-data", 400, ""),
    "a boundary that is none": (
        body_of([*text_parts(), FILE]),
        f"multipart/form-data; boundary={'x' * 220}",
        400,
        "",
    ),
    "no end": (body_of([*text_parts(), FILE], closing=b""), MULTIPART, 400, ""),
    "no parts": (b"--BOUNDARY--", MULTIPART, 400, "file"),
    "no body": (b"", MULTIPART, 400, "file"),
    "rubbish": (b"\0\xff" * 1000, MULTIPART, 400, ""),
    "a head without end": (
        body_of([part('name="report"', b"", "X: " + "x" * 5000), FILE]),
        MULTIPART,
        400,
        "",
    ),
    "what is not base 64": (
        body_of([part('name="file"; filename="x"', b"!", "Content-Transfer-Encoding: base64")]),
        MULTIPART,
        400,
        "",
    ),
    "1,001 texts": (
        body_of(part(f'name="t{n}"', b"") for n in range(1001)),
        MULTIPART,
        400,
        "",
    ),
    "101 files": (
        body_of(part(f'name="f{n}"; filename="x"', b"") for n in range(101)),
        MULTIPART,
        400,
        "",
    ),
    "notes of 3 MB": (
        body_of([*text_parts(), part('name="notes"', b"x" * 3_000_000), FILE]),
        MULTIPART,
        413,
        "",
    ),
    "json": (b"{}", "application/json", 415, ""),
    "a form": (b"report=x", "application/x-www-form-urlencoded", 415, ""),
    "another multipart": (body_of(text_parts()), "multipart/mixed; boundary=BOUNDARY", 415, ""),
    "no type": (body_of([*text_parts(), FILE]), "", 415, ""),
}


@pytest.mark.parametrize(
    ("body", "content_type", "status", "field"), BROKEN.values(), ids=list(BROKEN)
)
def test_a_body_that_is_broken_is_refused(
    media_root: Path, body: bytes, content_type: str, status: int, field: str
) -> None:
    answer = send(body, content_type)
    assert (answer.status_code, answer.json()["status_code"]) == (status, status)
    assert (field or "non_field_errors") in answer.json()["errors"]
    check_stored(media_root, count=0)


def test_a_name_that_is_given_twice_is_told_so() -> None:
    answer = send(body_of([*text_parts(), FILE, FILE]))
    assert answer.json()["errors"] == {"file": ["Give one value."]}


def test_a_body_that_is_too_long_is_refused_before_it_is_read() -> None:
    answer = send(b"", CONTENT_LENGTH=str(TEN_MIB + 64 * 1024 + 1))
    assert (answer.status_code, answer.json()["status"]) == (413, "Request Entity Too Large")


@pytest.mark.parametrize("length", ["-1", "x", "1e3"])
def test_a_length_that_is_none_is_refused(length: str) -> None:
    assert send(body_of([*text_parts(), FILE]), CONTENT_LENGTH=length).status_code == 400


def test_the_content_decides_whatever_type_is_declared() -> None:
    content = SimpleUploadedFile("x.pdf", PNG, "application/pdf")
    client = client_of(make_patient())
    asked = {"report": "X", "report_type": "XRAY", "file": content}
    data = client.post("/api/reports/upload/", asked, format="multipart").json()["data"]
    assert (data["content_type"], data["file_name"]) == ("image/png", "x.pdf.png")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("", "report.pdf"),
        ("...", "report.pdf"),
        ("a/b\\c'\"<>:|?*.pdf", "abc.pdf"),
        ("a\r\nb\u2066\u200f\u2028.pdf", "ab.pdf"),
        ("50%22 off%.pdf", "50 off%.pdf"),
        ("lpt1.tar.pdf", "_lpt1.tar.pdf"),
        ("COM\u00b9", "_COM\u00b9.pdf"),
        ("console.pdf", "console.pdf"),
        ("con .pdf", "_con.pdf"),
        ("x.pdf.", "x.pdf"),
        ("x.PDF", "x.PDF"),
        ("n" * 95 + " . more", "n" * 95 + ".pdf"),
        ("\ud800\ue000.pdf", "report.pdf"),
    ],
)
def test_a_name_is_made_harmless(name: str, expected: str) -> None:
    assert clean_file_name(name, [".pdf"]) == expected


def test_no_name_is_longer_or_worse_than_it_may_be() -> None:
    for sign in map(chr, range(0x3000)):
        name = clean_file_name(f"{sign}a{sign}" * 40, [".jpg", ".jpeg"])
        assert len(name) <= 100
        assert name.endswith(".jpg")
        assert not {unicodedata.category(each)[0] for each in name} & {"C"}
