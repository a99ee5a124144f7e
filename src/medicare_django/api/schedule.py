"""A doctor's hours, and what every change of a schedule tells of those whom it strands."""

from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from medicare_core.appointments import Appointment
from medicare_core.availability import Repeat
from medicare_core.ids import DoctorId
from medicare_django.accounts.models import Doctor
from medicare_django.api.appointments import AppointmentData, visible_to
from medicare_django.api.authentication import doctor_in, user_of
from medicare_django.api.fields import (
    Choice,
    Stored,
    StrictDate,
    StrictInteger,
    StrictSerializer,
    StrictTime,
    Weekdays,
)
from medicare_django.api.pagination import paged
from medicare_django.api.permissions import IsDoctor
from medicare_django.api.queries import Query, QueryFlag
from medicare_django.api.responses import custom200, custom201, try_except_wrapper
from medicare_django.api.schema import describe
from medicare_django.scheduling.models import (
    DoctorAvailability,
    default_slot_minutes,
)
from medicare_django.scheduling.wiring import booking_service


class Rule(StrictSerializer):
    """Which values go together is for the core's `AvailabilityRule` to say."""

    start_date = StrictDate()
    end_date = StrictDate(default=None, allow_null=True)
    start_time = StrictTime()
    end_time = StrictTime()
    repeat_pattern = Choice([each.value for each in Repeat], default=Repeat.NONE.value)
    repeat_days = Weekdays(default=frozenset)
    repeat_interval = StrictInteger(default=1, min_value=1, max_value=52)
    slot_minutes = StrictInteger(default=default_slot_minutes, min_value=5, max_value=1440)


class RuleData(Stored, Rule):
    """The hours as they are."""


class Stranded(serializers.Serializer[Any]):
    """All that a dry run tells."""

    stranded = AppointmentData(many=True)


class RuleChange(RuleData, Stranded):
    """The hours as they are now, and whom the change strands."""


class ChangeQuery(Query):
    ignores_unknown = False  # a misspelt dry run must not be carried out

    dry_run = QueryFlag(required=False)
    cancel_stranded = QueryFlag(required=False)


class Rules(APIView):
    permission_classes = (IsAuthenticated, IsDoctor)
    failure_message = "Your hours were not read or changed"

    @describe("list_hours", "List your hours", lists=RuleData)
    def get(self, request: Request) -> Response:
        return paged(self, _rules_of(request), RuleData)

    @describe(
        "add_hours",
        "Add hours, on one day or repeated",
        takes=Rule,
        query=[ChangeQuery],
        gives=RuleChange,
        status=HTTPStatus.CREATED,
        also=Stranded,
    )
    @try_except_wrapper
    def post(self, request: Request) -> Response:
        doctor = doctor_in(request)
        row = DoctorAvailability(doctor=doctor, **Rule.read(request.data))
        return changed(request, doctor, row.save, lambda: RuleData(row).data, made=True)


class OneRule(APIView):
    permission_classes = (IsAuthenticated, IsDoctor)
    failure_message = "Your hours were not read or changed"

    @describe("read_hours", "See some hours of yours", gives=RuleData)
    def get(self, request: Request, rule: int) -> Response:
        return custom200(
            "The hours.", RuleData(get_object_or_404(_rules_of(request), pk=rule)).data
        )

    @describe(
        "replace_hours",
        "Replace hours",
        takes=Rule,
        query=[ChangeQuery],
        gives=RuleChange,
    )
    @try_except_wrapper
    def put(self, request: Request, rule: int) -> Response:
        return self._update(request, rule, partial=False)

    @describe(
        "change_hours",
        "Change some of what hours say",
        takes=Rule,
        query=[ChangeQuery],
        gives=RuleChange,
    )
    @try_except_wrapper
    def patch(self, request: Request, rule: int) -> Response:
        return self._update(request, rule, partial=True)

    @describe("delete_hours", "Delete hours", query=[ChangeQuery], gives=Stranded)
    @try_except_wrapper
    def delete(self, request: Request, rule: int) -> Response:
        return deleted(request, doctor_in(request), _rules_of(request), rule)

    def _update(self, request: Request, rule: int, *, partial: bool) -> Response:
        row = get_object_or_404(_rules_of(request), pk=rule)
        values = Rule.read(_without_own_id(request.data, rule), partial=partial)

        def change() -> None:
            nonlocal row
            # Again, now that the doctor is locked: what is left out of a PATCH may have changed.
            row = get_object_or_404(_rules_of(request), pk=rule)
            for name, value in values.items():
                setattr(row, name, value)
            row.save()

        return changed(request, doctor_in(request), change, lambda: RuleData(row).data)


def _rules_of(request: Request) -> QuerySet[DoctorAvailability]:
    return DoctorAvailability.objects.filter(doctor=doctor_in(request))


def _without_own_id(given: Any, own: int) -> Any:
    """An object may be sent back as it was read."""
    if isinstance(given, dict) and type(given.get("id")) is int and given["id"] == own:
        return {name: value for name, value in given.items() if name != "id"}
    return given


def deleted(request: Request, doctor: Doctor | None, rows: QuerySet[Any], own: int) -> Response:
    def change() -> None:
        get_object_or_404(rows, pk=own).delete()

    return changed(request, doctor, change, dict)


def changed(
    request: Request,
    doctor: Doctor | None,
    change: Callable[[], object],
    data: Callable[[], dict[str, Any]],
    *,
    made: bool = False,
) -> Response:
    """Make the change, or try it out, and tell which appointments it strands.

    What a dry run would make has no id to be told by.
    """
    asked = ChangeQuery.of(request)
    hit = booking_service().change_schedule(
        None if doctor is None else DoctorId(doctor.pk), change, now=timezone.now(), **asked
    )
    told = {"stranded": _shown(request, hit)}
    if asked.get("dry_run"):
        would_be = {} if made else data()
        return custom200("Nothing was changed: this was a dry run.", {**would_be, **told})
    answer = custom201 if made else custom200
    return answer("The change is made.", {**data(), **told})


def _shown(request: Request, appointments: Iterable[Appointment]) -> list[dict[str, Any]]:
    reader = user_of(request)
    rows = visible_to(reader).filter(pk__in=[each.id for each in appointments])
    shown = AppointmentData(
        rows.order_by("starts_at", "id"), many=True, context={"reader": reader}
    )
    return list(shown.data)
