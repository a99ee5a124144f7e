import pytest
from playwright.sync_api import expect

from tests.integration.browser.conftest import OpenPage
from tests.integration.browser.demo_site import Site
from tests.integration.browser.windows import SIZES, Size

NEW = "a quite different one"


@pytest.mark.parametrize("size", SIZES, ids=lambda size: size.name)
@pytest.mark.parametrize("javascript", [True, False], ids=["scripted", "plain"])
def test_somebody_gets_a_new_password_by_mail(
    site: Site, open_page: OpenPage, size: Size, javascript: bool
) -> None:
    email = site.new_patient()
    page = open_page(size, javascript=javascript)

    page.goto("/forgotten-password/")
    page.get_by_label("Your e-mail").fill(email.upper())
    page.get_by_role("button", name="Mail me the link").click()
    expect(page.locator("main")).to_contain_text("mailbox")

    page.goto(site.mailed_path(email, 2))
    page.get_by_label("New password", exact=True).fill(NEW)
    page.get_by_label("The same password again").fill("a third one entirely")
    page.keyboard.press("Enter")
    expect(page.locator("#id_again_error")).to_have_text("The two passwords are not the same.")

    for label in ("New password", "The same password again"):
        page.get_by_label(label, exact=True).fill(NEW)
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{site.url}/password-set/?as=patient")
