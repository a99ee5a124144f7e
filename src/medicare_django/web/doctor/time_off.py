from medicare_django.web.absences import Absences, AddAbsence, DeleteAbsence
from medicare_django.web.doctor.portal import DoctorView


class TimesOff(DoctorView, Absences):
    template_name = "web/doctor/time_off.html"


class AddTimeOff(DoctorView, AddAbsence):
    back = "doctor:time-off"
    clash = "would fall into this time off"
    template_name = "web/doctor/add_time_off.html"


class DeleteTimeOff(DoctorView, DeleteAbsence):
    back = "doctor:time-off"
    noun = "this time off"
