"""The pages on which patients keep their reports."""

import re
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings as site
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image
from pytest_django import Settings

from medicare_django.accounts import pictures
from medicare_django.accounts.models import UserProfile
from medicare_django.records import reports
from medicare_django.records.models import Report, ReportAccess
from tests.integration.factories import (
    browser_of,
    client_of,
    make_admin,
    make_appointment,
    make_doctor,
    make_patient,
    make_report,
    make_user,
    upload_report,
)
from tests.integration.sample_files import PDF
from tests.integration.web_pages import error_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
NOW = datetime(2031, 6, 2, 7, tzinfo=UTC)
LIST, UPLOAD = "/reports/", "/reports/upload/"
TEXTS = {"report": "Blood count", "report_type": "BLOOD", "notes": "Before breakfast\r\nTwice"}


def file(content: bytes = PDF, name: str = "count.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, "application/pdf")


def upload(browser: Client, **given: Any) -> Any:
    form = {**TEXTS, "file": file(), **given}
    return browser.post(UPLOAD, {name: value for name, value in form.items() if value is not None})


def picture(kind: str) -> bytes:
    buffer = BytesIO()
    Image.new("RGB", (4, 4)).save(buffer, kind)
    return buffer.getvalue()


@pytest.fixture
def patient() -> UserProfile:
    return make_patient()


@pytest.fixture
def browser(patient: UserProfile) -> Client:
    return browser_of(patient)


def test_an_uploaded_report_is_listed_and_given_back(browser: Client) -> None:
    assert "You have uploaded no reports yet" in browser.get(LIST).content.decode()
    sent = upload(browser)
    assert (sent.status_code, sent["Location"]) == (302, LIST)
    report = Report.objects.get()
    assert report.notes == "Before breakfast\nTwice"
    page = browser.get(LIST).content.decode()
    for part in ("Blood count", "is uploaded", "Blood test", "Monday 2 June", "count.pdf", "PDF"):
        assert part in page
    assert f"{len(PDF)}\u00a0bytes" in page
    assert "Before breakfast<br>Twice" in page
    got = browser.get(f"/reports/{report.pk}/file/")
    assert b"".join(got) == PDF
    assert got["Content-Disposition"] == 'attachment; filename="count.pdf"'


def test_a_download_is_as_strict_as_that_of_the_api(browser: Client, patient: UserProfile) -> None:
    report = make_report(patient)
    page = browser.get(f"/reports/{report.pk}/file/")
    api = client_of(patient).get(f"/api/reports/{report.pk}/file/")
    for name in (
        "Content-Type",
        "Content-Security-Policy",
        "X-Content-Type-Options",
        "Cache-Control",
        "Cross-Origin-Resource-Policy",
        "Content-Disposition",
    ):
        assert page[name] == api[name]
    assert (page["Content-Security-Policy"], page["Cache-Control"]) == (
        "default-src 'none'; sandbox",
        "private, no-store",
    )


@pytest.mark.parametrize(
    ("kind", "name", "words"),
    [("PNG", "chest.png", "PNG picture"), ("JPEG", "chest.jpeg", "JPEG picture")],
)
def test_pictures_are_reports_too(browser: Client, kind: str, name: str, words: str) -> None:
    assert upload(browser, file=file(picture(kind), name)).status_code == 302
    page = browser.get(LIST).content.decode()
    assert (name in page, words in page) == (True, True)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("report", ""),
        ("report", "x" * 151),
        ("report", "\u202e"),
        ("report_type", ""),
        ("report_type", "SOUP"),
        ("notes", "x" * 2001),
        ("file", None),
        ("file", file(b"")),
        ("file", file(b"<html>")),
        ("file", file(PDF[:-9])),
        ("file", file(PDF + b"/JavaScript (x)")),
        ("file", [file(), file()]),
        ("file", "text"),
    ],
)
def test_what_is_wrong_is_told_beside_its_field_and_the_rest_is_kept(
    browser: Client, field: str, value: Any
) -> None:
    page = upload(browser, **{field: value})
    assert (page.status_code, bool(error_of(page, field))) == (200, True)
    content = page.content.decode()
    kept = {"report": 'value="Blood count"', "notes": "Before breakfast\r\nTwice</textarea>"}
    assert all(text in content for name, text in kept.items() if name != field)
    assert field == "report_type" or re.search(r'value="BLOOD"\s+selected', content)
    if field != "file":
        assert "Choose the file again" in error_of(page, "file")
    assert not Report.objects.exists()


def test_a_file_that_is_too_large_is_told_by_its_size(browser: Client) -> None:
    large = file(PDF + b" " * (site.MAX_UPLOAD_BYTES - len(PDF) + 1))
    assert "at most 10 MB" in error_of(upload(browser, file=large), "file")
    just = b"%PDF-" + b" " * (site.MAX_UPLOAD_BYTES - 10) + b"%%EOF"
    assert upload(browser, file=file(just)).status_code == 302


def test_a_proved_address_is_needed() -> None:
    user = make_user()
    browser = browser_of(user)
    for page in (browser.get(UPLOAD), upload(browser)):
        content = page.content.decode()
        assert page.status_code == 403
        assert 'href="/verify-email/?next=%2Freports%2Fupload%2F"' in content
        assert "<textarea" not in content
    assert UPLOAD not in browser.get(LIST).content.decode()
    assert not Report.objects.exists()


