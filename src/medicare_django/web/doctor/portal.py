"""What all pages of doctors start from."""

from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from medicare_core.errors import NotFound
from medicare_core.ids import DoctorId
from medicare_django.accounts.models import Doctor
from medicare_django.accounts.roles import doctor_of
from medicare_django.scheduling.models import Appointment
from medicare_django.scheduling.wiring import booking_service
from medicare_django.web import times
from medicare_django.web.portals import DOCTORS, PortalView, redirect_to_login


class DoctorView(PortalView):
    portal = DOCTORS

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return super().dispatch(request, *args, **kwargs)
        except NotFound:  # deactivated since this request began
            return redirect_to_login(request, self.portal)

    @property
    def doctor(self) -> Doctor:
        doctor = doctor_of(self.user)
        assert doctor is not None  # noqa: S101 - `dispatch` lets nobody else come here
        return doctor

    @property
    def doctor_id(self) -> DoctorId:
        return DoctorId(self.doctor.pk)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.doctor.timezone)

    @property
    def today(self) -> date:
        return times.today(self.doctor.timezone)

    def stranded(self, now: datetime) -> set[UUID]:
        """The ids of the visits to come that the hours do not cover."""
        return {each.id for each in booking_service().stranded(self.doctor_id, now=now)}

    def visits(self) -> QuerySet[Appointment]:
        """All with this doctor, cancelled ones too; not those that they have as a patient."""
        return Appointment.objects.filter(doctor=self.doctor).select_related("patient")
