from typing import Any

import pytest
from django.test import Client

from tests.integration.factories import client_of, make_patient

pytestmark = pytest.mark.django_db


def test_http_is_refused_where_pages_are_redirected(settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT = True
    client = Client()
    for path in ("login/", "doctors/", "nothing/"):
        answer = client.post(f"/api/{path}", {}, content_type="application/json")
        assert (answer.status_code, answer.json()["code"]) == (403, "https_required")
    assert client.get("/api/doctors/", secure=True).status_code == 200
    assert client.get("/admin/").status_code == 301


def test_nobody_keeps_a_copy_of_an_answer() -> None:
    client = client_of(make_patient())
    for path in ("profile/", "appointments/history/", "reports/", "nothing/"):
        assert "no-store" in client.get(f"/api/{path}")["Cache-Control"]
