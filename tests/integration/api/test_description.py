"""The description of the API is all that a program needs, and it is true."""

import io
import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from medicare_django.accounts.models import UserProfile
from medicare_django.api.docs import description
from medicare_django.api.examples import examples
from medicare_django.notifications import delivery
from tests.integration.described_api import DescribedApi
from tests.integration.factories import PASSWORD, make_admin
from tests.integration.sample_files import PDF

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
NOW = datetime(2031, 6, 2, 6, tzinfo=UTC)  # a Monday, the first day of the hours in the examples
WITHOUT_EXAMPLE = {"read_doctor_image", "read_report_file"}  # they answer with files


@pytest.fixture
def api() -> DescribedApi:
    description.cache_clear()  # its examples are of the week in which it was made
    return DescribedApi.read()


def mailed(pattern: str) -> str:
    """What the newest mail has of this pattern."""
    delivery.work_queue()
    found = re.search(pattern, str(mail.outbox[-1].body))
    assert found, mail.outbox[-1].body
    return found[0]


def picture() -> SimpleUploadedFile:
    file = io.BytesIO()
    Image.new("RGB", (40, 40), "teal").save(file, "PNG")
    return SimpleUploadedFile("ada.png", file.getvalue(), "image/png")


def test_a_program_that_reads_nothing_but_the_description_does_every_operation(
    api: DescribedApi, clock: time_machine.Traveller
) -> None:
    admin = log_in(api, make_admin())
    doctor = make_the_doctor(api, admin)
    patient, refresh = make_the_patient(api)
    book_and_move(api, doctor, patient)
    keep_the_schedule(api, doctor, admin)
    keep_reports(api, doctor, patient)
    change_the_account(api, patient, refresh)
    assert api.done == set(api.operations)


def log_in(api: DescribedApi, user: UserProfile) -> str:
    login = api.call("login", {"email": user.email, "password": PASSWORD})
    access: str = login["access"]
    return access


def make_the_doctor(api: DescribedApi, admin: str) -> str:
    """Return the access token of the doctor of the examples, who took up the invitation."""
    made = api.call("create_doctor", {"image": picture()}, token=admin, form=True)
    token = mailed(r"(?<=/set-password/)[^/\s]+")
    api.call("reset_password", {"token": token})
    email = api.operations["create_doctor"].example("application/json")["email"]
    password = api.operations["reset_password"].example("application/json")["password"]
    doctor = api.call("token", {"email": email, "password": password})["access"]
    api.call("add_hours", token=doctor)
    [listed] = api.call("list_doctors")["results"]
    assert listed["id"] == made["id"]
    assert api.call("read_doctor", doctor=made["id"]) == listed
    assert api.call("read_doctor_image", doctor=made["id"]).startswith(b"\x89PNG")
    return str(doctor)


def make_the_patient(api: DescribedApi) -> tuple[str, str]:
    registered = api.call("register")
    api.call("resend_otp", {"email": registered["email"]})
    api.call("verify_email", {"otp": mailed(r"\b[0-9]{6}\b")})
    given = api.operations["register"].example("application/json")
    login = api.call("login", {name: given[name] for name in ("email", "password")})
    pair = api.call("refresh", {"refresh": login["refresh"]})
    assert api.call("read_profile", token=pair["access"])["email"] == registered["email"]
    return pair["access"], pair["refresh"]


def book_and_move(api: DescribedApi, doctor: str, patient: str) -> None:
    [seen] = api.call("list_doctors")["results"]
    wanted = api.operations["book_appointment"].example("application/json")
    day = {"date": wanted["date"]}
    assert api.call("list_hours_of_day", doctor=seen["id"], query=day)["rules"]
    free = api.call("list_free_times", doctor=seen["id"], query=day)
    assert wanted["time"] in free["available_slots"]
    booked = api.call("book_appointment", {"doctor": seen["id"]}, token=patient)
    moved = api.call("reschedule_appointment", token=patient, appointment=booked["id"])
    [listed] = api.call("list_appointments", token=patient)["results"]
    assert listed == moved
    [told] = api.call("list_appointments", token=doctor, query={"when": "upcoming"})["results"]
    assert told["stranded"] is False


