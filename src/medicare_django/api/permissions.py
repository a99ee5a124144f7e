from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from medicare_django.accounts.models import UserProfile
from medicare_django.accounts.roles import Role, role_of


class _HasRole(BasePermission):
    role: Role

    def has_permission(self, request: Request, view: Any) -> bool:
        user = request.user
        return isinstance(user, UserProfile) and role_of(user) is self.role


class IsPatient(_HasRole):
    role = Role.PATIENT
    message = "Only patients may do this."


class IsDoctor(_HasRole):
    role = Role.DOCTOR
    message = "Only doctors may do this."


class IsAdmin(_HasRole):
    role = Role.ADMIN
    message = "Only admins may do this."


class IsEmailVerified(BasePermission):
    code = "email_not_verified"
    message = (
        "Please verify your e-mail first: send the code that we mailed you to /api/verify-email/, "
        "or ask for a new one at /api/resend-otp/."
    )

    def has_permission(self, request: Request, view: Any) -> bool:
        return isinstance(request.user, UserProfile) and request.user.is_email_verified
