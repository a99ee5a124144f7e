"""Who can be booked, and when: open to anyone."""

from datetime import date
from typing import Any

from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from medicare_core.ids import DoctorId
from medicare_core.wall_clock import day_number
from medicare_django.accounts.doctors import active_doctors, find_doctors
from medicare_django.accounts.models import Doctor
from medicare_django.accounts.pictures import picture_kind
from medicare_django.accounts.sandbox import sandboxed
from medicare_django.api.fields import Instant, StrictDate, StrictTime
from medicare_django.api.files import AnyAccept
from medicare_django.api.pagination import paged
from medicare_django.api.queries import Query
from medicare_django.api.responses import custom200, try_except_wrapper
from medicare_django.api.schedule import RuleData
from medicare_django.api.schema import describe
from medicare_django.api.texts import Text
from medicare_django.api.views import PublicView
from medicare_django.scheduling.wiring import booking_service

WORDS = ("search", "specialization", "hospital")


class DayQuery(Query):
    date = StrictDate()


class DoctorsQuery(Query):
    """`search` looks for each of its words in the name, the specialization and the hospital."""

    search = Text(required=False, allow_blank=True, max_length=100)
    specialization = Text(required=False, allow_blank=True, max_length=100)
    hospital = Text(required=False, allow_blank=True, max_length=150)
    date = StrictDate(required=False)


class DoctorData(serializers.Serializer[Doctor]):
    id = serializers.IntegerField()
    name = serializers.CharField(source="user.name")
    specialization = serializers.CharField()
    hospital = serializers.CharField()
    address = serializers.CharField()
    image = serializers.SerializerMethodField()
    timezone = serializers.CharField()

    def get_image(self, doctor: Doctor) -> str | None:
        return doctor.image.url if doctor.image else None


class HoursOfDay(serializers.Serializer[Any]):
    date = StrictDate()
    timezone = serializers.CharField()
    rules = RuleData(many=True)


class FreeTime(serializers.Serializer[Any]):
    time = StrictTime()
    starts_at = Instant()
    ends_at = Instant()


class FreeTimes(serializers.Serializer[Any]):
    date = StrictDate()
    timezone = serializers.CharField()
    available_slots = serializers.ListField(child=StrictTime())
    slots = FreeTime(many=True)


class Doctors(PublicView):
    failure_message = "The doctors cannot be listed"

    @describe("list_doctors", "Find doctors", query=[DoctorsQuery], lists=DoctorData)
    @try_except_wrapper
    def get(self, request: Request) -> Response:
        asked = DoctorsQuery.of(request)
        found = active_doctors()
        words = {name: asked[name] for name in WORDS if asked.get(name)}
        if words:
            found = found.filter(pk__in=find_doctors(**words))
        if "date" in asked:
            ids = [DoctorId(pk) for pk in found.values_list("pk", flat=True)]
            free = booking_service().first_free_on(ids, asked["date"], now=timezone.now())
            found = found.filter(pk__in=free)
        return paged(self, found.order_by("user__name", "id"), DoctorData)


class OneDoctor(PublicView):
    @describe("read_doctor", "See one doctor", gives=DoctorData)
    def get(self, request: Request, doctor: int) -> Response:
        return custom200(
            "The doctor.", DoctorData(get_object_or_404(active_doctors(), pk=doctor)).data
        )


class Image(PublicView):
    content_negotiation_class = AnyAccept

    @describe("read_doctor_image", "See a doctor's picture", files=("image/png", "image/jpeg"))
    def get(self, request: Request, doctor: int) -> FileResponse:
        found = get_object_or_404(active_doctors().exclude(image=""), pk=doctor)
        try:
            picture = found.image.open()
        except FileNotFoundError:
            raise Http404 from None
        kind = picture_kind(picture.read(8))
        if kind is None:
            picture.close()
            raise Http404
        picture.seek(0)
        return sandboxed(FileResponse(picture, content_type=kind.content_type))


class Availability(PublicView):
    failure_message = "The availability cannot be told"

    @describe(
        "list_hours_of_day", "A doctor's hours on a date", query=[DayQuery], gives=HoursOfDay
    )
    def get(self, request: Request, doctor: int) -> Response:
        asked: date = DayQuery.of(request)["date"]
        found = get_object_or_404(active_doctors(), pk=doctor)
        day = day_number(asked)
        in_force = [
            row for row in found.availability.all() if day in set(row.rule().days(day, day))
        ]
        hours = HoursOfDay({"date": asked, "timezone": found.timezone, "rules": in_force})
        return custom200("The doctor's working hours on this date.", hours.data)


class TimeSlots(PublicView):
    failure_message = "The free times cannot be told"

    @describe(
        "list_free_times", "A doctor's free times on a date", query=[DayQuery], gives=FreeTimes
    )
    @try_except_wrapper
    def get(self, request: Request, doctor: int) -> Response:
        asked: date = DayQuery.of(request)["date"]
        free = booking_service().free_slots(DoctorId(doctor), asked, now=timezone.now())
        slots = [
            {"time": slot.starts_at, "starts_at": slot.starts_at, "ends_at": slot.ends_at}
            for slot in free
        ]
        times = FreeTimes(
            {
                "date": asked,
                "timezone": free.zone.key,
                # When the clocks go back a label comes twice: by label, the first is booked.
                "available_slots": list(dict.fromkeys(slot.starts_at.time() for slot in free)),
                "slots": slots,
            }
        )
        return custom200("The free times on this date.", times.data)
