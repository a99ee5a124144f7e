"""Adding a doctor, changing one, and what happens to those who are booked with one who leaves."""

import re
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from PIL import Image

from medicare_django.accounts import pictures
from medicare_django.accounts.models import Doctor, Login
from medicare_django.notifications.models import Kind, Notification, State
from tests.integration.factories import (
    PASSWORD,
    browser_of,
    make_admin,
    make_doctor,
    make_patient,
    make_user,
)
from tests.integration.staff_pages import (
    MORNING,
    answer_with,
    book,
    make_working_doctor,
    names_in,
    status_of,
    text_of,
)

NOW = MORNING
DOCTORS = "/admin/dashboard/doctors/"
ADD = f"{DOCTORS}add/"
GRACE = {
    "name": "Grace Hopper",
    "email": "Grace@hospital.example",
    "phone_number": "+49 30 1234567",
    "specialization": "Cardiology",
    "hospital": "North Hospital",
    "address": "1 Main Road",
}
NEW = {**GRACE, "timezone": "Europe/Berlin", "password": ""}

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("clock")]


@pytest.fixture
def browser() -> Client:
    return browser_of(make_admin())


@pytest.fixture
def ada() -> Doctor:
    return make_working_doctor("Dr Ada", timezone="UTC")


def reread(doctor: Doctor) -> Doctor:
    return Doctor.objects.select_related("user").get(pk=doctor.pk)


def png(size: int = 8) -> SimpleUploadedFile:
    content = BytesIO()
    Image.new("RGB", (size, size), "teal").save(content, "PNG")
    return SimpleUploadedFile("me.png", content.getvalue(), "image/png")


