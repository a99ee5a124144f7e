import pytest
from django.contrib.auth import authenticate
from django.contrib.sessions.backends.db import SessionStore
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management import CommandError, call_command
from django.db import IntegrityError
from django.test import Client, RequestFactory

from medicare_django.accounts.email_address import canonical_email, validate_email_address
from medicare_django.accounts.models import Doctor, UserProfile
from medicare_django.accounts.password_reset import make_token, reset_password
from medicare_django.accounts.phone import normal_phone_number
from medicare_django.accounts.roles import Role, role_of
from medicare_django.accounts.staff_site import StaffPasswordChange
from medicare_django.accounts.timezones import known_timezones, validate_timezone
from tests.integration.factories import (
    PASSWORD,
    browser_of,
    make_admin,
    make_doctor,
    make_patient,
    make_user,
)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ada@Example.ORG", "ada@example.org"),
        (" ada@example.org\n", "ada@example.org"),
        ("ada@\uff45xample.org", "ada@example.org"),  # full width
        ("ada@m\u00fcnchen.example", "ada@xn--mnchen-3ya.example"),
    ],
)
def test_spellings_of_one_address_have_one_canonical_form(one: str, other: str) -> None:
    assert canonical_email(one) == canonical_email(other)


@pytest.mark.parametrize(
    "text",
    [
        "", "ada", "a@x", "a@localhost", "a@x..org", "a@x.org.", "a b@x.org", "a@b@x.org",
        "a@[127.0.0.1]", '"a"@x.org', "\u0131@x.org", "a" * 65 + "@x.org",
        f"a@{'x' * 63}.{'x' * 63}.{'x' * 63}.{'x' * 63}.org",
        "a@x.org\uff0ceve@x.org", "a@x\uff0ceve.org", "a@x\uff1beve.org", "a@x\uff1eeve.org",
        "a@fa\u00df.de", "a@FA\u1e9e.de", "a@x\u200dy.org", "a\uff20x.org", "a@x\uff20y.org", "a@x\u3000y.org", "a@x y.org", "a@x_y.org", "a@-x.org",
        "a@x-.org", "a@x.123", "\uff41@x.org", "\u212a@x.org", ".a@x.org", "a..b@x.org", "a,b@x.org",
        "a@x.org\r\nBcc: eve@x.org", "a@x\uff1c.org", "a@\u2474.org", "a@x\u2100y.org",
    ],
)  # fmt: skip
def test_what_cannot_be_an_address_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        validate_email_address(text)


@pytest.mark.parametrize(
    "text",
    ["a+b.c@x.org", "o'brien@x.org", "A@X.org", "a@m\u00fcnchen.example", "a@x\uff0eorg"],
)
def test_unusual_addresses_are_accepted_and_have_one_plain_form(text: str) -> None:
    validate_email_address(text)
    canonical = canonical_email(text)
    assert canonical.isascii()
    assert canonical_email(canonical) == canonical


@pytest.mark.django_db
def test_mail_goes_to_the_plain_form_of_an_address() -> None:
    user = make_user(email=" Ada@m\u00fcnchen.example")
    user.refresh_from_db()
    assert user.email == "Ada@xn--mnchen-3ya.example"
    assert user.email_canonical == "ada@xn--mnchen-3ya.example"


def test_a_bad_address_is_refused_in_one_sentence() -> None:
    with pytest.raises(ValidationError) as refused:
        UserProfile._meta.get_field("email").clean("nonsense", None)
    assert refused.value.messages == ["Enter a valid e-mail address."]


@pytest.mark.django_db
def test_two_spellings_of_one_address_are_one_account() -> None:
    make_user(email="Ada@Example.org")
    with pytest.raises(IntegrityError):
        make_user(email="ada@example.ORG")


@pytest.mark.django_db
def test_the_canonical_address_follows_the_address_in_bulk_too() -> None:
    UserProfile.objects.bulk_create([UserProfile(name="Ada", email="Ada@Example.org")])
    user = UserProfile.objects.get()
    assert user.email_canonical == "ada@example.org"
    user.email = "Eve@Example.org"
    user.save()
    user.refresh_from_db()
    assert user.email_canonical == "eve@example.org"


