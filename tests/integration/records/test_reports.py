"""Who may upload, list and download medical reports, and what is written down about it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from medicare_django.accounts.models import Doctor, UserProfile
from medicare_django.records import reports
from medicare_django.records.file_content import file_content
from medicare_django.records.models import Report, ReportAccess
from medicare_django.scheduling.models import Appointment
from tests.integration.factories import (
    browser_of,
    client_of,
    make_admin,
    make_doctor,
    make_patient,
    make_report,
    upload_report,
)
from tests.integration.sample_files import PDF

pytestmark = pytest.mark.django_db
NOW = datetime(2031, 3, 24, 8, tzinfo=UTC)
DAY = timedelta(days=1)
NOBODYS = "00000000-0000-4000-8000-000000000000"


def make_visit(
    doctor: Doctor, patient: UserProfile, ends_at: datetime, status: str = "booked"
) -> Appointment:
    starts_at = ends_at - timedelta(minutes=30)
    return Appointment.objects.create(
        doctor=doctor,
        patient=patient,
        date=starts_at.date(),
        time=starts_at.time(),
        timezone="UTC",
        starts_at=starts_at,
        ends_at=ends_at,
        status=status,
    )


def statuses(reader: UserProfile, report: Report) -> tuple[int, int]:
    """Of the list of the patient's reports and of the file."""
    client = client_of(reader)
    listed = client.get(f"/api/reports/?patient={report.patient_id}")
    return listed.status_code, client.get(f"/api/reports/{report.pk}/file/").status_code


@pytest.fixture
def patient() -> UserProfile:
    return make_patient()


@pytest.fixture
def report(patient: UserProfile) -> Report:
    return make_report(patient)


def test_an_uploaded_report_is_shown_listed_and_given_back(patient: UserProfile) -> None:
    client = client_of(patient)
    with time_machine.travel(NOW, tick=False):
        client = client_of(patient)
        answer = upload_report(client, notes="Before breakfast\r\nTwice")
        listed = client.get("/api/reports/")
    assert answer.status_code == 201
    data = answer.json()["data"]
    assert data == {
        "id": data["id"],
        "patient": patient.pk,
        "report": "Blood count",
        "report_type": "BLOOD",
        "notes": "Before breakfast\nTwice",
        "file_name": "count.pdf",
        "content_type": "application/pdf",
        "size": len(PDF),
        "uploaded_at": "2031-03-24T08:00:00Z",
    }
    assert listed.json()["data"] == {
        "count": 1,
        "next": None,
        "previous": None,
        "results": [data],
    }
    row = Report.objects.get()
    assert (str(row.pk), row.sha256) == (data["id"], sha256(PDF).hexdigest())


