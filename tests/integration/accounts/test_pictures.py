"""Doctors' pictures are cleaned at every door, and served as what they are."""

import re
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from rest_framework import serializers

from medicare_django.accounts import pictures
from medicare_django.accounts.models import Doctor
from medicare_django.accounts.pictures import (
    MAX_SCANS,
    MAX_SIDE,
    UNREADABLE,
    PictureFile,
    PictureKind,
    clean_picture,
)
from medicare_django.api.exceptions import TooLarge, handle
from medicare_django.api.fields import StrictSerializer
from medicare_django.api.files import PictureUpload
from tests.integration.factories import browser_of, make_admin, make_doctor

pytestmark = pytest.mark.django_db
SECRET = "SECRET-CANARY"


def encoded(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    content = BytesIO()
    image.save(content, kind, **options)
    return content.getvalue()


def decoded(content: bytes) -> Image.Image:
    image = Image.open(BytesIO(content))
    image.load()
    return image


def corner(orientation: int | None = None, kind: str = "JPEG") -> bytes:
    """Black, 64 x 32, with its upper left quarter white."""
    image = Image.new("L", (64, 32))
    image.paste(255, (0, 0, 32, 16))
    exif = Image.Exif()
    exif[0x010E] = SECRET
    if orientation is not None:
        exif[0x0112] = orientation
    return encoded(image, kind, exif=exif)


def portrait(size: tuple[int, int] = (64, 32), kind: str = "PNG") -> bytes:
    info = PngInfo()
    info.add_text("Comment", SECRET)
    options: Any = {"pnginfo": info} if kind == "PNG" else {"comment": SECRET.encode()}
    return encoded(Image.radial_gradient("L").resize(size).convert("RGB"), kind, **options)


@pytest.fixture
def admin() -> Client:
    return browser_of(make_admin())


def change(admin: Client, doctor: Doctor, image: Any) -> Any:
    form = {
        "user": doctor.user_id,
        "specialization": doctor.specialization,
        "hospital": doctor.hospital,
        "address": doctor.address,
        "image": image,
    }
    return admin.post(f"/admin/accounts/doctor/{doctor.pk}/change/", form)


def check_image(doctor: Doctor, media_root: Path, kind: PictureKind) -> bytes:
    """Check where it is and how it is served; return it."""
    doctor.refresh_from_db()
    name = rf"doctors/[0-9a-f]{{32}}\{kind.extensions[0]}"
    assert re.fullmatch(name, str(doctor.image.name))
    content = (media_root / str(doctor.image.name)).read_bytes()
    assert SECRET.encode() not in content
    answer: Any = Client().get(f"/api/doctors/{doctor.pk}/image/")
    assert b"".join(answer.streaming_content) == content
    expected = {
        "Content-Type": kind.content_type,
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    assert expected.items() <= dict(answer.headers).items()
    return content


MODES: dict[str, tuple[str, dict[str, Any]]] = {
    "bilevel": ("1", {}),
    "grey": ("L", {}),
    "grey, one transparent": ("L", {"transparency": 7}),
    "grey of 16 bits": ("I;16", {}),
    "grey with alpha": ("LA", {}),
    "palette": ("P", {}),
    "palette, one transparent": ("P", {"transparency": 3}),
    "palette with alpha": ("P", {"transparency": bytes(range(200))}),
    "colour": ("RGB", {}),
    "colour, one transparent": ("RGB", {"transparency": (1, 2, 3)}),
    "colour with alpha": ("RGBA", {}),
}


@pytest.mark.parametrize(("mode", "options"), MODES.values(), ids=list(MODES))
def test_a_png_keeps_its_pixels_and_nothing_else(mode: str, options: dict[str, Any]) -> None:
    image = Image.frombytes("I;16", (64, 32), bytes(range(256)) * 16)
    if mode != "I;16":
        image = Image.radial_gradient("L").convert(mode)
    info = PngInfo()
    info.add_text("Comment", SECRET)
    given = encoded(image, pnginfo=info, icc_profile=SECRET.encode(), dpi=(300, 300), **options)
    cleaned = clean_picture(BytesIO(given + SECRET.encode()))
    before, after = decoded(given), decoded(cleaned.content)
    assert cleaned.kind is PictureKind.PNG
    assert (after.mode, after.tobytes()) == (before.mode, before.tobytes())
    assert after.info == {name: before.info[name] for name in options}
    assert SECRET.encode() not in cleaned.content


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_a_jpeg_keeps_its_colours_and_nothing_else(mode: str) -> None:
    image = Image.radial_gradient("L").convert(mode)
    given = encoded(image, "JPEG", comment=SECRET.encode(), icc_profile=SECRET.encode())
    cleaned = clean_picture(BytesIO(given + SECRET.encode()))
    after = decoded(cleaned.content)
    assert (cleaned.kind, after.mode, after.size) == (PictureKind.JPEG, mode, image.size)
    assert SECRET.encode() not in cleaned.content
    assert not {"comment", "icc_profile", "exif"} & set(after.info)
    assert all(layer[1:3] == (1, 1) for layer in getattr(after, "layer"))  # noqa: B009


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
@pytest.mark.parametrize(
    ("orientation", "size", "white"),
    [
        (None, (64, 32), (8, 8)),
        (1, (64, 32), (8, 8)),
        (2, (64, 32), (56, 8)),
        (3, (64, 32), (56, 24)),
        (4, (64, 32), (8, 24)),
        (5, (32, 64), (8, 8)),
        (6, (32, 64), (24, 8)),
        (7, (32, 64), (24, 56)),
        (8, (32, 64), (8, 56)),
        (9, (64, 32), (8, 8)),
    ],
)
def test_a_picture_is_turned_upright(
    kind: str, orientation: int | None, size: tuple[int, int], white: tuple[int, int]
) -> None:
    cleaned = clean_picture(BytesIO(corner(orientation, kind)))
    image = decoded(cleaned.content)
    assert (image.size, image.getpixel(white)) == (size, 255)
    assert not image.getexif()
    assert SECRET.encode() not in cleaned.content


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
def test_damaged_notes_of_a_camera_do_not_spoil_its_picture() -> None:
    given = encoded(Image.new("L", (8, 8)), "JPEG", exif=b"Exif\0\0MM\0*\xff\xff\xff\xff")
    assert decoded(clean_picture(BytesIO(given)).content).size == (8, 8)


def test_the_first_of_several_pictures_is_kept() -> None:
    frames = [Image.new("L", (8, 8), grey) for grey in (10, 200)]
    for kind in ("PNG", "MPO"):
        given = encoded(frames[0], kind, save_all=True, append_images=frames[1:])
        kept = decoded(clean_picture(BytesIO(given)).content)
        assert getattr(kept, "n_frames", 1) == 1
        assert kept.getpixel((0, 0)) == 10


@pytest.mark.parametrize("kind", ["BMP", "GIF", "TIFF", "WEBP"])
def test_pictures_of_other_kinds_are_not_even_tried(kind: str) -> None:
    with pytest.raises(ValidationError, match="PNG or JPEG"):
        clean_picture(BytesIO(encoded(Image.new("RGB", (8, 8)), kind)))


def test_just_so_many_pixels_are_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "MAX_PIXELS", 64 * 32)
    assert decoded(clean_picture(BytesIO(portrait((64, 32)))).content).size == (64, 32)
    with pytest.raises(ValidationError, match="40 megapixels"):
        clean_picture(BytesIO(portrait((64, 33))))


@pytest.mark.parametrize("kind", PictureKind)
def test_a_picture_from_the_admin_form_is_cleaned(
    admin: Client, media_root: Path, kind: PictureKind
) -> None:
    doctor = make_doctor()
    content = portrait((3000, 1500), kind.name) + b"<script>"
    answer = change(admin, doctor, SimpleUploadedFile("../evil.html", content, "text/html"))
    assert answer.status_code == 302
    assert decoded(check_image(doctor, media_root, kind)).size == (MAX_SIDE, MAX_SIDE // 2)


def test_the_admin_form_without_a_picture_leaves_the_one_that_is_there(
    admin: Client, media_root: Path
) -> None:
    doctor = make_doctor()
    change(admin, doctor, SimpleUploadedFile("x.png", portrait()))
    before = check_image(doctor, media_root, PictureKind.PNG)
    assert change(admin, doctor, "").status_code == 302
    assert check_image(doctor, media_root, PictureKind.PNG) == before
    assert len(list((media_root / "doctors").iterdir())) == 1


def test_the_admin_form_takes_a_picture_away(admin: Client, media_root: Path) -> None:
    doctor = make_doctor()
    change(admin, doctor, SimpleUploadedFile("x.png", portrait()))
    form = {"specialization": "ENT", "hospital": "St Anne", "address": "1 Hill Street"}
    form |= {"user": str(doctor.user_id), "image-clear": "on"}
    admin.post(f"/admin/accounts/doctor/{doctor.pk}/change/", form)
    doctor.refresh_from_db()
    assert not doctor.image
    assert Client().get(f"/api/doctors/{doctor.pk}/image/").status_code == 404


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        portrait()[:-200],
        portrait(kind="JPEG")[:300],
        portrait(kind="GIF"),
        portrait() + b"x" * 10 * 2**20,
    ],
    ids=["nothing", "svg", "png cut off", "jpeg cut off", "gif", "more than 10 MiB"],
)
def test_a_bad_picture_is_an_error_in_the_admin_form(
    admin: Client, media_root: Path, content: bytes
) -> None:
    doctor = make_doctor()
    answer = change(admin, doctor, SimpleUploadedFile("x.png", content, "image/png"))
    assert answer.status_code == 200
    assert list(answer.context["adminform"].form.errors) == ["image"]
    assert not media_root.exists()


