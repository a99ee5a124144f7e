from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from medicare_django.accounts import request_rates


class AddressThrottle(BaseThrottle):
    scope: str
    seconds_left = 0

    def allow_request(self, request: Request, view: APIView) -> bool:
        self.seconds_left = request_rates.seconds_to_wait(self.scope, request)
        return not self.seconds_left

    def wait(self) -> int:
        return self.seconds_left


class AnonymousThrottle(AddressThrottle):
    scope = "anonymous"


class LoginThrottle(AddressThrottle):
    """Refuses before anything is read; the guard of all logins counts the request no second time."""

    scope = request_rates.LOGIN


class RegistrationThrottle(AddressThrottle):
    scope = request_rates.REGISTRATION


class UploadThrottle(AddressThrottle):
    """Files are work even where they are refused."""

    scope = request_rates.UPLOADS


class CodeThrottle(AddressThrottle):
    scope = request_rates.CODES