def test_the_file_comes_as_an_attachment_that_no_browser_runs(
    patient: UserProfile, report: Report
) -> None:
    answer: Any = client_of(patient).get(f"/api/reports/{report.pk}/file/")
    assert b"".join(answer.streaming_content) == PDF
    expected = {
        "Content-Type": "application/pdf",
        "Content-Length": str(len(PDF)),
        "Content-Disposition": 'attachment; filename="count.pdf"',
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cache-Control": "private, no-store",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
    assert expected.items() <= dict(answer.headers).items()


def test_the_head_of_a_file_can_be_asked_for(patient: UserProfile, report: Report) -> None:
    answer = client_of(patient).head(f"/api/reports/{report.pk}/file/")
    assert (answer.status_code, answer.headers["Content-Length"]) == (200, str(len(PDF)))
    assert ReportAccess.objects.get().action == "download"


def test_only_verified_patients_upload() -> None:
    nobody, unverified = APIClient(), client_of(make_patient(is_email_verified=False))
    assert upload_report(nobody).status_code == 401
    assert upload_report(unverified).status_code == 403
    assert upload_report(unverified).json()["code"] == "email_not_verified"
    assert upload_report(client_of(make_doctor().user)).status_code == 403
    assert upload_report(client_of(make_admin())).status_code == 403
    assert not Report.objects.exists()


def test_nobody_reads_without_a_login(report: Report) -> None:
    for path in ("", f"{report.pk}/file/"):
        assert APIClient().get(f"/api/reports/{path}").status_code == 401


def test_admins_read_no_report_whether_it_is_there_or_not(report: Report) -> None:
    client = client_of(make_admin())
    for path in ("", f"?patient={report.patient_id}", f"{report.pk}/file/", f"{NOBODYS}/file/"):
        assert client.get(f"/api/reports/{path}").status_code == 403
    assert not ReportAccess.objects.exists()


def test_an_admin_who_is_a_doctor_too_reads_none(patient: UserProfile, report: Report) -> None:
    doctor = make_doctor()
    make_visit(doctor, patient, report.uploaded_at + DAY)
    UserProfile.objects.filter(pk=doctor.user_id).update(is_staff=True)
    doctor.user.refresh_from_db()
    assert statuses(doctor.user, report) == (403, 403)


def test_patients_see_their_own_whomever_they_ask_for(report: Report) -> None:
    other = make_patient()
    client = client_of(other)
    for query in (f"?patient={report.patient_id}", "?patient=987654", ""):
        answer = client.get(f"/api/reports/{query}")
        assert (answer.status_code, answer.json()["data"]["count"]) == (200, 0)
    assert client.get(f"/api/reports/{report.pk}/file/").status_code == 404
    assert {each.patient_id for each in ReportAccess.objects.all()} == {other.pk}


@pytest.mark.parametrize(
    ("since", "status", "expected"),
    [
        (timedelta(days=-30), "booked", 200),
        (timedelta(0), "booked", 200),
        (timedelta(days=365) - timedelta(seconds=1), "booked", 200),
        (timedelta(days=365), "booked", 404),
        (timedelta(days=-30), "cancelled", 404),
        (timedelta(days=1), "cancelled", 404),
    ],
)
def test_doctors_read_until_a_year_after_a_visit(
    patient: UserProfile, report: Report, since: timedelta, status: str, expected: int
) -> None:
    doctor = make_doctor()
    make_visit(doctor, patient, NOW - since, status)
    with time_machine.travel(NOW, tick=False):
        assert statuses(doctor.user, report) == (expected, expected)


def test_a_visit_that_is_cancelled_does_not_spoil_another(
    patient: UserProfile, report: Report
) -> None:
    doctor = make_doctor()
    make_visit(doctor, patient, NOW - 400 * DAY)
    cancelled = make_visit(doctor, patient, NOW, "cancelled")
    with time_machine.travel(NOW, tick=False):
        assert statuses(doctor.user, report) == (404, 404)
        Appointment.objects.filter(pk=cancelled.pk).update(status="booked")
        assert statuses(doctor.user, report) == (200, 200)


def test_doctors_do_not_read_by_the_visits_of_others(patient: UserProfile, report: Report) -> None:
    doctor, colleague = make_doctor(), make_doctor()
    make_visit(colleague, patient, NOW)
    make_visit(doctor, make_patient(), NOW)
    with time_machine.travel(NOW, tick=False):
        assert statuses(doctor.user, report) == (404, 404)


def test_a_doctor_who_is_deactivated_reads_nothing_at_once(
    patient: UserProfile, report: Report
) -> None:
    doctor = make_doctor()
    make_visit(doctor, patient, report.uploaded_at)
    client = client_of(doctor.user)
    assert client.get(f"/api/reports/?patient={patient.pk}").status_code == 200
    doctor.user.is_active = False
    doctor.user.save()
    for path in (f"?patient={patient.pk}", f"{report.pk}/file/"):
        assert client.get(f"/api/reports/{path}").status_code == 401


@pytest.mark.parametrize(
    "query", ["", "?patient=", "?patient=x", "?patient=0", "?patient=1.5", "?patient=1&patient=1"]
)
def test_doctors_have_to_name_one_patient(query: str) -> None:
    answer = client_of(make_doctor().user).get(f"/api/reports/{query}")
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["patient"])


@pytest.mark.parametrize("patient", ["987654", "999999999999999999"])
def test_a_patient_who_is_not_there_is_not_told_from_one_of_others(patient: str) -> None:
    answer = client_of(make_doctor().user).get(f"/api/reports/?patient={patient}")
    assert answer.status_code == 404
    assert answer.json()["errors"] == {"non_field_errors": ["Not found."]}


@pytest.mark.parametrize("accept", ["application/pdf", "image/png", "*/*"])
def test_a_file_is_given_whatever_type_is_asked_for(report: Report, accept: str) -> None:
    answer = client_of(report.patient).get(f"/api/reports/{report.pk}/file/", HTTP_ACCEPT=accept)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")


@pytest.mark.parametrize("path", [f"{NOBODYS}/file/", "1/file/", "x/file/"])
def test_a_report_that_is_not_there_is_404(patient: UserProfile, path: str) -> None:
    assert client_of(patient).get(f"/api/reports/{path}").status_code == 404


