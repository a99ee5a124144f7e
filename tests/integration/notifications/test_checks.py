import pytest
from django.core.checks import run_checks
from pytest_django import Settings

SMTP = "django.core.mail.backends.smtp.EmailBackend"


def complaints(settings: Settings, sender: str, backend: str) -> list[str]:
    settings.DEFAULT_FROM_EMAIL, settings.EMAIL_BACKEND = sender, backend
    found = run_checks(include_deployment_checks=True)
    return [f"{each.msg} {each.hint}" for each in found if each.id == "notifications.W001"]


@pytest.mark.parametrize("backend", [SMTP, "anymail.backends.postmark.EmailBackend"])
@pytest.mark.parametrize(
    "sender",
    [
        "Medicare <medicare@localhost>",
        "m@LOCALHOST",
        "m@host.localhost",
        "m@localhost.localdomain",
    ],
)
def test_a_deployment_whose_mails_come_from_localhost_is_warned(
    settings: Settings, sender: str, backend: str
) -> None:
    [complaint] = complaints(settings, sender, backend)
    assert "localhost" in complaint.lower()
    assert "Set DEFAULT_FROM_EMAIL" in complaint


@pytest.mark.parametrize("sender", ["m@clinic.example", '"localhost" <m@mylocalhost>'])
def test_a_sender_of_its_own_is_no_matter(settings: Settings, sender: str) -> None:
    assert complaints(settings, sender, SMTP) == []


@pytest.mark.parametrize("name", ["console", "dummy", "filebased", "locmem"])
def test_mails_that_go_nowhere_may_come_from_localhost(settings: Settings, name: str) -> None:
    backend = SMTP.replace("smtp", name)
    assert complaints(settings, "Medicare <medicare@localhost>", backend) == []


def test_only_a_deployment_is_asked_for_its_sender(settings: Settings) -> None:
    settings.EMAIL_BACKEND = SMTP
    assert "notifications.W001" not in {each.id for each in run_checks()}
