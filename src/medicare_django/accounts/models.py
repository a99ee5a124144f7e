import uuid
from typing import Any, ClassVar

from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.models import AbstractUser, BaseUserManager
from django.core.validators import MaxValueValidator
from django.db import models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils import timezone

from medicare_django.accounts import email_address
from medicare_django.accounts.pictures import PictureField
from medicare_django.accounts.timezones import clinic_timezone, validate_timezone


class Gender(models.TextChoices):
    FEMALE = "female"
    MALE = "male"
    OTHER = "other"


class ExactCharField(models.CharField):  # type: ignore[type-arg]  # not when running
    """Compared letter by letter on MySQL and MariaDB too, where e, E and é are one otherwise."""

    def db_parameters(self, connection: BaseDatabaseWrapper) -> dict[str, Any]:
        collation = {"collation": "utf8mb4_bin"} if connection.vendor == "mysql" else {}
        return {**super().db_parameters(connection), **collation}


class PlainEmailField(ExactCharField, models.EmailField):  # type: ignore[type-arg]  # as above
    default_validators = [email_address.validate_email_address]

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        plain = email_address.plain_email(getattr(model_instance, self.attname))
        setattr(model_instance, self.attname, plain)
        return plain


class CanonicalEmailField(ExactCharField):
    """Follows `email` at every save, bulk inserts included, so that the two cannot part."""

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        canonical = email_address.canonical_email(getattr(model_instance, "email"))  # noqa: B009
        setattr(model_instance, self.attname, canonical)
        return canonical


class UserManager(BaseUserManager["UserProfile"]):
    def create_user(
        self, email: str, name: str, password: str | None = None, **fields: Any
    ) -> "UserProfile":
        """Without a password nobody can log in until one is set."""
        user = self.model(email=email.strip(), name=name, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(
        self, email: str, name: str, password: str | None = None, **fields: Any
    ) -> "UserProfile":
        rights = {"is_staff": True, "is_superuser": True, "is_email_verified": True}
        return self.create_user(email, name, password, **rights, **fields)

    def get_by_natural_key(self, username: str | None) -> "UserProfile":
        return self.get(email_canonical=email_address.canonical_email(username or ""))


class UserProfile(AbstractUser):
    username = None  # type: ignore[assignment]  # people log in with their e-mail
    first_name = None  # type: ignore[assignment]  # one name, written as its owner writes it
    last_name = None  # type: ignore[assignment]  # as above
    name = models.CharField(max_length=150)
    email = PlainEmailField("e-mail", max_length=email_address.MAX_LENGTH, unique=True)
    email_canonical = CanonicalEmailField(
        max_length=email_address.MAX_LENGTH, unique=True, editable=False
    )
    phone_number = models.CharField(max_length=20, blank=True)
    gender = models.CharField(max_length=10, choices=Gender.choices, blank=True)
    age = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MaxValueValidator(150)]
    )
    place = models.CharField(max_length=150, blank=True)
    # A keyed digest of the one-time code in force, "" when there is none; never the code.
    otp = models.CharField(max_length=64, blank=True, editable=False)
    is_email_verified = models.BooleanField("e-mail verified", default=False)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    objects: ClassVar[UserManager] = UserManager()  # type: ignore[assignment]  # no username

    class Meta:
        verbose_name = "user"
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.name} <{self.email}>"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """A deactivated user's logins are over for good: activating must not revive old tokens."""
        super().save(*args, **kwargs)
        if not self.is_active:
            self.logins.filter(ended_at=None).update(ended_at=timezone.now())

    def check_password(self, raw_password: str | None) -> bool:
        """A stronger hash takes the place of the one that was checked, and of no other."""
        return check_password(raw_password, self.password, self._strengthen_hash)

    def _strengthen_hash(self, raw_password: str) -> None:
        # Not by `save`, as Django does it: that would undo a password that was set meanwhile.
        stronger = make_password(raw_password)
        if replace_password_hash(self, stronger, self.logins.all(), self.codes.all()):
            return
        # Another check of the same password may have been quicker.
        stored = UserProfile.objects.filter(pk=self.pk).values_list("password", flat=True).first()
        if stored is not None and check_password(raw_password, stored):
            self.password = stored

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name


class Doctor(models.Model):
    user = models.OneToOneField(UserProfile, on_delete=models.PROTECT, related_name="doctor")
    specialization = models.CharField(max_length=100)
    hospital = models.CharField(max_length=150)
    address = models.CharField(max_length=255)
    image = PictureField(upload_to="doctors/", blank=True)
    timezone = models.CharField(
        "time zone", max_length=64, default=clinic_timezone, validators=[validate_timezone]
    )

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.user.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """A picture that is replaced or removed is not kept: nothing would ever delete it."""
        stored = Doctor.objects.filter(pk=self.pk).exclude(image="")
        before = stored.values_list("image", flat=True).first()
        super().save(*args, **kwargs)
        after = stored.values_list("image", flat=True).first()
        if before and before != after:
            # No `partial`, since Django cannot say of one that it failed.
            transaction.on_commit(lambda: self.image.storage.delete(before), robust=True)


class OneTimeCode(models.Model):
    """One issue of a code. The code itself is derived from `nonce` and is stored nowhere.

    It proves `email`: the account's own address, or another one that is to take its place.
    `account_email` is the account's address at the time of the issue, `password_mark` the session
    hash of its password then; `login` is the one that asked for another address.
    """

    user = models.ForeignKey(UserProfile, on_delete=models.CASCADE, related_name="codes")
    email = PlainEmailField("e-mail", max_length=email_address.MAX_LENGTH)
    email_canonical = CanonicalEmailField(max_length=email_address.MAX_LENGTH, editable=False)
    account_email = PlainEmailField(max_length=email_address.MAX_LENGTH)
    password_mark = models.CharField(max_length=64)
    login = models.ForeignKey("Login", on_delete=models.CASCADE, null=True, related_name="+")
    nonce = models.CharField(max_length=32)
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    used_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["user", "issued_at"], name="code_of_user"),
            models.Index(fields=["email_canonical", "issued_at"], name="code_of_address"),
        ]

    def __str__(self) -> str:
        return f"code {self.pk}"

    @property
    def changes_address(self) -> bool:
        proved: str = self.email_canonical
        return proved != email_address.canonical_email(self.account_email)


class Login(models.Model):
    """A family of tokens: everything that descends from one entry of the password.

    `password_mark` is the session hash of that password, so whatever sets another one, and by
    whichever way, ends the login without having to know of it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(UserProfile, on_delete=models.CASCADE, related_name="logins")
    password_mark = models.CharField(max_length=64)
    started_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"login {self.pk}"


class RefreshToken(models.Model):
    """The use of one refresh token; the token itself is stored nowhere."""

    jti = models.CharField(max_length=32, primary_key=True)
    login = models.ForeignKey(Login, on_delete=models.CASCADE, related_name="refresh_tokens")
    expires_at = models.DateTimeField(db_index=True)
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"refresh token {self.pk}"


def replace_password_hash(user: UserProfile, new: str, *staying: models.QuerySet[Any]) -> bool:
    """False, with nothing changed, unless the password is still the one that `user` was read with.

    Of what goes with the old password, logins and codes, `staying` goes on with the new one.
    """
    old_mark = user.get_session_auth_hash()
    with transaction.atomic():
        unchanged = UserProfile.objects.filter(pk=user.pk, password=user.password)
        if not unchanged.update(password=new):
            return False
        user.password = new
        for rows in staying:
            rows.filter(password_mark=old_mark).update(password_mark=user.get_session_auth_hash())
    return True
