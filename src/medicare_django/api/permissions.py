from typing import Any, ClassVar

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from medicare_django.accounts.models import UserProfile
from medicare_django.accounts.roles import Role, role_of


class _OfRole(BasePermission):
    roles: ClassVar[set[Role]]

    def has_permission(self, request: Request, view: Any) -> bool:
        return isinstance(request.user, UserProfile) and role_of(request.user) in self.roles


class IsPatient(_OfRole):
    message = "Only patients may do this."
    roles: ClassVar = {Role.PATIENT}


class IsDoctor(_OfRole):
    message = "Only doctors may do this."
    roles: ClassVar = {Role.DOCTOR}


class IsAdmin(_OfRole):
    message = "Only admins may do this."
    roles: ClassVar = {Role.ADMIN}


class IsNotAdmin(_OfRole):
    """For what even those who keep the site have no business to read."""

    message = "Only patients and their doctors may do this."
    roles: ClassVar = {Role.PATIENT, Role.DOCTOR}


class IsEmailVerified(BasePermission):
    code = "email_not_verified"
    message = (
        "Please verify your e-mail first: send the code that we mailed you to /api/verify-email/, "
        "or ask for a new one at /api/resend-otp/."
    )

    def has_permission(self, request: Request, view: Any) -> bool:
        return isinstance(request.user, UserProfile) and request.user.is_email_verified
