"""Who can be booked, and when: open to anyone."""

from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from medicare_core.ids import DoctorId
from medicare_core.slots import Slot
from medicare_core.wall_clock import day_number
from medicare_django.accounts.models import Doctor
from medicare_django.api.fields import StrictDate
from medicare_django.api.pagination import Pages
from medicare_django.api.queries import Query
from medicare_django.api.responses import custom200, try_except_wrapper
from medicare_django.api.views import PublicView
from medicare_django.scheduling.models import DoctorAvailability
from medicare_django.scheduling.wiring import booking_service


class _Day(Query):
    date = StrictDate()


class Doctors(PublicView):
    failure_message = "The doctors cannot be listed"

    def get(self, request: Request) -> Response:
        pages = Pages()
        page = pages.paginate_queryset(_doctors().order_by("user__name", "id"), request, self)
        return pages.get_paginated_response([doctor_data(each) for each in page or ()])


class OneDoctor(PublicView):
    def get(self, request: Request, doctor: int) -> Response:
        return custom200("The doctor.", doctor_data(get_object_or_404(_doctors(), pk=doctor)))


class Image(PublicView):
    def get(self, request: Request, doctor: int) -> FileResponse:
        found = get_object_or_404(_doctors().exclude(image=""), pk=doctor)
        try:
            return FileResponse(found.image.open())
        except FileNotFoundError:
            raise Http404 from None


class Availability(PublicView):
    failure_message = "The availability cannot be told"

    def get(self, request: Request, doctor: int) -> Response:
        asked: date = _Day.of(request)["date"]
        found = get_object_or_404(_doctors(), pk=doctor)
        day = day_number(asked)
        in_force = [
            row for row in found.availability.all() if day in set(row.rule().days(day, day))
        ]
        rules = [rule_data(row) for row in in_force]
        return custom200(
            "The doctor's working hours on this date.",
            {"date": asked.isoformat(), "timezone": found.timezone, "rules": rules},
        )


class TimeSlots(PublicView):
    failure_message = "The free times cannot be told"

    @try_except_wrapper
    def get(self, request: Request, doctor: int) -> Response:
        asked: date = _Day.of(request)["date"]
        free = booking_service().free_slots(DoctorId(doctor), asked, now=timezone.now())
        slots = [_slot(slot) for slot in free]
        data = {
            "date": asked.isoformat(),
            "timezone": free.zone.key,
            # When the clocks go back a label comes twice: whoever books by label gets the first.
            "available_slots": list(dict.fromkeys(slot["time"] for slot in slots)),
            "slots": slots,
        }
        return custom200("The free times on this date.", data)


def rule_data(row: DoctorAvailability) -> dict[str, Any]:
    return {
        "id": row.pk,
        "start_date": row.start_date.isoformat(),
        "end_date": row.end_date and row.end_date.isoformat(),
        "start_time": row.start_time.strftime("%H:%M"),
        "end_time": row.end_time.strftime("%H:%M"),
        "repeat_pattern": row.repeat_pattern,
        "repeat_days": [day.name.capitalize() for day in sorted(row.repeat_days)],
        "repeat_interval": row.repeat_interval,
        "slot_minutes": row.slot_minutes,
    }


def _doctors() -> QuerySet[Doctor]:
    return Doctor.objects.filter(user__is_active=True).select_related("user")


def doctor_data(doctor: Doctor) -> dict[str, Any]:
    return {
        "id": doctor.pk,
        "name": doctor.user.name,
        "specialization": doctor.specialization,
        "hospital": doctor.hospital,
        "address": doctor.address,
        "image": f"/api/doctors/{doctor.pk}/image/" if doctor.image else None,
        "timezone": doctor.timezone,
    }


def _slot(slot: Slot) -> dict[str, str]:
    return {
        "time": f"{slot.starts_at:%H:%M}",
        "starts_at": slot.starts_at.isoformat(),
        "ends_at": slot.ends_at.isoformat(),
    }
