import re
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from medicare_django.accounts import request_rates
from medicare_django.notifications import delivery
from medicare_django.notifications.models import Kind, Notification
from tests.integration.api_client import log_in
from tests.integration.factories import make_patient

pytestmark = pytest.mark.django_db
PAGE = "/forgotten-password/"
NEW = "a quite different one"


def test_from_the_page_by_the_mail_to_a_new_password() -> None:
    user = make_patient()
    assert "Your e-mail" in Client().get(PAGE).content.decode()
    asked = Client().post(PAGE, {"email": user.email.upper()})
    assert (asked.status_code, asked["Location"]) == (302, "/password-mailed/")
    assert "mailbox" in Client().get(asked["Location"]).content.decode()
    delivery.work_queue()
    link = re.search(r"/set-password/[^\s]+", str(mail.outbox[-1].body))
    assert link is not None
    done = Client().post(link[0], {"password": NEW, "again": NEW})
    assert done.status_code == 302
    log_in(user, NEW)


def test_an_address_without_an_account_is_answered_alike() -> None:
    asked = Client().post(PAGE, {"email": "nobody@example.org"})
    assert (asked.status_code, asked["Location"]) == (302, "/password-mailed/")
    assert not Notification.objects.exists()


@pytest.mark.parametrize("email", ["", "nobody", "a@b", "x" * 300 + "@example.org"])
def test_what_is_no_address_stays_in_the_form_with_the_reason(email: str) -> None:
    page = Client().post(PAGE, {"email": email})
    text = page.content.decode()
    assert (page.status_code, f'value="{email}"' in text or not email) == (200, True)
    assert 'id="id_email_error"' in text
    assert 'aria-invalid="true"' in text


def test_links_are_mailed_as_seldom_as_the_api_mails_them(monkeypatch: Any) -> None:
    monkeypatch.setattr(request_rates, "_rate", lambda _: (1, 3600))
    monkeypatch.setattr(request_rates, "_count", lambda *_: 2)
    page = Client().post(PAGE, {"email": make_patient().email})
    assert page.status_code == 429
    assert 0 < int(page["Retry-After"]) <= 3600
    assert "Too many requests" in page.content.decode()
    assert not Notification.objects.filter(kind=Kind.PASSWORD_RESET).exists()


def test_the_page_runs_nothing_of_its_own_and_takes_no_form_from_elsewhere() -> None:
    page = Client().get(PAGE)
    policy = page["Content-Security-Policy"]
    assert {"default-src 'none'", "script-src 'self'", "style-src 'self'"} <= {*policy.split("; ")}
    assert "unsafe" not in policy
    assert Client(enforce_csrf_checks=True).post(PAGE, {"email": "a@x.org"}).status_code == 403


@pytest.mark.parametrize(("path", "status"), [("/nothing/", 404), ("/set-password/x/y/", 404)])
def test_what_is_not_there_is_said_in_the_look_of_the_site(path: str, status: int) -> None:
    page = Client().get(path)
    assert page.status_code == status
    assert "web/medicare.css" in page.content.decode()
