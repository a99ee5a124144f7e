from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from medicare_core.errors import BookingError
from medicare_core.ids import AppointmentId
from medicare_core.policy import Actor
from medicare_django.accounts.read_only import ReadOnly
from medicare_django.scheduling.models import Appointment, DoctorAvailability, TimeOff
from medicare_django.scheduling.wiring import booking_service


@admin.register(DoctorAvailability)
class Availability(ReadOnly):
    list_display = (
        "doctor",
        "repeat_pattern",
        "weekdays",
        "start_date",
        "end_date",
        "start_time",
        "end_time",
        "slot_minutes",
    )
    list_filter = ("repeat_pattern",)
    exclude = ("repeat_days",)
    readonly_fields = ("weekdays",)
    list_select_related = ("doctor__user",)
    search_fields = ("doctor__user__name",)

    @admin.display
    def weekdays(self, row: DoctorAvailability) -> str:
        return ", ".join(day.name.capitalize() for day in sorted(row.repeat_days))


@admin.register(TimeOff)
class TimeOffAndClosures(ReadOnly):
    list_display = ("__str__", "doctor", "start_time", "end_time", "note")
    list_select_related = ("doctor__user",)
    search_fields = ("doctor__user__name", "note")


@admin.register(Appointment)
class Appointments(ReadOnly):
    list_display = ("date", "time", "timezone", "doctor", "patient", "status")
    list_filter = ("status", "doctor__hospital")
    list_select_related = ("doctor__user", "patient")
    search_fields = ("doctor__user__name", "patient__name", "patient__email")
    actions = ("cancel",)

    def has_cancel_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("scheduling.change_appointment")

    @admin.action(
        permissions=["cancel"],
        description="Cancel the selected appointments, with mails to the patients",
    )
    def cancel(self, request: HttpRequest, chosen: QuerySet[Appointment]) -> None:
        service, now, cancelled = booking_service(), timezone.now(), 0
        for row in chosen:
            try:
                service.cancel(AppointmentId(row.pk), now=now, by=Actor.CLINIC)
            except BookingError as error:
                self.message_user(request, f"{row}: {error.message}", messages.ERROR)
            else:
                cancelled += 1
        self.message_user(request, f"Appointments cancelled: {cancelled}.")