@pytest.mark.django_db
def test_any_spelling_logs_in() -> None:
    ada = make_user(email="Ada@Example.org")
    request = RequestFactory().post("/")
    assert authenticate(request, email="aDA@example.ORG", password=PASSWORD) == ada


@pytest.mark.django_db
def test_roles_come_from_rights_and_from_being_a_doctor() -> None:
    doctor = make_doctor()
    assert role_of(make_patient()) is Role.PATIENT
    assert role_of(doctor.user) is Role.DOCTOR
    doctor.user.is_staff = True
    assert role_of(doctor.user) is Role.ADMIN
    doctor.user.is_active = False
    assert role_of(doctor.user) is Role.DOCTOR


@pytest.mark.django_db
def test_createsuperuser_makes_a_verified_admin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)
    call_command("createsuperuser", "--no-input", "--email=root@example.org", "--name=Root")
    root = UserProfile.objects.get()
    assert role_of(root) is Role.ADMIN
    assert root.is_email_verified
    assert root.check_password(PASSWORD)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("", "too short"),
        ("nurse", "too short"),
        ("password1234", "too common"),
        ("Rootabaga Moss", "too similar to the name"),
        ("rootabaga@example.org", "too similar to the e-mail"),
    ],
)
def test_createsuperuser_refuses_a_weak_password_of_the_environment_in_one_line(
    monkeypatch: pytest.MonkeyPatch, password: str, reason: str
) -> None:
    for name, value in {"PASSWORD": password, "NAME": "Rootabaga Mosse"}.items():
        monkeypatch.setenv(f"DJANGO_SUPERUSER_{name}", value)
    with pytest.raises(CommandError, match=rf"^DJANGO_SUPERUSER_PASSWORD: .*{reason}.*$"):
        call_command("createsuperuser", "--no-input", "--email=rootabaga@example.org")
    assert not UserProfile.objects.exists()


@pytest.mark.django_db
def test_createsuperuser_names_an_address_that_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    make_patient(email="root@example.org")
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)
    with pytest.raises(CommandError, match="already taken"):
        call_command("createsuperuser", "--no-input", "--email=Root@Example.org", "--name=Root")


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("Europe/Berlin", True),
        ("UTC", True),
        ("localtime", False),
        ("Factory", False),
        ("", False),
    ],
)
def test_a_time_zone_is_a_place(name: str, known: bool) -> None:
    assert (name in known_timezones()) is known
    if not known:
        with pytest.raises(ValidationError):
            validate_timezone(name)


@pytest.mark.parametrize(
    ("text", "normal"),
    [("+49 30 123456", "+4930123456"), ("+1 (212) 555-0100", "+12125550100")],
)
def test_phone_numbers_are_kept_in_one_form(text: str, normal: str) -> None:
    assert normal_phone_number(text) == normal


@pytest.mark.parametrize(
    "text", ["030 123456", "0049 30 123456", "+49 30 1234 ext. 5", "call", "+"]
)
def test_phone_numbers_need_their_country(text: str) -> None:
    with pytest.raises(ValidationError):
        normal_phone_number(text)


@pytest.mark.django_db
def test_the_admin_site_makes_and_changes_people() -> None:
    client = browser_of(make_admin())
    form = {
        "email": "New@Example.org",
        "name": "New",
        "usable_password": "true",
        "password1": PASSWORD,
        "password2": PASSWORD,
    }
    client.post("/admin/accounts/userprofile/add/", form)
    user = UserProfile.objects.get(email_canonical="new@example.org")
    again = client.post("/admin/accounts/userprofile/add/", {**form, "email": "new@example.org"})
    assert "A user with this e-mail exists already." in again.content.decode()
    page = client.get(f"/admin/accounts/userprofile/{user.pk}/change/").content.decode()
    assert 'name="name"' in page
    assert 'name="otp"' not in page
    assert client.get("/admin/accounts/userprofile/?q=new").status_code == 200
    assert client.get("/admin/accounts/doctor/add/").status_code == 200


@pytest.fixture
def admin_site(db: None) -> Client:
    return browser_of(make_admin())


def test_whom_an_admin_adds_counts_as_verified(admin_site: Client) -> None:
    form = {"email": "new@example.org", "name": "New", "usable_password": "false"}
    assert admin_site.post("/admin/accounts/userprofile/add/", form).status_code == 302
    assert UserProfile.objects.get(email="new@example.org").is_email_verified


