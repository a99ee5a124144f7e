from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
from django.db import connection
from time_machine import travel

from medicare_django.accounts import codes
from medicare_django.accounts.models import OneTimeCode, UserProfile
from tests.integration.factories import make_user

NOW = datetime(2030, 1, 7, 9, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def issue(user: UserProfile, now: datetime = NOW) -> OneTimeCode:
    code = codes.issue(user, now)
    assert code is not None
    return code


def text_of(code: OneTimeCode, now: datetime = NOW) -> str:
    with travel(now, tick=False):
        text = codes.code_text(code)
    assert text is not None
    return text


def verify_at_once(user: UserProfile, text: str, times: int) -> list[str]:
    barrier = Barrier(times)

    def verify(_: int) -> str:
        try:
            barrier.wait(timeout=30)
            codes.verify(user.email, text, NOW)
        except codes.CodeRefused as refused:
            return type(refused).__name__
        finally:
            connection.close()
        return "verified"

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(verify, range(times)))


def wrong(text: str) -> str:
    return f"{(int(text) + 1) % 10**6:06}"


@pytest.mark.django_db
def test_the_mailed_code_verifies_the_address_once() -> None:
    user = make_user()
    text = text_of(issue(user))
    assert len(text) == 6
    assert text.isascii()
    assert text.isdigit()
    codes.verify(user.email, text, NOW)
    user.refresh_from_db()
    assert user.is_email_verified
    assert user.otp == ""
    with pytest.raises(codes.CodeExpired):
        codes.verify(user.email, text, NOW)


@pytest.mark.django_db
def test_neither_the_code_nor_its_plain_hash_is_in_the_database() -> None:
    user = make_user()
    code = issue(user)
    text = text_of(code)
    user.refresh_from_db()
    assert text not in user.otp
    assert text not in code.nonce
    assert len(user.otp) == 64


@pytest.mark.django_db
def test_a_code_lives_for_ten_minutes() -> None:
    user = make_user()
    text = text_of(issue(user))
    with pytest.raises(codes.CodeExpired):
        codes.verify(user.email, text, NOW + timedelta(minutes=10))
    codes.verify(user.email, text, NOW + timedelta(minutes=10) - SECOND)


@pytest.mark.django_db
def test_the_sixth_try_is_refused_even_with_the_right_code() -> None:
    user = make_user()
    text = text_of(issue(user))
    for _ in range(5):
        with pytest.raises(codes.CodeWrong):
            codes.verify(user.email, wrong(text), NOW)
    with pytest.raises(codes.TooManyTries):
        codes.verify(user.email, text, NOW)
    user.refresh_from_db()
    assert not user.is_email_verified


@pytest.mark.django_db(transaction=True)
def test_of_many_guesses_at_once_five_are_compared() -> None:
    user = make_user()
    text = text_of(issue(user))

    outcomes = verify_at_once(user, wrong(text), 16)
    assert sorted(outcomes) == ["CodeWrong"] * 5 + ["TooManyTries"] * 11


@pytest.mark.django_db(transaction=True)
def test_a_code_that_is_sent_four_times_at_once_is_used_once() -> None:
    user = make_user()
    outcomes = verify_at_once(user, text_of(issue(user)), 4)
    assert outcomes.count("verified") == 1


@pytest.mark.django_db
def test_a_new_code_replaces_the_old_one_after_a_minute() -> None:
    user = make_user()
    old = issue(user)
    old_text = text_of(old)
    assert codes.issue(user, NOW + 59 * SECOND) is None
    later = NOW + 60 * SECOND
    new = issue(user, later)
    with travel(later, tick=False):
        assert codes.code_text(old) is None
    with pytest.raises(codes.CodeWrong):
        codes.verify(user.email, old_text, later)
    codes.verify(user.email, text_of(new, later), later)


@pytest.mark.django_db
def test_ten_codes_a_day_are_the_most() -> None:
    user = make_user()
    hour = timedelta(hours=1)
    for i in range(10):
        issue(user, NOW + i * hour)
    assert codes.issue(user, NOW + 23 * hour) is None
    issue(user, NOW + 24 * hour)


@pytest.mark.django_db
def test_a_code_of_another_account_is_wrong() -> None:
    alice, bob = make_user(), make_user()
    issue(alice)
    text = text_of(issue(bob))
    with pytest.raises(codes.CodeWrong):
        codes.verify(alice.email, text, NOW)


@pytest.mark.django_db
def test_a_code_that_is_of_no_use_any_more_has_no_text_to_mail() -> None:
    user = make_user()
    code = issue(user)
    with travel(code.expires_at, tick=False):
        assert codes.code_text(code) is None
    codes.revoke(user)
    with travel(NOW, tick=False):
        assert codes.code_text(code) is None


@pytest.mark.django_db
def test_a_revoked_code_is_wrong() -> None:
    user = make_user()
    text = text_of(issue(user))
    codes.revoke(user)
    with pytest.raises(codes.CodeWrong):
        codes.verify(user.email, text, NOW)
    assert not UserProfile.objects.get(pk=user.pk).is_email_verified


@pytest.mark.django_db
def test_a_code_proves_nothing_that_is_proved_already() -> None:
    user = make_user()
    text = text_of(issue(user))
    UserProfile.objects.update(is_email_verified=True)
    with pytest.raises(codes.CodeExpired):
        codes.verify(user.email, text, NOW)


@pytest.mark.django_db
def test_an_account_that_was_deactivated_meanwhile_is_not_verified() -> None:
    user = make_user()
    text = text_of(issue(user))
    UserProfile.objects.update(is_active=False)
    with pytest.raises(codes.CodeExpired):
        codes.verify(user.email, text, NOW)


@pytest.mark.django_db
def test_a_revoked_code_is_replaced_at_once_but_counts_for_the_day() -> None:
    user = make_user()
    for _ in range(10):
        issue(user)
        codes.revoke(user)
    assert codes.issue(user, NOW) is None


@pytest.mark.django_db
def test_the_code_issued_last_is_in_force_whatever_the_clocks_say() -> None:
    user = make_user()
    issue(user, NOW + SECOND)
    codes.revoke(user)
    codes.verify(user.email, text_of(issue(user, NOW)), NOW + SECOND)
