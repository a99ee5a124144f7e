"""Letters that some databases take for one another, and that are not one another."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError, transaction
from django.db.models.functions import TruncDate
from django.http import HttpRequest

from medicare_django.accounts.lockout import Tries
from medicare_django.accounts.models import OneTimeCode, UserProfile
from tests.integration.factories import make_patient

pytestmark = pytest.mark.django_db
LOOK_ALIKES = ["j\u00fcrgen@example.org", "jurge\u0144@example.org", "\u24d9urgen@example.org"]


@pytest.mark.parametrize("other", LOOK_ALIKES)
def test_an_address_is_found_letter_by_letter(other: str) -> None:
    make_patient(email="jurgen@example.org")
    for name in ("email", "email_canonical"):
        assert not UserProfile.objects.filter(**{name: other}).exists()
        assert not OneTimeCode.objects.filter(**{name: other}).exists()
    with pytest.raises(UserProfile.DoesNotExist):
        UserProfile.objects.get_by_natural_key(other)
    assert UserProfile.objects.get_by_natural_key("Jurgen@Example.org")


def test_two_spellings_of_one_address_are_not_two_accounts() -> None:
    make_patient(email="Jurgen@example.org")
    with pytest.raises(IntegrityError), transaction.atomic():
        make_patient(email="jurgen@EXAMPLE.org")
    assert not UserProfile.objects.filter(email="jurgen@example.org").exists()


@pytest.mark.parametrize("other", LOOK_ALIKES)
def test_who_guesses_at_one_account_locks_no_other(other: str) -> None:
    request = HttpRequest()
    request.META["REMOTE_ADDR"] = "198.51.100.7"
    request.user = AnonymousUser()
    for _ in range(3):
        Tries.of("jurgen@example.org", request).take()
    assert Tries.of("jurgen@example.org", request).seconds_locked()
    assert not Tries.of(other, request).seconds_locked()


@pytest.mark.parametrize("name", ["Zo\u00eb \U0001f469\u200d\U0001f52c", "\U00020bb7\u91ce"])
def test_every_name_is_stored_as_it_is_written(name: str) -> None:
    user = make_patient(name=name, place=name)
    user.refresh_from_db()
    assert (user.name, user.place) == (name, name)


def test_no_query_reckons_with_zones_in_the_database() -> None:
    with pytest.raises(AssertionError, match="time zones"):
        str(UserProfile.objects.annotate(on=TruncDate("date_joined")).query)