@pytest.mark.parametrize("right", ["is_staff", "is_superuser"])
def test_an_admin_gives_no_rights_to_who_is_not_verified(admin_site: Client, right: str) -> None:
    user = make_user()
    path = f"/admin/accounts/userprofile/{user.pk}/change/"
    form = {"email": user.email, "name": user.name, "is_active": "on", right: "on"}
    for given in (form, {**form, "is_email_verified": "on"}):  # no tick makes a sign-up verified
        page = admin_site.post(path, given).content.decode()
        assert "Who is staff needs a verified e-mail" in page
        user.refresh_from_db()
        assert not getattr(user, right)
        assert not user.is_email_verified
    reset_password(make_token(user), "a quite different one")
    assert admin_site.post(path, form).status_code == 302
    user.refresh_from_db()
    assert getattr(user, right)


PRACTICE = {
    "specialization": "Cardiology",
    "hospital": "St Anne",
    "address": "1 Hill Street",
    "timezone": "Europe/Berlin",
}


def test_an_admin_makes_no_doctor_of_who_is_not_verified(admin_site: Client) -> None:
    user = make_user()
    form = PRACTICE | {"user": user.pk}
    page = admin_site.post("/admin/accounts/doctor/add/", form).content.decode()
    assert "A doctor needs a verified e-mail" in page
    assert (
        "This field is required."
        in admin_site.post("/admin/accounts/doctor/add/", PRACTICE).content.decode()
    )
    UserProfile.objects.update(is_email_verified=True)
    assert admin_site.post("/admin/accounts/doctor/add/", form).status_code == 302
    assert Doctor.objects.get().user == user


def test_a_practice_stays_with_its_doctor(admin_site: Client) -> None:
    doctor, other = make_doctor(), make_patient()
    path = f"/admin/accounts/doctor/{doctor.pk}/change/"
    assert 'name="user"' not in admin_site.get(path).content.decode()
    form = PRACTICE | {"user": other.pk, "hospital": "North"}
    assert admin_site.post(path, form).status_code == 302
    changed = Doctor.objects.get()
    assert (changed.user, changed.hospital) == (doctor.user, "North")


def test_the_admin_site_strands_nobody_and_says_who_can(admin_site: Client) -> None:
    doctor, patient = make_doctor(timezone="Europe/Berlin"), make_patient()
    user = doctor.user
    path = f"/admin/accounts/userprofile/{user.pk}/change/"
    page = admin_site.get(path).content.decode()
    assert 'name="is_active"' not in page
    assert "Doctors are activated and deactivated in the admin portal" in page
    form = {"email": user.email, "name": "Renamed"}  # no tick: whoever has one is deactivated
    assert admin_site.post(path, form).status_code == 302
    user.refresh_from_db()
    assert (user.name, user.is_active) == ("Renamed", True)
    other = admin_site.get(f"/admin/accounts/userprofile/{patient.pk}/change/").content.decode()
    assert 'name="is_active"' in other
    path = f"/admin/accounts/doctor/{doctor.pk}/change/"
    page = admin_site.get(path).content.decode()
    assert 'name="timezone"' not in page
    assert "Later it is changed in the admin portal" in page
    assert admin_site.post(path, PRACTICE | {"timezone": "Asia/Tokyo"}).status_code == 302
    assert Doctor.objects.get().timezone == "Europe/Berlin"


@pytest.mark.django_db
def test_the_admin_site_is_for_admins() -> None:
    client = browser_of(make_patient())
    assert client.get("/admin/accounts/userprofile/").status_code == 302


@pytest.mark.django_db
def test_a_new_password_at_django_admin_undoes_nothing_that_happened_meanwhile() -> None:
    root = UserProfile.objects.create_superuser("root@example.org", "Root", PASSWORD)
    request, new = RequestFactory().post("/"), "a quite different one"
    given = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
    request.session = SessionStore()
    form = StaffPasswordChange(request, root, given)
    assert form.is_valid()
    reset_password(make_token(root), "the owner's own choice")
    UserProfile.objects.filter(pk=root.pk).update(is_staff=False)
    with pytest.raises(PermissionDenied):
        form.save()
    root.refresh_from_db()
    assert (root.check_password("the owner's own choice"), root.is_staff) == (True, False)
