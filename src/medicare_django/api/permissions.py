from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from medicare_django.accounts.models import UserProfile
from medicare_django.accounts.roles import Role, role_of


class IsPatient(BasePermission):
    message = "Only patients may do this."

    def has_permission(self, request: Request, view: Any) -> bool:
        user = request.user
        return isinstance(user, UserProfile) and role_of(user) is Role.PATIENT


class IsNotAdmin(BasePermission):
    """For what even those who keep the site have no business to read."""

    message = "Only patients and their doctors may do this."

    def has_permission(self, request: Request, view: Any) -> bool:
        user = request.user
        return isinstance(user, UserProfile) and role_of(user) is not Role.ADMIN


class IsEmailVerified(BasePermission):
    code = "email_not_verified"
    message = (
        "Please verify your e-mail first: send the code that we mailed you to /api/verify-email/, "
        "or ask for a new one at /api/resend-otp/."
    )

    def has_permission(self, request: Request, view: Any) -> bool:
        return isinstance(request.user, UserProfile) and request.user.is_email_verified
