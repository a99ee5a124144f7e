"""Doctors' time off, and the closures of the clinic."""

from http import HTTPStatus

from django.db.models import QuerySet
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from medicare_django.accounts.models import Doctor
from medicare_django.api.authentication import doctor_in
from medicare_django.api.fields import Stored, StrictDate, StrictSerializer, StrictTime
from medicare_django.api.pagination import paged
from medicare_django.api.permissions import IsAdmin, IsDoctor
from medicare_django.api.responses import try_except_wrapper
from medicare_django.api.schedule import ChangeQuery, Stranded, changed, deleted
from medicare_django.api.schema import describe
from medicare_django.api.texts import Text
from medicare_django.scheduling.models import TimeOff


class Absence(StrictSerializer):
    start_date = StrictDate()
    end_date = StrictDate(default=None, allow_null=True)
    start_time = StrictTime(default=None, allow_null=True)
    end_time = StrictTime(default=None, allow_null=True)
    note = Text(default="", allow_blank=True, max_length=200)


class AbsenceData(Stored, Absence):
    """The time off or closure as it is."""


class AbsenceChange(AbsenceData, Stranded):
    """The time off or closure, and whom it strands."""


class TimesOff(APIView):
    permission_classes = (IsAuthenticated, IsDoctor)
    failure_message = "Your time off was not read or changed"

    @describe("list_time_off", "List your time off", lists=AbsenceData)
    def get(self, request: Request) -> Response:
        return paged(self, _absences_of(doctor_in(request)), AbsenceData)

    @describe(
        "add_time_off",
        "Add time off",
        takes=Absence,
        query=[ChangeQuery],
        gives=AbsenceChange,
        status=HTTPStatus.CREATED,
        also=Stranded,
    )
    @try_except_wrapper
    def post(self, request: Request) -> Response:
        return _absent(request, doctor_in(request))


class OneTimeOff(APIView):
    permission_classes = (IsAuthenticated, IsDoctor)
    failure_message = "Your time off was not read or changed"

    @describe("delete_time_off", "Delete time off", query=[ChangeQuery], gives=Stranded)
    @try_except_wrapper
    def delete(self, request: Request, absence: int) -> Response:
        doctor = doctor_in(request)
        return deleted(request, doctor, _absences_of(doctor), absence)


class Closures(APIView):
    permission_classes = (IsAuthenticated, IsAdmin)
    failure_message = "The closures were not read or changed"

    @describe("list_closures", "List the closures", lists=AbsenceData)
    def get(self, request: Request) -> Response:
        return paged(self, _absences_of(None), AbsenceData)

    @describe(
        "add_closure",
        "Add a closure",
        takes=Absence,
        query=[ChangeQuery],
        gives=AbsenceChange,
        status=HTTPStatus.CREATED,
        also=Stranded,
    )
    @try_except_wrapper
    def post(self, request: Request) -> Response:
        return _absent(request, None)


class OneClosure(APIView):
    permission_classes = (IsAuthenticated, IsAdmin)
    failure_message = "The closures were not read or changed"

    @describe("delete_closure", "Delete a closure", query=[ChangeQuery], gives=Stranded)
    @try_except_wrapper
    def delete(self, request: Request, absence: int) -> Response:
        return deleted(request, None, _absences_of(None), absence)


def _absences_of(doctor: Doctor | None) -> QuerySet[TimeOff]:
    return TimeOff.objects.filter(doctor=doctor)


def _absent(request: Request, doctor: Doctor | None) -> Response:
    row = TimeOff(doctor=doctor, **Absence.read(request.data))
    return changed(request, doctor, row.save, lambda: AbsenceData(row).data, made=True)
