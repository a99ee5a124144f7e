import pytest
from django.db import OperationalError
from django.test import Client

from medicare_core.errors import WriteConflict
from tests.integration.factories import browser_of, make_patient

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("error", [OperationalError("locked"), WriteConflict("lost")])
@pytest.mark.parametrize("path", ["/", "/doctors/1/"])
def test_a_busy_database_is_answered_with_a_page_that_says_what_to_do(
    path: str, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("medicare_django.web.patient.search.active_doctors", fail)
    monkeypatch.setattr("medicare_django.web.patient.doctor_page.active_doctors", fail)
    for browser in (Client(), browser_of(make_patient(name="Ada"))):
        answer = browser.get(path)
        assert (answer.status_code, answer["Retry-After"]) == (503, "5")
        assert "One moment, please" in answer.content.decode()
