"""Booking, moving and cancelling: each is one call of the service."""

from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from medicare_core.appointments import AppointmentStatus
from medicare_core.errors import NotFound
from medicare_core.ids import AppointmentId, DoctorId, PatientId
from medicare_core.period import CELL_MINUTES
from medicare_core.policy import Actor
from medicare_django.accounts.models import UserProfile
from medicare_django.accounts.roles import Role, role_of
from medicare_django.api.authentication import user_of
from medicare_django.api.fields import (
    Choice,
    Instant,
    StrictDate,
    StrictInstant,
    StrictInteger,
    StrictSerializer,
    StrictTime,
)
from medicare_django.api.idempotency import (
    HEADER,
    PARAMETER,
    REPLAY,
    REPLAYED,
    idempotency_key,
)
from medicare_django.api.permissions import IsEmailVerified, IsPatient
from medicare_django.api.responses import (
    custom200,
    custom201,
    custom404,
    custom422,
    try_except_wrapper,
)
from medicare_django.api.schema import describe
from medicare_django.scheduling.booking_keys import Kept, KeyReused, Wish, book_once
from medicare_django.scheduling.models import Appointment
from medicare_django.scheduling.wiring import booking_service

_BOOKED = "Your appointment is booked."
_CANCELLED_SINCE = "This appointment was booked before, and has been cancelled since."
_KEY_REUSED = "This key came with another request before. Send a new one."
_MULTIPLE = f"Enter a multiple of {CELL_MINUTES} minutes."


class LocalInstant(Instant):
    """Told with the offset that the appointment's own zone has then."""

    def get_attribute(self, instance: Any) -> datetime:
        instant = super().get_attribute(instance)
        assert instant is not None  # noqa: S101 - no appointment is without
        return instant.astimezone(ZoneInfo(instance.timezone))


class AppointmentData(serializers.Serializer[Any]):
    """What a `reader` is told; patients are named to doctors and admins only.

    `stranded`, told where the context has their ids, marks those that the hours no longer cover.
    """

    id = serializers.UUIDField()
    doctor = serializers.IntegerField(source="doctor_id")
    doctor_name = serializers.CharField(source="doctor.user.name")
    patient = serializers.IntegerField(source="patient_id", required=False)
    patient_name = serializers.CharField(source="patient.name", required=False)
    date = StrictDate()
    time = StrictTime()
    starts_at = LocalInstant()
    ends_at = LocalInstant()
    timezone = serializers.CharField()
    status = Choice([each.value for each in AppointmentStatus])
    stranded = serializers.BooleanField(required=False)

    def get_fields(self) -> dict[str, Any]:
        fields = super().get_fields()
        reader = self.context.get("reader")
        if reader is not None and role_of(reader) is Role.PATIENT:
            del fields["patient"], fields["patient_name"]
        return fields

    def to_representation(self, row: Appointment) -> dict[str, Any]:
        told: dict[str, Any] = super().to_representation(row)
        if "stranded" in self.context:
            told["stranded"] = row.pk in self.context["stranded"]
        return told


class Start(StrictSerializer):
    """A wall-clock `date` and `time` of the doctor, or an instant; `start` is what it comes to."""

    date = StrictDate(required=False)
    time = StrictTime(required=False)
    starts_at = StrictInstant(required=False)

    def get_fields(self) -> dict[str, Any]:
        """Without `starts_at` both of the others are missed, whatever else is wrong."""
        fields = super().get_fields()
        given = getattr(self, "initial_data", None)
        is_local = not (isinstance(given, Mapping) and "starts_at" in given)
        fields["date"].required = fields["time"].required = is_local
        return fields

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        instant = attrs.pop("starts_at", None)
        local = {name: attrs.pop(name) for name in ("date", "time") if name in attrs}
        if instant is None:
            start = datetime.combine(local["date"], local["time"])
        else:
            _refuse(dict.fromkeys(local, "Give either this or starts_at."))
            start = instant
        if start.minute % CELL_MINUTES:
            _refuse({"time" if instant is None else "starts_at": _MULTIPLE})
        return {**attrs, "start": start}