class TestAdding:
    def test_who_gets_no_password_is_invited(self, browser: Client) -> None:
        assert "Without a password we mail the doctor an invitation" in text_of(browser.get(ADD))
        answer = browser.post(ADD, NEW, follow=True)
        doctor = Doctor.objects.get()
        assert answer.redirect_chain == [(f"{DOCTORS}{doctor.pk}/", 302)]
        text = text_of(answer)
        assert "Grace Hopper is added. We have mailed them a link to choose a password." in text
        assert "was invited and has not chosen a password yet" in text
        assert (doctor.user.email, doctor.user.phone_number) == (GRACE["email"], "+49301234567")
        assert (doctor.timezone, doctor.address) == ("Europe/Berlin", "1 Main Road")
        assert doctor.user.is_email_verified
        assert Notification.objects.get().kind == Kind.INVITATION

    def test_who_gets_one_can_log_in_at_once(self, browser: Client) -> None:
        text = text_of(browser.post(ADD, {**NEW, "password": PASSWORD}, follow=True))
        assert "Grace Hopper is added." in text
        assert "invited" not in text
        assert Doctor.objects.get().user.check_password(PASSWORD)
        assert not Notification.objects.exists()

    def test_a_picture_is_kept_cleaned(self, browser: Client) -> None:
        browser.post(ADD, {**NEW, "image": png()})
        doctor = Doctor.objects.get()
        assert doctor.image.url == f"/api/doctors/{doctor.pk}/image/"
        answer = Client().get(doctor.image.url)
        assert b"".join(answer).startswith(b"\x89PNG")

    @pytest.mark.parametrize("field", ["name", "email", "specialization", "hospital", "address"])
    def test_what_is_missing_is_told_beside_it_and_the_rest_is_kept(
        self, browser: Client, field: str
    ) -> None:
        answer = browser.post(ADD, {**NEW, field: ""})
        assert text_of(answer)
        assert list(answer.context["form"].errors) == [field]
        page = answer.content.decode()
        assert f'id="id_{field}_error"' in page
        for name in GRACE.keys() - {field}:
            assert f'value="{GRACE[name]}"' in page
        assert '<option value="Europe/Berlin" selected>' in page

    def test_what_is_wrong_is_summed_up_in_the_order_of_the_page(self, browser: Client) -> None:
        page = browser.post(ADD, {"timezone": "Europe/Berlin"}).content.decode()
        linked = re.findall(r'<li><a href="#(id_\w+)">', page)
        shown = [
            found for found in re.findall(r'<input [^>]*\bid="(\w+)"', page) if found in linked
        ]
        assert linked == shown
        assert len(linked) == 5

    @pytest.mark.parametrize(
        ("field", "value", "sentence"),
        [
            ("email", "ada@example.org", "There is an account with this address already."),
            ("email", "no address", "Enter a valid e-mail address."),
            ("password", "short", "at least 12 characters"),
            ("password", "Grace Hopper 1", "too similar"),
            ("phone_number", "030 1234567", "with its country code"),
            ("timezone", "Mars/Olympus", "Choose one of these time zones."),
            ("name", "Grace\u202eHopper", "cannot be shown"),
            ("specialization", "x" * 101, "at most 100 characters"),
        ],
    )
    def test_the_rules_of_the_api_hold_here(
        self, browser: Client, field: str, value: str, sentence: str
    ) -> None:
        make_user(email="ada@example.org", is_email_verified=True)
        answer = browser.post(ADD, {**NEW, field: value})
        assert sentence in text_of(answer)
        assert field in answer.context["form"].errors
        assert not Doctor.objects.exists()

    def test_what_is_no_picture_is_refused_and_asked_for_again(self, browser: Client) -> None:
        broken = SimpleUploadedFile("me.png", b"\x89PNG\r\n\x1a\nnothing", "image/png")
        text = text_of(browser.post(ADD, {**NEW, "image": broken}))
        assert "Upload a PNG or JPEG picture" in text
        assert "Choose the picture once more" in text

    def test_while_others_pictures_are_read_the_form_says_so(
        self, browser: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(pictures.PicturesBusy, "SECONDS", 0.01)
        with pictures._one_at_a_time:
            answer = browser.post(ADD, {**NEW, "image": png()})
        assert "Other pictures are being read." in text_of(answer)
        assert not Doctor.objects.exists()


class TestOneDoctor:
    def test_the_page_tells_hours_utilisation_and_who_comes(
        self, browser: Client, ada: Doctor
    ) -> None:
        book(ada, "Ben Amor", "09:00")
        text = text_of(browser.get(f"{DOCTORS}{ada.pk}/"))
        assert "Every day 09:00-12:00" in text
        assert "Booked of the next 30 days 1%" in text
        assert "Tue 8 Jan , 09:00 Ben Amor Booked" in text

    def test_one_without_hours_says_who_enters_them(self, browser: Client) -> None:
        idle = make_doctor(name="Dr Idle")
        text = text_of(browser.get(f"{DOCTORS}{idle.pk}/"))
        assert "nobody can book until Dr Idle enters some" in text

    def test_what_is_said_about_one_is_changed(self, browser: Client, ada: Doctor) -> None:
        path = f"{DOCTORS}{ada.pk}/"
        answer = browser.post(path, {**GRACE, "image": png()}, follow=True)
        assert "Your changes are saved." in text_of(answer)
        changed = reread(ada)
        assert (changed.user.name, changed.user.email) == ("Grace Hopper", GRACE["email"])
        assert (changed.hospital, changed.timezone) == ("North Hospital", "UTC")
        assert changed.image
        browser.post(path, {**GRACE, "without_image": "on"})
        assert not reread(ada).image

    def test_a_picture_that_is_replaced_or_removed_is_not_kept(
        self, browser: Client, ada: Doctor, media_root: Path
    ) -> None:
        def kept() -> list[str]:
            return [f"doctors/{file.name}" for file in media_root.glob("doctors/*")]

        path = f"{DOCTORS}{ada.pk}/"
        browser.post(path, {**GRACE, "image": png()})
        browser.post(path, {**GRACE, "image": png(9)})
        assert kept() == [reread(ada).image.name]
        browser.post(path, GRACE)
        assert kept() == [reread(ada).image.name]
        browser.post(path, {**GRACE, "without_image": "on"})
        assert kept() == []

    def test_an_address_of_somebody_else_is_refused(self, browser: Client, ada: Doctor) -> None:
        make_patient(email="ben@example.org")
        answer = browser.post(f"{DOCTORS}{ada.pk}/", {**GRACE, "email": "Ben@example.org"})
        assert "There is an account with this address already." in text_of(answer)
        assert 'value="Grace Hopper"' in answer.content.decode()
        assert reread(ada).user.name == "Dr Ada"

    def test_whoever_has_no_password_can_be_invited_again(
        self, browser: Client, ada: Doctor
    ) -> None:
        invited = Doctor.objects.create(
            user=make_user(password=None, is_email_verified=True), timezone="UTC"
        )
        path = f"{DOCTORS}{invited.pk}/invite/"
        assert "We have mailed the invitation" in text_of(browser.post(path, follow=True))
        assert "is on its way" in text_of(browser.post(path, follow=True))
        assert Notification.objects.filter(kind=Kind.INVITATION).count() == 1
        Notification.objects.update(state=State.SENT, created_at=NOW - timedelta(hours=1))
        assert "We have mailed the invitation" in text_of(browser.post(path, follow=True))
        browser.post(f"{DOCTORS}{ada.pk}/invite/")
        assert not Notification.objects.filter(recipient=ada.user).exists()

    @pytest.mark.parametrize("page", ["", "deactivate/", "activate/", "time-zone/"])
    def test_who_is_not_there_has_no_page(self, browser: Client, page: str) -> None:
        assert browser.get(f"{DOCTORS}{10**17}/{page}").status_code == 404
        assert browser.get(f"{DOCTORS}{10**30}/{page}").status_code == 404


class TestDeactivating:
    def test_whoever_is_booked_is_named_before(self, browser: Client, ada: Doctor) -> None:
        row = book(ada, "Ben Amor", "09:00")
        answer = browser.get(f"{DOCTORS}{ada.pk}/deactivate/")
        text = text_of(answer)
        assert "Deactivate Dr Ada?" in text
        assert "1 booked appointment would be left without their doctor" in text
        assert "Ben Amor , Tue 8 Jan, 09:00" in text
        assert reread(ada).user.is_active
        # Whoever answers a question that nobody was asked is asked.
        asked = browser.post(f"{DOCTORS}{ada.pk}/deactivate/")
        assert "Ben Amor" in text_of(asked)
        assert reread(ada).user.is_active
        assert status_of(row) == "booked"

    def test_the_appointments_can_be_kept(self, browser: Client, ada: Doctor) -> None:
        row, path = book(ada, "Ben Amor", "09:00"), f"{DOCTORS}{ada.pk}/deactivate/"
        asked = answer_with(browser.get(path), "keep")
        answer = browser.post(path, {**asked, "next": f"{DOCTORS}{ada.pk}/"}, follow=True)
        text = text_of(answer)
        assert "Dr Ada is deactivated. 1 appointment stands all the same." in text
        assert "1 appointment still stands" in text
        assert not reread(ada).user.is_active
        assert status_of(row) == "booked"

    def test_or_be_cancelled_with_mails(self, browser: Client, ada: Doctor) -> None:
        row, path = book(ada, "Ben Amor", "09:00"), f"{DOCTORS}{ada.pk}/deactivate/"
        answer = browser.post(path, answer_with(browser.get(path), "cancel"), follow=True)
        assert "1 appointment is cancelled, and the patient gets a mail." in text_of(answer)
        assert status_of(row) == "cancelled"
        assert Notification.objects.filter(kind=Kind.CANCELLED, recipient=row.patient).exists()

    def test_whoever_booked_meanwhile_is_asked_about_first(
        self, browser: Client, ada: Doctor
    ) -> None:
        book(ada, "Ben Amor", "09:00")
        path = f"{DOCTORS}{ada.pk}/deactivate/"
        answer = answer_with(browser.get(path), "cancel")
        late = book(ada, "Cem Ay", "10:00")
        assert "Cem Ay" in text_of(browser.post(path, answer))
        assert status_of(late) == "booked"
        assert reread(ada).user.is_active

    def test_one_who_left_comes_back(self, browser: Client, ada: Doctor) -> None:
        browser_of(ada.user)
        path = f"{DOCTORS}{ada.pk}/"
        text = text_of(browser.post(f"{path}deactivate/", {"next": path}, follow=True))
        assert "Dr Ada is deactivated." in text
        assert not Login.objects.filter(user=ada.user, ended_at=None).exists()
        assert "patients can book" in text_of(browser.get(f"{path}activate/"))
        text = text_of(browser.post(f"{path}activate/", follow=True))
        assert "Dr Ada can log in and be booked again." in text
        assert reread(ada).user.is_active
        assert names_in(browser.get(f"{DOCTORS}?active=yes")) == ["Dr Ada"]


@pytest.mark.parametrize(
    ("page", "given"),
    [("", GRACE), ("deactivate/", {}), ("activate/", {}), ("time-zone/", {"timezone": "UTC"})],
)
def test_one_who_is_deleted_meanwhile_is_not_there(
    browser: Client, page: str, given: dict[str, str]
) -> None:
    idle = make_doctor(name="Dr Idle")

    def delete_after_the_page_has_read_them(execute: Any, sql: str, *rest: Any) -> Any:
        answer = execute(sql, *rest)
        plain = sql.replace('"', "").replace("`", "")  # each database quotes in its own way
        if "WHERE accounts_doctor.id = " in plain and "LIMIT 21" in plain:
            Doctor.objects.filter(pk=idle.pk)._raw_delete("default")
        return answer

    with connection.execute_wrapper(delete_after_the_page_has_read_them):
        answer = browser.post(f"{DOCTORS}{idle.pk}/{page}", given)
    assert answer.status_code == 404


class TestWhoIsAnAdministratorToo:
    @pytest.fixture
    def boss(self) -> Doctor:
        return make_doctor(user=make_admin(name="Dr Boss", email="boss@example.org"))

    def test_nobody_deactivates_them_as_a_doctor(self, browser: Client, boss: Doctor) -> None:
        path = f"{DOCTORS}{boss.pk}/"
        assert "deactivate/" not in browser.get(path).content.decode()
        for who in (browser, browser_of(boss.user)):
            for ask in (who.get, who.post):
                text = text_of(ask(f"{path}deactivate/", follow=True))
                assert "Dr Boss is an administrator, and is not deactivated" in text
        assert reread(boss).user.is_active
        assert Login.objects.filter(user=boss.user, ended_at=None).exists()

    def test_their_address_is_changed_by_themselves(self, browser: Client, boss: Doctor) -> None:
        path = f"{DOCTORS}{boss.pk}/"
        answer = browser.post(path, {**GRACE, "email": "eve@example.org"})
        assert "This is the address of an administrator." in text_of(answer)
        assert reread(boss).user.email == "boss@example.org"
        browser.post(path, {**GRACE, "email": "boss@example.org"})
        assert reread(boss).user.name == "Grace Hopper"


class TestTimeZone:
    def test_a_zone_that_strands_nobody_is_changed_at_once(
        self, browser: Client, ada: Doctor
    ) -> None:
        path = f"{DOCTORS}{ada.pk}/time-zone/"
        assert '<option value="UTC" selected>' in browser.get(path).content.decode()
        answer = browser.post(path, {"timezone": "Asia/Tokyo"}, follow=True)
        assert "The hours of Dr Ada are Asia/Tokyo now." in text_of(answer)
        assert reread(ada).timezone == "Asia/Tokyo"

    def test_one_that_strands_somebody_asks_first(self, browser: Client, ada: Doctor) -> None:
        row, path = book(ada, "Ben Amor", "09:00"), f"{DOCTORS}{ada.pk}/time-zone/"
        asked = browser.post(path, {"timezone": "Asia/Tokyo"})
        text = text_of(asked)
        assert "1 booked appointment would lie outside the hours" in text
        assert "Ben Amor" in text
        assert '<option value="Asia/Tokyo" selected>' in asked.content.decode()
        assert reread(ada).timezone == "UTC"
        sent = {"timezone": "Asia/Tokyo", **answer_with(asked, "cancel")}
        assert "1 appointment is cancelled" in text_of(browser.post(path, sent, follow=True))
        assert (reread(ada).timezone, status_of(row)) == ("Asia/Tokyo", "cancelled")

    def test_what_is_no_zone_is_refused(self, browser: Client, ada: Doctor) -> None:
        answer = browser.post(f"{DOCTORS}{ada.pk}/time-zone/", {"timezone": "Mars/Olympus"})
        assert "Choose one of these time zones." in text_of(answer)


def test_django_admin_leads_back_and_to_the_picture(browser: Client, ada: Doctor) -> None:
    browser.post(f"{DOCTORS}{ada.pk}/", {**GRACE, "image": png()})
    assert 'href="/admin/dashboard/"' in browser.get("/admin/").content.decode()
    page = browser.get(f"/admin/accounts/doctor/{ada.pk}/change/").content.decode()
    assert f'href="/api/doctors/{ada.pk}/image/"' in page
