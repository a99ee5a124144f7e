from enum import StrEnum

from django.db.models import QuerySet

from medicare_django.accounts.models import Doctor, UserProfile


class Role(StrEnum):
    ADMIN = "admin"
    DOCTOR = "doctor"
    PATIENT = "patient"


def patients() -> QuerySet[UserProfile]:
    """Whoever is neither staff nor a doctor, active or not."""
    return UserProfile.objects.filter(is_staff=False, doctor=None)


def role_of(user: UserProfile) -> Role:
    if user.is_active and user.is_staff:
        return Role.ADMIN
    return Role.PATIENT if doctor_of(user) is None else Role.DOCTOR


def doctor_of(user: UserProfile) -> Doctor | None:
    """Cost a query unless `user` was loaded together with its doctor."""
    return getattr(user, "doctor", None)