def test_a_text_is_no_picture_in_the_admin_form(admin: Client) -> None:
    doctor = make_doctor()
    assert change(admin, doctor, "x.png").status_code in {200, 302}
    doctor.refresh_from_db()
    assert not doctor.image


def test_a_picture_that_comes_past_the_forms_is_cleaned(media_root: Path) -> None:
    for doctor, content in ((make_doctor(), portrait()), (make_doctor(), portrait((2000, 10)))):
        doctor.image.save("x.svg", ContentFile(content))
        check_image(doctor, media_root, PictureKind.PNG)
        doctor.image = ContentFile(content, name="x.exe")
        doctor.save()
        check_image(doctor, media_root, PictureKind.PNG)


@pytest.mark.django_db(transaction=True)
def test_a_picture_that_cannot_be_deleted_does_not_keep_the_new_one_away(media_root: Path) -> None:
    doctor = make_doctor()
    doctor.image.save("x.png", ContentFile(portrait()))
    before = media_root / str(doctor.image.name)
    before.unlink()
    (before / "in the way").mkdir(parents=True)
    doctor.image = ContentFile(portrait(), name="y.png")
    doctor.save()
    doctor.refresh_from_db()
    assert media_root / str(doctor.image.name) != before


def test_a_bad_picture_that_comes_past_the_forms_is_refused(media_root: Path) -> None:
    doctor = make_doctor()
    doctor.image = ContentFile(b"<svg/>", name="x.png")
    with pytest.raises(ValidationError, match="PNG or JPEG"):
        doctor.save()
    assert not media_root.exists()