def test_too_many_a_day_are_told_with_the_time_to_wait(
    browser: Client, patient: UserProfile
) -> None:
    for _ in range(reports.MAX_PER_DAY - 1):
        make_report(patient)
    assert upload(browser).status_code == 302
    page = upload(browser)
    assert (page.status_code, page["Retry-After"]) == (429, str(24 * 60 * 60))
    assert "at most 20 reports in 24 hours. You can go on in 24 hours." in page.content.decode()
    assert 'value="Blood count"' in page.content.decode()
    assert Report.objects.count() == reports.MAX_PER_DAY
    unread = upload(browser, file=file(b"<html>"))
    assert (unread.status_code, "Choose the file again" in error_of(unread, "file")) == (429, True)


def test_pages_and_the_api_are_counted_together(
    browser: Client, patient: UserProfile, settings: Settings
) -> None:
    rates = dict.fromkeys(("login", "registration", "codes", "uploads", "anonymous"), "1/hour")
    client = client_of(patient)
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "DEFAULT_THROTTLE_RATES": rates}
    cache.clear()
    assert upload(browser).status_code == 302
    api, page = upload_report(client), upload(browser)
    cache.clear()
    assert (api.status_code, page.status_code) == (429, 429)
    assert page["Retry-After"] == api["Retry-After"]
    assert "Too many requests" in page.content.decode()
    assert Report.objects.count() == 1


def test_pictures_that_wait_for_others_are_to_be_sent_again(
    browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pictures.PicturesBusy, "SECONDS", 0.01)
    with pictures._one_at_a_time:
        page = upload(browser, file=file(picture("PNG"), "chest.png"))
    assert (page.status_code, page["Retry-After"]) == (503, "5")
    assert pictures.BUSY in page.content.decode()


def test_a_folder_that_cannot_be_written_to_is_told(browser: Client, media_root: Path) -> None:
    media_root.mkdir()
    (media_root / "reports").write_text("in the way")
    page = upload(browser)
    assert (page.status_code, "cannot be stored" in page.content.decode()) == (503, True)


def test_a_body_that_is_no_form_is_no_error_of_ours(browser: Client) -> None:
    kinds = ["multipart/form-data", "multipart/form-data; boundary=x", "text/plain"]
    for kind in kinds:
        answer = browser.post(UPLOAD, b"--y\r\nnonsense", content_type=kind)
        assert answer.status_code in {200, 400}
    assert not Report.objects.exists()


def test_a_name_that_misleads_does_no_harm(browser: Client) -> None:
    name = "../../<script>.pdf"
    assert upload(browser, file=file(name=name), report="<script>x</script>").status_code == 302
    page = browser.get(LIST).content.decode()
    assert "<script>x" not in page
    assert "&lt;script&gt;x" in page


def test_a_list_reads_as_much_however_long_it_is(
    browser: Client, patient: UserProfile, django_assert_num_queries: Any
) -> None:
    make_report(patient)
    browser.get(LIST)
    with django_assert_num_queries(10):
        browser.get(LIST)
    for _ in range(9):
        make_report(patient, report="Another one")
    with django_assert_num_queries(10):
        page = browser.get(LIST)
    assert page.content.decode().count("Another one") > 9


def test_a_long_list_has_pages(browser: Client, patient: UserProfile) -> None:
    row = make_report(patient)
    copies = [
        Report(
            patient=patient,
            report=f"Report {number:02}",
            report_type="CT",
            file=f"reports/{number}",
            file_name="x.pdf",
            content_type="application/pdf",
            size=1,
            sha256=row.sha256,
            uploaded_at=NOW - timedelta(days=number),
        )
        for number in range(1, 31)
    ]
    Report.objects.bulk_create(copies)
    first, last = (browser.get(f"{LIST}?page={page}").content.decode() for page in ("1", "99"))
    assert ("Report 24" in first, "Report 25" in first, "1-25 of 31" in first) == (
        True,
        False,
        True,
    )
    assert ("Report 30" in last, "26-31 of 31" in last) == (True, True)


def test_it_is_written_down_who_looked(browser: Client, patient: UserProfile) -> None:
    report = make_report(patient)
    browser.get(LIST)
    browser.get(f"/reports/{report.pk}/file/")
    rows = ReportAccess.objects.values_list("reader", "action", "patient", "report")
    assert list(rows) == [
        (patient.pk, "list", patient.pk, None),
        (patient.pk, "download", patient.pk, report.pk),
    ]


def test_everybody_gets_what_is_theirs_and_no_more(patient: UserProfile) -> None:
    report = make_report(patient)
    doctor = make_appointment(patient).doctor
    people = {
        "anonymous": Client(),
        "patient": browser_of(patient),
        "other": browser_of(make_patient()),
        "doctor": browser_of(UserProfile.objects.get(doctor=int(doctor))),
        "other doctor": browser_of(make_doctor().user),
        "admin": browser_of(make_admin()),
    }

    def statuses(path: str) -> list[int]:
        return [browser.get(path).status_code for browser in people.values()]

    assert statuses(LIST) == [302, 200, 200, 403, 403, 403]
    assert statuses(UPLOAD) == [302, 200, 200, 403, 403, 403]
    assert statuses(f"/reports/{report.pk}/file/") == [302, 200, 404, 403, 403, 403]
    assert statuses(f"/doctor/reports/{report.pk}/file/") == [302, 403, 403, 200, 404, 403]
    assert statuses(f"/reports/{uuid4()}/file/") == [302, 404, 404, 403, 403, 403]
    assert people["other"].get(LIST).content.decode().count("Blood count") == 0


def test_a_file_that_is_gone_is_told(
    browser: Client, patient: UserProfile, media_root: Path
) -> None:
    report = make_report(patient)
    (media_root / str(report.file.name)).write_bytes(b"another")
    page = browser.get(f"/reports/{report.pk}/file/")
    assert (page.status_code, "tell the clinic" in page.content.decode()) == (503, True)
