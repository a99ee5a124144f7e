"""Steps that several journeys take."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import FilePayload, Locator, Page, expect

from tests.integration.browser.demo_site import Role
from tests.integration.browser.windows import log_in
from tests.integration.sample_files import PDF

DOCTOR = "/doctors/9/"
"""Somebody of the demo with free times in every week."""


def choose_time(page: Page, number: int = 0) -> str:
    """Pick one of the times of the day, as a finger does, and go on; give how it is called."""
    time = page.locator("#times input[name=start]").nth(number)
    words = time.get_attribute("aria-label") or ""
    page.locator("#times label").nth(number).click()
    expect(time).to_be_checked()
    page.get_by_role("button", name="Continue").click()
    return words


def see_next_month(page: Page) -> None:
    """Of which no other test takes a day away."""
    shown = page.locator("#month-name").inner_text()
    page.get_by_role("link", name="Month after").click()
    expect(page.locator("#month-name")).not_to_have_text(shown)


def choose_day(page: Page, number: int = 0) -> None:
    page.locator("#month a.free").nth(number).click()
    expect(page.locator("#times h2")).to_be_visible()


def book(page: Page, email: str, doctor: str = DOCTOR) -> str:
    """Log this patient in, book a visit of the doctor, and give how its time is called."""
    log_in(page, Role.PATIENT, email)
    page.goto(doctor)
    words = choose_time(page)
    page.get_by_role("button", name="Book this appointment").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your appointment is booked")
    return words


def keep_report(page: Page) -> None:
    page.goto("/reports/upload/")
    page.get_by_label("Title").fill("Blood count, 3 March")
    page.get_by_label("Type").select_option(index=1)
    page.get_by_label("Notes").fill("Before breakfast.")
    pdf: FilePayload = {"name": "count.pdf", "mimeType": "application/pdf", "buffer": PDF}
    page.get_by_label("File").set_input_files(pdf)
    page.get_by_role("button", name="Upload the report").click()
    expect(page.locator("main")).to_contain_text("Blood count, 3 March")


@contextmanager
def without_reload(page: Page) -> Iterator[None]:
    page.evaluate("window.isTheSame = true")
    yield
    assert page.evaluate("window.isTheSame === true"), "the page was loaded again"


def answer_dialog(
    page: Page, opener: Locator, button: str | re.Pattern[str], names: str = ""
) -> None:
    """Open the question by keyboard, look whom it names, and press one of its buttons."""
    opener.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    expect(dialog).to_contain_text(names)
    assert page.evaluate("document.querySelector('dialog').contains(document.activeElement)")
    dialog.get_by_role("button", name=button).click()
    expect(dialog).to_be_hidden()
