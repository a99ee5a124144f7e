"""A doctor sees the day and the week, cancels, reads reports, and says when they work."""

import re

import pytest
from playwright.sync_api import expect

from tests.integration.browser.conftest import OpenPage
from tests.integration.browser.demo_site import Role, Site
from tests.integration.browser.journeys import answer_dialog, book, keep_report, without_reload
from tests.integration.browser.windows import DESKTOP, SIZES, Size
from tests.integration.sample_files import PDF

every_size = pytest.mark.parametrize("size", SIZES, ids=lambda size: size.name)
OWN = "/doctors/1/"
"""The page of the demo's doctor, where patients book."""


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


def test_the_week_can_be_turned_and_leads_to_patients(open_page: OpenPage) -> None:
    page = open_page(DESKTOP, role=Role.DOCTOR)
    page.goto("/doctor/")
    page.get_by_role("link", name="See the week").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("This week")
    page.get_by_role("link", name="Next").click()
    page.get_by_role("link", name="Previous").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("This week")
    page.locator("main a[href^='/doctor/patients/']").first.click()
    expect(page.get_by_role("heading", name="Visits with you")).to_be_visible()
