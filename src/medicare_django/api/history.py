"""The appointments of whoever asks."""

from typing import Any

from django.db.models import Q
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from medicare_core.ids import DoctorId
from medicare_django.accounts.roles import Role, role_of
from medicare_django.api.appointments import AppointmentData, visible_to
from medicare_django.api.authentication import doctor_in, user_of
from medicare_django.api.fields import Choice, StrictDate
from medicare_django.api.pagination import paged
from medicare_django.api.queries import Query, QueryInteger
from medicare_django.api.schema import describe
from medicare_django.scheduling.wiring import booking_service


class HistoryQuery(Query):
    when = Choice(["upcoming", "past", "all"], default="all")
    to = StrictDate(required=False)
    doctor = QueryInteger(required=False)

    def get_fields(self) -> dict[str, Any]:
        return {**super().get_fields(), "from": StrictDate(required=False)}


class History(APIView):
    failure_message = "The appointments cannot be listed"

    @describe(
        "list_appointments",
        "List your appointments, newest first",
        query=[HistoryQuery],
        lists=AppointmentData,
    )
    def get(self, request: Request) -> Response:
        asked = HistoryQuery.of(request)
        rows = visible_to(user_of(request)).filter(_condition(asked))
        context = _context(request, asked["when"])
        return paged(self, rows.order_by("-starts_at", "id"), AppointmentData, **context)


def _condition(asked: dict[str, Any]) -> Q:
    now = timezone.now()
    condition = {
        "upcoming": Q(ends_at__gt=now),
        "past": Q(ends_at__lte=now),
        "all": Q(),
    }[asked["when"]]
    lookups = {"from": "date__gte", "to": "date__lte", "doctor": "doctor"}
    bounds = {lookup: asked[name] for name, lookup in lookups.items() if name in asked}
    return condition & Q(**bounds)


def _context(request: Request, when: str) -> dict[str, Any]:
    """Doctors see in their history which appointments they should see to; none that is over."""
    reader = user_of(request)
    if role_of(reader) is not Role.DOCTOR:
        return {"reader": reader}
    if when == "past":
        return {"reader": reader, "stranded": set()}
    doctor = DoctorId(doctor_in(request).pk)
    stranded = booking_service().stranded(doctor, now=timezone.now())
    return {"reader": reader, "stranded": {each.id for each in stranded}}
