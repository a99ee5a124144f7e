"""An admin searches, filters and pages; cancels for a patient; adds a doctor; closes the clinic."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.integration.browser.conftest import OpenPage
from tests.integration.browser.demo_site import Role, Site
from tests.integration.browser.journeys import answer_dialog, book, choose_day, without_reload
from tests.integration.browser.windows import DESKTOP, SIZES, Size, log_in

every_size = pytest.mark.parametrize("size", SIZES, ids=lambda size: size.name)
CLINIC = "/admin/dashboard/"


def rows(page: Page) -> list[str]:
    return page.locator("tbody tr").all_inner_texts()


def show_filters(page: Page) -> None:
    """On phones they are folded away."""
    sheet = page.locator("details.sheet > summary")
    if sheet.is_visible():
        sheet.click()


@every_size
def test_appointments_are_searched_filtered_sorted_and_paged(
    open_page: OpenPage, size: Size
) -> None:
    page = open_page(size, role=Role.ADMIN)
    page.goto(f"{CLINIC}appointments/?when=all")
    pages = page.get_by_role("navigation", name="Pages")
    expect(pages).to_contain_text("1-25 of ")
    first = rows(page)
    assert len(first) == 25
    pages.get_by_role("link", name="Next").click()
    expect(pages).to_contain_text("26-50 of ")
    assert not set(first) & set(rows(page))

    show_filters(page)
    page.get_by_label("Status").select_option(label="Cancelled")
    page.get_by_role("button", name="Apply").click()
    expect(pages).to_contain_text("1-")
    assert all("Cancelled" in row for row in rows(page))
    page.get_by_label("Name of a patient or doctor").fill("GROSSKREUTZ")
    with page.expect_navigation(url=re.compile("search=GROSSKREUTZ")):
        page.keyboard.press("Enter")
    assert rows(page)
    assert all("Großkreutz" in row and "Cancelled" in row for row in rows(page))

    page.goto(f"{CLINIC}patients/?sort=name")
    names = page.locator("tbody th").all_inner_texts()
    page.goto(f"{CLINIC}patients/?sort=-name")
    assert names
    assert page.locator("tbody th").all_inner_texts() != names


@every_size
def test_an_admin_cancels_for_a_patient_without_a_reload(
    site: Site, open_page: OpenPage, size: Size
) -> None:
    name = f"Quirina Ozanne {size.name}"
    email = site.new_patient(name)
    words = book(open_page(size), email)
    page = open_page(size, role=Role.ADMIN)
    page.goto(f"{CLINIC}appointments/?search={name}")
    with without_reload(page):
        answer_dialog(page, page.locator("tbody a[data-dialog]"), "Cancel this appointment", name)
        expect(page.get_by_role("status")).to_contain_text("is cancelled")
        expect(page.locator("tbody tr")).to_contain_text("Cancelled")
    assert "cancelled" in site.mails(email, 3)[2]
    assert words


@every_size
def test_a_doctor_is_added_invited_edited_and_deactivated(
    site: Site, open_page: OpenPage, size: Size
) -> None:
    email, name = site.new_address(), f"Dr Nuria {size.name.title()}"
    page = open_page(size, role=Role.ADMIN)
    page.goto(f"{CLINIC}doctors/")
    page.get_by_role("link", name="Add a doctor").first.click()
    page.get_by_role("button", name="Add the doctor").click()
    expect(page.locator("#id_email_error")).to_be_visible()
    page.get_by_label("Name").fill(name)
    page.get_by_label("E-mail").fill("doctor@example.com")
    page.get_by_label("Specialization").fill("Geriatrics")
    page.get_by_label("Hospital").fill("Linden Park Clinic")
    page.get_by_label("Address").fill("Room 8, 3 Linden Avenue")
    page.get_by_role("button", name="Add the doctor").click()
    expect(page.locator("#id_email_error")).to_contain_text("account")
    expect(page.get_by_label("Specialization")).to_have_value("Geriatrics")
    page.get_by_label("E-mail").fill(email)
    page.get_by_role("button", name="Add the doctor").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)

    doctor = open_page(size)
    doctor.goto(site.mailed_path(email))
    doctor.get_by_label("New password").fill("a long pass phrase")
    doctor.get_by_label("The same password again").fill("a long pass phrase")
    doctor.keyboard.press("Enter")
    expect(doctor).to_have_url(re.compile("/password-set/"))
    log_in(doctor, Role.DOCTOR, email, "a long pass phrase")

    page.get_by_label("Specialization").fill("Palliative care")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_be_visible()
    with without_reload(page):
        answer_dialog(page, page.get_by_role("link", name="Deactivate"), "Deactivate", name)
        expect(page.get_by_role("link", name="Activate")).to_be_visible()
    doctor.goto("/doctor/")
    expect(doctor.get_by_role("heading", level=1)).to_have_text("Log in as a doctor")


def test_a_closure_names_everybody_whom_it_hits_before_it_is_made(
    site: Site, open_page: OpenPage
) -> None:
    name = "Roscoe Thévenard"
    email = site.new_patient(name)
    patient, page = open_page(DESKTOP), open_page(DESKTOP, role=Role.ADMIN)
    log_in(patient, Role.PATIENT, email)
    patient.goto("/doctors/9/?month=2026-12")
    choose_day(patient, 1)
    on = patient.locator("#times input[name=start]").first.get_attribute("value") or ""
    patient.locator("#times label").first.click()
    patient.get_by_role("button", name="Continue").click()
    patient.get_by_role("button", name="Book this appointment").click()
    expect(patient.get_by_role("heading", level=1)).to_have_text("Your appointment is booked")

    page.goto(f"{CLINIC}closures/add/")
    page.get_by_label("First day").fill(on[:10])
    page.get_by_label("Note").fill("Pipes burst")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("main")).to_contain_text(name)
    expect(page.locator("main")).to_contain_text("Nothing is saved yet.")
    page.get_by_role("button", name="Go back").click()
    expect(page.get_by_label("Note")).to_have_value("Pipes burst")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("button", name=re.compile("^Save and cancel")).click()
    expect(page.get_by_role("status")).to_contain_text("cancelled")
    expect(page.locator("main")).to_contain_text("Pipes burst")
    assert "cancelled" in site.mails(email, 3)[2]
    with without_reload(page):
        row = page.locator("li, tr").filter(has_text="Pipes burst")
        answer_dialog(page, row.locator("a[data-dialog]"), re.compile("^Delete"))
        expect(page.locator("main")).not_to_contain_text("Pipes burst")