def keep_the_schedule(api: DescribedApi, doctor: str, admin: str) -> None:
    [rule] = api.call("list_hours", token=doctor)["results"]
    assert api.call("read_hours", token=doctor, rule=rule["id"]) == rule
    tried = api.call("delete_hours", token=doctor, rule=rule["id"], query={"dry_run": "true"})
    assert len(tried["stranded"]) == 1
    assert api.call("change_hours", token=doctor, rule=rule["id"])["stranded"] == []
    assert api.call("replace_hours", token=doctor, rule=rule["id"])["id"] == rule["id"]
    absence = api.call("add_time_off", token=doctor)
    assert api.call("list_time_off", token=doctor)["count"] == 1
    api.call("add_time_off", token=doctor, query={"dry_run": "true"})
    api.call("delete_time_off", token=doctor, absence=absence["id"])
    closure = api.call("add_closure", token=admin)
    assert api.call("list_closures", token=admin)["count"] == 1
    api.call("delete_closure", token=admin, absence=closure["id"])


def keep_reports(api: DescribedApi, doctor: str, patient: str) -> None:
    file = SimpleUploadedFile("count.pdf", PDF, "application/pdf")
    report = api.call("upload_report", {"file": file}, token=patient, form=True)
    query = {"patient": str(report["patient"])}
    assert api.call("list_reports", token=doctor, query=query)["results"] == [report]
    assert api.call("read_report_file", token=doctor, report=report["id"]) == PDF
    [booked] = api.call("list_appointments", token=doctor)["results"]
    cancelled = api.call("cancel_appointment", token=doctor, appointment=booked["id"])
    assert cancelled["status"] == "cancelled"


def change_the_account(api: DescribedApi, patient: str, refresh: str) -> None:
    assert api.call("change_profile", token=patient)["place"] == "Hamburg"
    api.call("change_password", token=patient)
    api.call("request_password_reset")
    api.call("logout", {"refresh": refresh})


def test_every_operation_has_an_example_that_keeps_to_its_schema(api: DescribedApi) -> None:
    assert len(api.operations) > 35
    for name in api.operations:
        assert api.check_examples(name) or name in WITHOUT_EXAMPLE, name


@pytest.mark.parametrize("day", [date(2031, 6, 2) + timedelta(n) for n in range(8)])
def test_the_examples_are_of_the_next_wednesday(day: date) -> None:
    asked = examples(day)["book_appointment"]["takes"]["date"]
    assert 1 <= (date.fromisoformat(asked) - day).days <= 7
    assert date.fromisoformat(asked).weekday() == 2
    assert examples(day)["add_hours"]["takes"]["start_date"] < asked


def test_the_description_is_made_without_a_complaint(capsys: pytest.CaptureFixture[str]) -> None:
    description.cache_clear()
    description()
    assert capsys.readouterr().err == ""


def test_every_failure_that_is_described_has_the_envelope(api: DescribedApi) -> None:
    for name, operation in api.operations.items():
        for status, part in operation.says["responses"].items():
            if int(status) >= 400:
                [(media_type, content)] = part["content"].items()
                shape = content["schema"]["$ref"].rpartition("/")[2]
                assert (media_type, shape in {"Failure", "Refusal"}) == (
                    "application/json",
                    True,
                ), name


def test_a_booking_that_is_asked_for_again_is_described_with_its_headers(
    api: DescribedApi,
) -> None:
    says = api.operations["book_appointment"].says
    assert [each["name"] for each in says["parameters"]] == ["Idempotency-Key"]
    assert [*says["responses"]["201"]["headers"]] == ["Idempotent-Replayed"]
    assert "422" in says["responses"]


def test_the_page_of_the_description_needs_no_other_host(client: Client) -> None:
    page = client.get("/api/docs/")
    assert page.status_code == 200
    text = page.content.decode()
    found = re.findall(r"(?:src|href)=\"([^\"]+)\"", text)
    assert len(found) >= 4
    for address in found:
        assert address.startswith("/"), address
        answer = client.get(address)
        assert answer.status_code == 200, address
        answer.close()
    assert not re.search(r"<script(?![^>]*src=)|<style| style=", text)
    assert page["Content-Security-Policy"].startswith("default-src 'none'")


@pytest.mark.parametrize("path", ["schema", "docs"])
def test_a_wrong_method_is_refused_in_the_envelope(client: Client, path: str) -> None:
    answer: Any = client.post(f"/api/{path}/")
    assert (answer.status_code, answer.json()["status_code"]) == (405, 405)