class _WithPicture(StrictSerializer):
    image = PictureUpload(required=False)


def test_a_picture_in_a_request_is_cleaned_once(
    media_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = _WithPicture.read({"image": SimpleUploadedFile("x.html", portrait(kind="JPEG"))})
    assert isinstance(given["image"], PictureFile)
    monkeypatch.setattr(pictures, "clean_picture", None)
    doctor = make_doctor(**given)
    check_image(doctor, media_root, PictureKind.JPEG)
    assert _WithPicture.read({}) == {}


@pytest.mark.parametrize("given", ["x.png", None, 1, {}, b"x"])
def test_what_is_no_file_is_no_picture(given: Any) -> None:
    with pytest.raises(serializers.ValidationError) as refused:
        _WithPicture.read({"image": given})
    assert list(refused.value.get_full_details()) == ["image"]


def test_a_bad_picture_in_a_request_is_named() -> None:
    with pytest.raises(serializers.ValidationError) as refused:
        _WithPicture.read({"image": SimpleUploadedFile("x.png", b"<svg/>")})
    assert refused.value.detail == {"image": [UNREADABLE]}
    with pytest.raises(TooLarge) as too_large:
        _WithPicture.read({"image": SimpleUploadedFile("x.png", b"x" * (10 * 2**20 + 1))})
    assert too_large.value.detail == {"image": ["Upload a file of at most 10 MB."]}


@pytest.mark.parametrize("content", [b"<script>alert(1)</script>", b""])
def test_what_somebody_put_in_its_place_is_not_served(media_root: Path, content: bytes) -> None:
    doctor = make_doctor()
    doctor.image.save("x", ContentFile(portrait()))
    Path(doctor.image.path).write_bytes(content)
    assert Client().get(f"/api/doctors/{doctor.pk}/image/").status_code == 404


def test_a_jpeg_of_many_scans_is_refused_before_it_is_decoded() -> None:
    """Each scan goes over all the pixels again: ten megabytes of them would take an hour."""
    file = BytesIO()
    Image.new("L", (16, 16)).save(file, "JPEG", progressive=True)
    jpeg = file.getvalue()
    start = jpeg.rindex(b"\xff\xda")
    scan, end = jpeg[start:-2], jpeg[-2:]
    assert clean_picture(BytesIO(jpeg)).content
    with pytest.raises(ValidationError) as refused:
        clean_picture(BytesIO(jpeg[:start] + scan * (MAX_SCANS + 1) + end))
    assert refused.value.code == "too_many_scans"
    segments = b"\xff\xfe\x00\x02" * 10_000
    with pytest.raises(ValidationError) as refused:
        clean_picture(BytesIO(jpeg[:2] + segments + jpeg[2:]))
    assert refused.value.code == "too_many_scans"


def test_nobody_waits_for_the_pictures_of_others_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures.PicturesBusy, "SECONDS", 0.01)
    file = BytesIO()
    Image.new("L", (4, 4)).save(file, "PNG")
    with pictures._one_at_a_time:
        with pytest.raises(pictures.PicturesBusy):
            clean_picture(file)
        with pytest.raises(ValidationError, match="moment"):  # a form says it as any other error
            pictures.PictureFormField().clean(SimpleUploadedFile("a.png", file.getvalue()))
    response = handle(pictures.PicturesBusy(), {})
    assert (response.status_code, response["Retry-After"]) == (503, "5")
    assert clean_picture(file).content