def test_who_was_a_patient_before_still_reads_their_own(
    patient: UserProfile, report: Report
) -> None:
    Doctor.objects.create(user=patient, specialization="ENT", hospital="St Anne", address="1 Hill")
    assert statuses(UserProfile.objects.get(pk=patient.pk), report) == (200, 200)


def test_every_reading_is_written_down(patient: UserProfile, report: Report) -> None:
    doctor = make_doctor()
    make_visit(doctor, patient, NOW)
    with time_machine.travel(NOW, tick=False):
        statuses(doctor.user, report)
        statuses(make_doctor().user, report)
    rows = ReportAccess.objects.values_list("reader", "action", "patient", "report", "accessed_at")
    assert list(rows) == [
        (doctor.user_id, "list", patient.pk, None, NOW),
        (doctor.user_id, "download", patient.pk, report.pk, NOW),
    ]


def test_what_cannot_be_written_down_is_not_given_out(
    patient: UserProfile, report: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise DatabaseError("the disk is full")

    client = client_of(patient)
    client.raise_request_exception = False
    monkeypatch.setattr(ReportAccess, "save", refuse)
    for path in ("", f"{report.pk}/file/"):
        answer = client.get(f"/api/reports/{path}")
        assert answer.status_code == 500
        assert "Blood count" not in answer.content.decode()
        assert "data" not in answer.json()


def test_what_was_written_down_stays(patient: UserProfile, report: Report) -> None:
    client_of(patient).get("/api/reports/")
    row = ReportAccess.objects.get()
    with pytest.raises(TypeError):
        row.delete()
    with pytest.raises(TypeError):
        ReportAccess.objects.all().delete()
    with pytest.raises(TypeError):
        ReportAccess.objects.update(action="download")
    assert ReportAccess.objects.get().action == "list"


def test_no_answer_shows_what_belongs_to_somebody_else() -> None:
    doctor, theirs, others = make_doctor(), make_patient(), make_patient()
    canaries = []
    for owner, canary in ((theirs, "canary-one"), (others, "canary-two")):
        file = SimpleUploadedFile(f"{canary}-file.pdf", PDF)
        row = make_report(owner, report=f"{canary}-title", notes=f"{canary}-notes", file=file)
        canaries.append([canary, str(row.pk)])
    make_visit(doctor, theirs, NOW)
    with time_machine.travel(NOW, tick=False):
        asked = ((theirs, ""), (others, ""), (doctor.user, f"?patient={theirs.pk}"))
        pages = {
            reader: client_of(reader).get(f"/api/reports/{query}").content.decode()
            for reader, query in asked
        }
    for reader, own, foreign in ((theirs, 0, 1), (others, 1, 0), (doctor.user, 0, 1)):
        assert all(word in pages[reader] for word in canaries[own])
        assert not any(word in pages[reader] for word in canaries[foreign])


def test_a_page_costs_the_same_however_many_there_are(
    patient: UserProfile, report: Report
) -> None:
    doctor = make_doctor()
    make_visit(doctor, patient, report.uploaded_at)
    costs = []
    for number in (1, 100):
        Report.objects.bulk_create(
            Report(
                patient=patient,
                report=f"Report {n}",
                report_type="OTHER",
                file=f"reports/{n}",
                file_name="a.pdf",
                content_type="application/pdf",
                size=1,
                sha256="",
                uploaded_at=NOW,
            )
            for n in range(number - Report.objects.count())
        )
        for reader in (patient, doctor.user):
            client = client_of(reader)
            with CaptureQueriesContext(connection) as queries:
                answer = client.get(f"/api/reports/?patient={patient.pk}&page_size=100")
            assert len(answer.json()["data"]["results"]) == number
            costs.append(len(queries))
    assert costs[:2] == costs[2:]
    assert max(costs) <= 8


def test_the_newest_report_comes_first(patient: UserProfile) -> None:
    for days in (2, 0, 1):
        with time_machine.travel(NOW - days * DAY):
            make_report(patient, report=f"{days} days ago")
    with time_machine.travel(NOW):
        results = client_of(patient).get("/api/reports/").json()["data"]["results"]
    assert [each["report"][0] for each in results] == ["0", "1", "2"]


def test_twenty_reports_are_uploaded_in_24_hours_and_no_more(patient: UserProfile) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        for _ in range(reports.MAX_PER_DAY):
            make_report(patient)
            clock.shift(60)
        client = client_of(patient)
        refused = upload_report(client)
        assert refused.status_code == 429
        assert refused.headers["Retry-After"] == str(24 * 3600 - 20 * 60)
        assert upload_report(client_of(make_patient())).status_code == 201
        clock.shift(int(refused.headers["Retry-After"]))
        assert upload_report(client_of(patient)).status_code == 201
        assert upload_report(client_of(patient)).status_code == 429


@pytest.mark.django_db(transaction=True)
def test_of_30_reports_at_once_20_are_kept(media_root: Path) -> None:
    patient, barrier = make_patient(), Barrier(30)
    given = {"report": "X", "report_type": "OTHER", "notes": ""}

    def store(_: int) -> bool:
        barrier.wait(timeout=60)
        try:
            reports.store_report(patient, given, "x.pdf", file_content(PDF), timezone.now())
        except reports.TooManyReports:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(30) as pool:
        assert sum(pool.map(store, range(30))) == reports.MAX_PER_DAY
    assert Report.objects.count() == reports.MAX_PER_DAY
    assert len(list((media_root / "reports").iterdir())) == reports.MAX_PER_DAY


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("report", None),
        ("report", ""),
        ("report", "r" * 151),
        ("report", "two\nlines"),
        ("report", "turned \u202e round"),
        ("report_type", None),
        ("report_type", "blood"),
        ("report_type", "TAROT"),
        ("notes", "n" * 2001),
        ("notes", "a bell \x07"),
        ("notes", "a tab\tstop"),
        ("notes", "turned \u202e round"),
        ("notes", "\u200b"),
        ("file", None),
        ("file", "a text"),
        ("patient", "1"),
        ("id", NOBODYS),
    ],
)
def test_what_is_wrong_in_an_upload_is_named(
    patient: UserProfile, media_root: Path, field: str, value: Any
) -> None:
    answer = upload_report(client_of(patient), **{field: value})
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [field])
    assert not media_root.exists()


