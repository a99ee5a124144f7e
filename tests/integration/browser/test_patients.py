"""A patient finds a doctor, books, moves and cancels; keeps reports and a profile."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.integration.browser.conftest import OpenPage
from tests.integration.browser.demo_site import PASSWORD, Role, Site
from tests.integration.browser.journeys import (
    DOCTOR,
    answer_dialog,
    book,
    choose_day,
    choose_time,
    see_next_month,
    without_reload,
)
from tests.integration.browser.windows import DESKTOP, PHONE, SIZES, Size, log_in
from tests.integration.sample_files import PDF

every_size = pytest.mark.parametrize("size", SIZES, ids=lambda size: size.name)
scripted = pytest.mark.parametrize("javascript", [True, False], ids=["scripted", "plain"])


def register(page: Page, site: Site) -> str:
    email = site.new_address()
    page.locator("main").get_by_role("link", name="Register").click()
    page.get_by_label("Name").fill("Ingrid Ødegård-Wickramanayake")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("The same password again").fill(PASSWORD)
    page.get_by_role("button", name="Register").click()
    page.get_by_label("Code").fill("000000")
    page.get_by_role("button", name="Confirm").click()
    expect(page.locator("#id_code_error")).to_be_visible()
    page.get_by_label("Code").fill(site.mailed_code(email))
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_label("E-mail")).to_have_value(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    return email


@every_size
@scripted
def test_a_stranger_searches_registers_books_moves_and_cancels(
    site: Site, open_page: OpenPage, size: Size, javascript: bool
) -> None:
    page = open_page(size, javascript=javascript)
    page.goto("/")
    page.get_by_label("Name or keyword").fill("grosskreutz MATTHIAS")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("heading", name="1 doctor found")).to_be_visible()
    page.get_by_role("link", name="Dr Matthias Großkreutz", exact=True).click()

    see_next_month(page)
    choose_day(page, 1)
    words = choose_time(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Log in")
    email = register(page, site)
    expect(page.get_by_role("heading", level=1)).to_have_text("Book this appointment?")
    expect(page.locator("main")).to_contain_text(words)
    page.get_by_role("button", name="Book this appointment").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your appointment is booked")
    day = words.partition(",")[0].partition(" ")[2]
    assert day in site.mails(email, 2)[1]

    page.get_by_role("link", name="See your appointments").click()
    page.get_by_role("link", name="Move").click()
    see_next_month(page)
    choose_day(page, 2)
    moved = choose_time(page)
    assert moved != words
    page.get_by_role("button", name="Move the appointment").click()
    upcoming = page.get_by_role("region", name="Upcoming")
    expect(upcoming).to_contain_text(moved)
    expect(upcoming).not_to_contain_text(words)

    opener = page.get_by_role("link", name="Cancel")
    if javascript:
        with without_reload(page):
            answer_dialog(page, opener, "Cancel this appointment")
            expect(page.get_by_role("status")).to_contain_text("is cancelled")
            expect(upcoming).to_contain_text("You have no upcoming appointments")
    else:
        opener.click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Cancel this appointment?")
        page.get_by_role("button", name="Cancel this appointment").click()
        expect(page.get_by_role("status")).to_contain_text("is cancelled")
    expect(page.get_by_role("region", name="Past and cancelled")).to_contain_text(moved)
    site.mails(email, 4)


@scripted
def test_a_time_that_was_just_taken_offers_the_nearest_on_the_spot(
    site: Site, open_page: OpenPage, javascript: bool
) -> None:
    slow, quick = open_page(PHONE, javascript=javascript), open_page(DESKTOP)
    log_in(slow, Role.PATIENT, site.new_patient())
    slow.goto(DOCTOR)
    words = choose_time(slow)
    assert book(quick, site.new_patient()) == words

    slow.get_by_role("button", name="Book this appointment").click()
    expect(slow.get_by_role("alert")).to_contain_text("This time is already taken.")
    expect(slow.get_by_role("alert")).to_contain_text(words.partition(" to ")[0])
    offered = slow.get_by_role("button", name=re.compile("^Book "))
    expect(offered).to_have_count(3)
    other = offered.nth(1).inner_text().removeprefix("Book ")
    offered.nth(1).click()
    expect(slow.get_by_role("heading", level=1)).to_have_text("Your appointment is booked")
    expect(slow.locator("main")).to_contain_text(other)


def test_a_question_can_be_left_by_escape_and_the_focus_comes_back(
    site: Site, open_page: OpenPage
) -> None:
    page = open_page(DESKTOP)
    words = book(page, site.new_patient())
    page.goto("/appointments/")
    opener = page.get_by_role("link", name="Cancel")
    opener.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(words.split(",")[0])
    expect(dialog.get_by_role("link", name="Keep the appointment")).to_be_focused()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(opener).to_be_focused()
    opener.click()
    dialog.get_by_role("link", name="Keep the appointment").click()
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("region", name="Upcoming")).to_contain_text(words)


def test_who_was_slower_is_told_and_then_shown_how_it_is_now(
    site: Site, open_page: OpenPage
) -> None:
    page, email = open_page(DESKTOP), site.new_patient()
    words = book(page, email)
    page.goto("/appointments/")
    page.get_by_role("link", name="Cancel").click()
    question = page.get_by_role("dialog")
    expect(question).to_contain_text("Cancel this appointment?")
    quick = open_page(PHONE)
    log_in(quick, Role.PATIENT, email)
    quick.goto("/appointments/")
    answer_dialog(quick, quick.get_by_role("link", name="Cancel"), "Cancel this appointment")

    question.get_by_role("button", name="Cancel this appointment").click()
    expect(question.get_by_role("alert")).to_contain_text("was cancelled before")
    question.get_by_role("link", name="Go back").click()
    expect(page.get_by_role("region", name="Upcoming")).not_to_contain_text(words)


def test_who_was_logged_out_while_they_were_asked_is_told_so(
    site: Site, open_page: OpenPage
) -> None:
    page, email = open_page(DESKTOP), site.new_patient()
    book(page, email)
    page.goto("/appointments/")
    page.get_by_role("link", name="Cancel").click()
    question = page.get_by_role("dialog")
    expect(question).to_be_visible()
    page.context.clear_cookies(name="sessionid")
    question.get_by_role("button", name="Cancel this appointment").click()
    expect(page).to_have_url(re.compile("/login/"))
    expect(page.get_by_role("status")).to_contain_text("nothing was saved")
    log_in(page, Role.PATIENT, email)
    page.goto("/appointments/")
    answer_dialog(page, page.get_by_role("link", name="Cancel"), "Cancel this appointment")
    expect(page.get_by_role("status")).to_contain_text("is cancelled")


def test_a_visit_is_booked_by_keyboard_alone(site: Site, open_page: OpenPage) -> None:
    page = open_page(DESKTOP)
    log_in(page, Role.PATIENT, site.new_patient())
    page.goto("/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    page.goto(DOCTOR)
    page.locator("#month a.free").first.focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("date="))
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.name") == "start":
            break
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Book this appointment").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Your appointment is booked")


@every_size
@scripted
def test_reports_are_uploaded_and_come_back_as_they_were(
    site: Site, open_page: OpenPage, size: Size, javascript: bool
) -> None:
    page = open_page(size, javascript=javascript)
    log_in(page, Role.PATIENT, site.new_patient())
    page.goto("/reports/")
    page.get_by_role("link", name="Upload a report").click()
    page.get_by_label("Title").fill("Blood count")
    page.get_by_label("Notes").fill("Before breakfast")
    text = {"name": "count.pdf", "mimeType": "application/pdf", "buffer": b"no PDF"}
    page.get_by_label("File").set_input_files(text)  # type: ignore[arg-type]
    page.get_by_role("button", name="Upload the report").click()
    expect(page.locator("#id_file_error")).to_be_visible()
    expect(page.get_by_label("Title")).to_have_value("Blood count")
    page.get_by_label("Type").select_option(index=1)
    pdf = {"name": "count.pdf", "mimeType": "application/pdf", "buffer": PDF}
    page.get_by_label("File").set_input_files(pdf)  # type: ignore[arg-type]
    page.get_by_role("button", name="Upload the report").click()
    expect(page.locator("main")).to_contain_text("Blood count")
    with page.expect_download() as started:
        page.get_by_role("link", name=re.compile("Download")).click()
    assert started.value.suggested_filename == "count.pdf"
    assert started.value.path().read_bytes() == PDF


@every_size
def test_a_profile_and_a_password_are_changed(site: Site, open_page: OpenPage, size: Size) -> None:
    email, new = site.new_patient(), "a quite different one"
    page = open_page(size)
    log_in(page, Role.PATIENT, email)
    page.goto("/profile/")
    page.get_by_label("Phone").fill("12")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#id_phone_number_error")).to_contain_text("country code")
    page.get_by_label("Phone").fill("+44 7700 900 123")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_be_visible()
    page.goto("/profile/password/")
    page.locator("[name=old]").fill(PASSWORD)
    page.get_by_label("New password").fill(new)
    page.get_by_label("The same password again").fill(new)
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_be_visible()
    page.goto("/appointments/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Your appointments")
    log_in(open_page(size), Role.PATIENT, email, new)
