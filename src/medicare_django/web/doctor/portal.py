"""What all pages of doctors start from."""

from datetime import date
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from medicare_core.ids import DoctorId
from medicare_django.accounts.models import Doctor
from medicare_django.accounts.roles import doctor_of
from medicare_django.scheduling.models import Appointment
from medicare_django.web import times
from medicare_django.web.portals import DOCTORS, PortalView


class DoctorView(PortalView):
    portal = DOCTORS

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

    def visits(self) -> QuerySet[Appointment]:
        """Those with this doctor; not those that they have as somebody's patient."""
        return Appointment.objects.filter(doctor=self.doctor).select_related("patient")