class Booking(Start):
    doctor = StrictInteger(min_value=1)


class Book(APIView):
    permission_classes = (IsAuthenticated, IsPatient, IsEmailVerified)
    failure_message = "Booking failed"

    @describe(
        "book_appointment",
        "Book a free time",
        takes=Booking,
        gives=AppointmentData,
        status=HTTPStatus.CREATED,
        headers=(PARAMETER, REPLAY),
        fails=(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY),
    )
    @try_except_wrapper
    def post(self, request: Request) -> Response:
        asked = Booking.read(request.data)
        key, now = idempotency_key(request), timezone.now()
        wish = Wish(DoctorId(asked["doctor"]), PatientId(user_of(request).pk), asked["start"])
        try:
            if key is not None:
                kept = book_once(wish, key, now=now)
            else:
                booked = booking_service().book(wish.doctor, wish.patient, wish.start, now=now)
                kept = Kept(booked.id, is_new=True)
        except NotFound as error:
            return custom404(self.failure_message, {"doctor": [error.message]})
        except KeyReused:
            return custom422(self.failure_message, {HEADER: [_KEY_REUSED]})
        return self._answer(request, kept)

    def _answer(self, request: Request, kept: Kept) -> Response:
        """What was booked before is told as it is by now: it may have been moved, or cancelled."""
        told = _show(kept.appointment, request)
        if kept.is_new:
            return custom201(_BOOKED, told)
        is_live = told["status"] == AppointmentStatus.BOOKED.value
        response = custom201(_BOOKED if is_live else _CANCELLED_SINCE, told)
        response[REPLAYED] = "true"
        return response


class Reschedule(APIView):
    permission_classes = (IsAuthenticated, IsPatient)
    failure_message = "The appointment was not moved"

    @describe(
        "reschedule_appointment",
        "Move an appointment to another free time",
        takes=Start,
        gives=AppointmentData,
        fails=(HTTPStatus.CONFLICT,),
    )
    @try_except_wrapper
    def post(self, request: Request, appointment: UUID) -> Response:
        own = AppointmentId(_own(appointment, request).pk)
        start = Start.read(request.data)["start"]
        moved = booking_service().reschedule(own, start, now=timezone.now(), by=Actor.PATIENT)
        return custom200("Your appointment has been moved.", _show(moved.id, request))


class Cancel(APIView):
    failure_message = "The appointment was not cancelled"

    @describe(
        "cancel_appointment",
        "Cancel an appointment",
        gives=AppointmentData,
        fails=(HTTPStatus.CONFLICT,),
    )
    @try_except_wrapper
    def delete(self, request: Request, appointment: UUID) -> Response:
        row = _own(appointment, request)
        is_theirs = row.patient == user_of(request) and role_of(user_of(request)) is not Role.ADMIN
        by = Actor.PATIENT if is_theirs else Actor.CLINIC
        cancelled = booking_service().cancel(AppointmentId(row.pk), now=timezone.now(), by=by)
        return custom200("The appointment is cancelled.", _show(cancelled.id, request))


def _refuse(errors: dict[str, str]) -> None:
    if errors:
        raise serializers.ValidationError({name: [error] for name, error in errors.items()})


def visible_to(user: UserProfile) -> QuerySet[Appointment]:
    rows = Appointment.objects.select_related("doctor__user", "patient")
    match role_of(user):
        case Role.ADMIN:
            return rows
        case Role.DOCTOR:  # who may be somebody's patient as well
            return rows.filter(Q(doctor__user=user) | Q(patient=user))
        case Role.PATIENT:
            return rows.filter(patient=user)


def _own(appointment: UUID, request: Request) -> Appointment:
    """One that is not theirs does not exist for them."""
    return get_object_or_404(visible_to(user_of(request)), pk=appointment)


def _show(appointment: AppointmentId, request: Request) -> dict[str, Any]:
    user = user_of(request)
    return AppointmentData(visible_to(user).get(pk=appointment), context={"reader": user}).data
