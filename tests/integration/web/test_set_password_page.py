import io
import json
import logging
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from django.utils import timezone
from time_machine import travel

from medicare_django import web
from medicare_django.accounts.models import UserProfile
from medicare_django.accounts.password_reset import make_invitation, make_token
from tests.integration.api_client import get, log_in, post
from tests.integration.factories import make_admin, make_doctor, make_patient, make_user

pytestmark = pytest.mark.django_db
NEW = "a quite different one"


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What the site writes to its log, as it writes it."""
    written = io.StringIO()
    [ours] = [one for one in logging.getLogger().handlers if type(one) is logging.StreamHandler]
    assert ours in logging.getLogger("django.server").handlers
    before = ours.setStream(written)
    yield written
    ours.setStream(before)


def invited() -> UserProfile:
    return make_user(password=None, is_email_verified=True, email="grace@hospital.example")


def page_of(token: str) -> str:
    return f"/set-password/{token}/"


def send(token: str, password: str = NEW, again: str = NEW) -> Any:
    return Client().post(page_of(token), {"password": password, "again": again})


def errors(response: Any) -> dict[str, str]:
    """The sentences that stand beside each field, found as a screen reader finds them."""
    text, found = response.content.decode(), {}
    for tag in re.findall(r'<input type="password"[^>]*>', text):
        name = re.search(r'name="(\w+)"', tag)
        described = re.search(r'aria-describedby="([^"]*)"', tag)
        assert name is not None
        for each in described[1].split() if described else []:
            sentence = re.search(rf'<p [^>]*id="{each}">(.*?)</p>', text)
            assert sentence is not None, each
            if each.endswith("_error"):
                assert 'aria-invalid="true"' in tag
                found[name[1]] = re.sub(r"<[^>]*>", "", sentence[1]).strip()
    return found


@pytest.mark.parametrize("make", [make_token, make_invitation])
def test_whoever_holds_the_link_chooses_a_password(make: Any) -> None:
    user = invited()
    token = make(user)
    page = Client().get(page_of(token))
    assert page.status_code == 200
    assert "grace@hospital.example" in page.content.decode()
    done = send(token)
    assert (done.status_code, done["Location"]) == (302, "/password-set/?as=patient")
    assert "Your password is saved" in Client().get(done["Location"]).content.decode()
    log_in(user, NEW)


def test_whose_password_was_set_is_led_to_the_login_of_their_portal() -> None:
    for user, login in [
        (make_patient(), "/login/"),
        (make_doctor().user, "/doctor/login/"),
        (make_admin(), "/admin/login/"),
    ]:
        page = Client().get(send(make_token(user))["Location"]).content.decode()
        assert f'class="button primary block" href="{login}"' in page
    assert 'href="/login/"' in Client().get("/password-set/?as=%00").content.decode()


def test_looking_at_the_page_leaves_the_link_good_and_using_it_does_not() -> None:
    token = make_token(make_patient())
    for _ in range(3):
        assert Client().get(page_of(token)).status_code == 200
        assert Client().head(page_of(token)).status_code == 200
    assert send(token).status_code == 302
    assert Client().get(page_of(token)).status_code == 410
    again = send(token, "yet another phrase", "yet another phrase")
    assert again.status_code == 410
    assert "This link no longer works" in again.content.decode()


def test_a_new_password_ends_every_login() -> None:
    user = make_patient()
    before = log_in(user)
    send(make_token(user))
    assert get("profile/", token=before["access"]).status == 401


@pytest.mark.parametrize(
    ("password", "again", "wrong"),
    [
        ("short", "short", "password"),
        ("password12345", "password12345", "password"),
        ("grace@hospital.example", "grace@hospital.example", "password"),
        ("x" * 257, "x" * 257, "password"),
        (" " * 20, " " * 20, "password"),
        ("a phrase\x00with a NUL", "a phrase\x00with a NUL", "password"),
        (NEW, NEW + " ", "again"),
        (NEW, "", "again"),
    ],
)
def test_what_is_wrong_stands_beside_its_field_and_the_link_stays_good(
    password: str, again: str, wrong: str
) -> None:
    user = invited()
    token = make_invitation(user)
    refused = send(token, password, again)
    assert refused.status_code == 200
    found = errors(refused)
    assert found.pop(wrong)
    assert set(found) <= {"again"}
    assert not re.search(r'type="password"[^>]* value=', refused.content.decode())
    assert send(token).status_code == 302


def test_two_wrong_fields_are_summed_up_on_top() -> None:
    refused = send(make_token(make_patient()), "", "")
    assert set(errors(refused)) == {"password", "again"}
    text = refused.content.decode()
    assert 'href="#id_password"' in text
    assert "<title>Error: " in text


def test_a_password_is_kept_exactly_as_it_was_typed() -> None:
    user = make_patient()
    typed = "  a phrase \u00fc \U0001f600 "
    send(make_token(user), typed, typed)
    log_in(user, typed)


def test_a_link_that_is_old_wrong_or_void_says_what_to_do() -> None:
    moved, gone, one = make_patient(), make_patient(), make_patient()
    tokens = [make_token(moved), make_token(gone), "x", "\u00fc.\u00fc", make_token(one)[:-1]]
    moved.email = "moved@example.org"
    moved.save()
    UserProfile.objects.filter(pk=gone.pk).update(is_active=False)
    old = make_invitation(one)
    for token in tokens:
        assert Client().get(page_of(token)).status_code == 410, token
        assert send(token).status_code == 410, token
    with travel(timezone.now() + timedelta(days=7, minutes=1)):
        assert send(old).status_code == 410
    log_in(one)


def test_the_page_is_kept_nowhere_and_tells_nobody_its_address() -> None:
    token = make_token(make_patient())
    answers = [Client().get(page_of(token)), send(token, "short"), send(token), send(token)]
    assert [answer.status_code for answer in answers] == [200, 200, 302, 410]
    for answer in answers:
        assert answer["Cache-Control"] == "no-store"
        assert answer["Referrer-Policy"] == "strict-origin"
        assert answer["X-Frame-Options"] == "DENY"


def test_a_form_from_elsewhere_is_refused(log: io.StringIO) -> None:
    token = make_token(make_patient())
    client = Client(enforce_csrf_checks=True)
    form = {"password": NEW, "again": NEW}
    assert client.post(page_of(token), form).status_code == 403
    page = client.get(page_of(token)).content.decode()
    found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
    assert found is not None
    form["csrfmiddlewaretoken"] = found[1]
    foreign = {"origin": "https://evil.example"}
    assert client.post(page_of(token), form, headers=foreign).status_code == 403
    assert client.post(page_of(token), form).status_code == 302
    assert "Forbidden" in log.getvalue()
    assert token not in log.getvalue()


def test_the_token_is_in_no_log(log: io.StringIO, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, "django.request")  # which names paths
    token = make_token(make_patient())
    assert Client().put(page_of(token)).status_code == 405
    assert Client().get(page_of(token) + "more/").status_code == 404
    send(token)
    assert send(token).status_code == 410
    request = f"GET {page_of(token)} HTTP/1.1"
    logging.getLogger("django.server").warning('"%s" %s %s', request, "200", "9")
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    refused = [line["message"] for line in lines if not line["logger"].endswith("request_ids")]
    assert len(refused) == 4
    assert all("/set-password/[token]" in message for message in refused)
    assert token not in log.getvalue()
    assert refused[-1] == '"GET /set-password/[token] HTTP/1.1" 200 9'


def test_a_forgotten_password_is_the_way_out_of_an_old_invitation() -> None:
    user = invited()
    assert post("password/reset/", {"email": user.email}).status == 200
    assert send(make_token(user)).status_code == 302


def test_the_templates_bring_no_style_or_script_of_their_own() -> None:
    folder = Path(web.__file__).parent / "templates"
    texts = [path.read_text(encoding="utf-8") for path in folder.rglob("*.html")]
    assert texts
    for text in texts:
        assert not re.search(r"<style|<script(?! src=)|\sstyle=|\son\w+=|javascript:", text)


def test_the_style_is_served_from_the_package() -> None:
    page = Client().get("/password-set/").content.decode()
    found = re.search(r'rel="stylesheet" href="/static/([^"]+)"', page)
    assert found is not None
    assert finders.find(found[1])