@pytest.mark.parametrize("notes", [None, "", "n" * 2000, "Ж, 李 and 🙂\n\nnext"])
def test_notes_are_free_text(patient: UserProfile, notes: str | None) -> None:
    assert make_report(patient, notes=notes).notes == (notes or "")


@pytest.mark.parametrize("content_type", ["application/json", "application/x-www-form-urlencoded"])
def test_only_multipart_is_read(patient: UserProfile, content_type: str) -> None:
    answer = client_of(patient).generic("POST", "/api/reports/upload/", "{}", content_type)
    assert (answer.status_code, answer.json()["status_code"]) == (415, 415)


@pytest.mark.parametrize("damage", ["missing", "changed"])
def test_a_file_that_is_not_the_one_stored_is_not_given_out(
    patient: UserProfile, report: Report, caplog: pytest.LogCaptureFixture, damage: str
) -> None:
    stored = Path(report.file.path)
    if damage == "missing":
        stored.unlink()
    else:
        stored.write_bytes(PDF.replace(b"Catalog", b"Catalox"))
    answer = client_of(patient).get(f"/api/reports/{report.pk}/file/")
    assert (answer.status_code, answer.json()["status"]) == (503, "Service Unavailable")
    [record] = [each for each in caplog.records if each.name.startswith("medicare_django.records")]
    assert (record.levelname, str(report.pk) in record.getMessage()) == ("ERROR", True)
    assert report.file_name not in record.getMessage()


def test_a_row_that_fails_leaves_no_file(
    patient: UserProfile, media_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        assert len(list((media_root / "reports").iterdir())) == 1
        raise DatabaseError("the disk is full")

    client = client_of(patient)
    client.raise_request_exception = False
    monkeypatch.setattr(Report, "save", refuse)
    assert upload_report(client).status_code == 500
    assert list((media_root / "reports").iterdir()) == []


def test_a_folder_that_cannot_be_written_to_is_503(patient: UserProfile, media_root: Path) -> None:
    media_root.mkdir()
    (media_root / "reports").write_text("in the way")
    assert upload_report(client_of(patient)).status_code == 503
    assert not Report.objects.exists()


def test_reports_are_not_in_the_admin_portal(report: Report) -> None:
    client = browser_of(make_admin())
    assert client.get("/admin/records/report/").status_code == 404
    assert "Report" not in client.get("/admin/").content.decode()


def test_a_file_is_read_only_once_all_the_rest_is_good() -> None:
    file = SimpleUploadedFile("x.pdf", b"no PDF at all", "application/pdf")
    answer = upload_report(client_of(make_patient()), report_type="NOPE", file=file)
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["report_type"])


def test_a_page_beyond_the_end_is_written_down_as_well(report: Report) -> None:
    before = ReportAccess.objects.count()
    client = client_of(report.patient)
    assert client.get("/api/reports/?page=9").status_code == 404
    assert ReportAccess.objects.count() == before + 1
