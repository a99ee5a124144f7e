"""A doctor sees the day and the week, cancels, reads reports, and says when they work."""

import re

import pytest
from playwright.sync_api import expect

from tests.integration.browser.conftest import OpenPage
from tests.integration.browser.demo_site import Role, Site
from tests.integration.browser.journeys import (
    answer_dialog,
    book,
    choose_time,
    keep_report,
    without_reload,
)
from tests.integration.browser.windows import DESKTOP, PHONE, SIZES, Size, log_in
from tests.integration.sample_files import PDF

every_size = pytest.mark.parametrize("size", SIZES, ids=lambda size: size.name)
OWN = "/doctors/1/"
"""The page of the demo's doctor, where patients book."""
# A weekday on which they have no hours yet, and its first date from then on.
RULES = [(DESKTOP, "Saturday", "2026-10-24"), (PHONE, "Sunday", "2026-10-25")]
CANCEL_TOO = "Delete and cancel it"


@every_size
def test_a_doctor_finds_a_patient_reads_their_report_and_cancels_the_visit(
    site: Site, open_page: OpenPage, size: Size
) -> None:
    name = f"Bjørn Świętosławski {size.name}"
    patient, doctor = open_page(size), open_page(size, role=Role.DOCTOR)
    email = site.new_patient(name)
    book(patient, email, OWN)
    keep_report(patient)

    doctor.goto("/doctor/appointments/")
    doctor.get_by_label("Patient's name").fill(f"bjorn swietoslawski {size.name}")
    doctor.keyboard.press("Enter")
    doctor.get_by_role("link", name=name, exact=True).click()
    expect(doctor.get_by_role("heading", level=1)).to_have_text(name)
    with doctor.expect_download() as started:
        doctor.get_by_role("link", name=re.compile("Download Blood count")).click()
    assert started.value.path().read_bytes() == PDF

    doctor.go_back()
    expect(doctor.get_by_role("heading", level=1)).to_have_text("Appointments")
    with without_reload(doctor):
        answer_dialog(
            doctor, doctor.locator("main a[data-dialog]").first, "Cancel this appointment", name
        )
        expect(doctor.get_by_role("status")).to_contain_text("is cancelled")
        expect(doctor.locator("main .line")).to_have_count(0)
    assert "cancelled" in site.mails(email, 3)[2]


@pytest.mark.parametrize(("size", "weekday", "on"), RULES, ids=["desktop", "phone"])
def test_a_doctor_adds_hours_sees_them_and_deletes_them_with_what_was_booked_in_them(
    site: Site, open_page: OpenPage, size: Size, weekday: str, on: str
) -> None:
    page, patient = open_page(size, role=Role.DOCTOR), open_page(size)
    name = f"Zé Quiñones {weekday}"
    words = f"{weekday}s 07:00-08:30, every 2 weeks, from 24 October until 30 June 2027"
    page.goto("/doctor/availability/")
    page.get_by_role("link", name="Add hours").first.click()
    page.get_by_label("On certain weekdays").check()
    page.get_by_label(weekday).check()
    page.get_by_label("Every how many weeks").fill("2")
    page.get_by_label("First day").fill("2026-10-24")
    page.get_by_label("Last day").fill("2027-06-30")
    page.get_by_label("From").fill("07:00")
    page.get_by_label("Until").fill("06:58")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#id_end_time_error")).to_be_visible()
    expect(page.get_by_label("Last day")).to_have_value("2027-06-30")
    page.get_by_label("Until").fill("08:30")
    preview = page.get_by_role("region", name="Preview")
    expect(preview).to_contain_text(words)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_be_visible()
    hours = page.locator("main li").filter(has_text=words)
    expect(hours).to_be_visible()

    email = site.new_patient(name)
    log_in(patient, Role.PATIENT, email)
    patient.goto(f"{OWN}?date={on}")
    expect(patient.locator("#times")).to_contain_text("07:30")
    choose_time(patient)
    patient.get_by_role("button", name="Book this appointment").click()
    expect(patient.get_by_role("heading", level=1)).to_have_text("Your appointment is booked")

    with without_reload(page):
        answer_dialog(page, hours.get_by_role("link", name="Delete"), CANCEL_TOO, name)
        expect(page.get_by_role("status")).to_contain_text("1 appointment is cancelled")
        expect(hours).to_have_count(0)
    assert "cancelled" in site.mails(email, 3)[2]
    patient.goto(f"{OWN}?date={on}")
    expect(patient.locator("#times")).not_to_contain_text("07:30")


def test_time_off_is_added_and_deleted_without_scripts(open_page: OpenPage) -> None:
    page = open_page(DESKTOP, role=Role.DOCTOR, javascript=False)
    page.goto("/doctor/time-off/add/")
    page.get_by_label("First day").fill("2027-03-08")
    page.get_by_label("Last day").fill("2027-03-05")
    page.get_by_label("Note").fill("Skiing")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#id_end_date_error")).to_be_visible()
    expect(page.get_by_label("Note")).to_have_value("Skiing")
    page.get_by_label("Last day").fill("2027-03-12")
    page.get_by_role("button", name="Save").click()
    row = page.locator("main li").filter(has_text="8 to 12 March 2027")
    expect(row).to_contain_text("Skiing")
    row.get_by_role("link", name="Delete").click()
    expect(page.locator("main")).to_contain_text("8 to 12 March 2027")
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Time off")
    expect(row).to_have_count(0)


def test_the_week_can_be_turned_and_leads_to_patients(open_page: OpenPage) -> None:
    page = open_page(DESKTOP, role=Role.DOCTOR)
    page.goto("/doctor/")
    page.get_by_role("link", name="See the week").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("This week")
    page.get_by_role("link", name="Next").click()
    page.get_by_role("link", name="Previous").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("This week")
    page.locator("main a[href^='/doctor/patients/']").first.click()
    expect(page.get_by_role("heading", name="Appointments with you")).to_be_visible()
