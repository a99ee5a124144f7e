from django.urls import path

from medicare_django.web import logins
from medicare_django.web.doctor import (
    appointments,
    availability,
    patients,
    time_off,
    today,
    week,
)
from medicare_django.web.portals import DOCTORS
from medicare_django.web.profiles import own_account
from medicare_django.web.report_files import ReportFile

urlpatterns = [
    path("login/", logins.LogIn.as_view(portal=DOCTORS), name="login"),
    path("logout/", logins.LogOut.as_view(portal=DOCTORS), name="logout"),
    path("", today.Today.as_view(), name="today"),
    path("week/", week.Week.as_view(), name="week"),
    path("appointments/", appointments.Appointments.as_view(), name="appointments"),
    path(
        "appointments/<uuid:appointment>/cancel/",
        appointments.Cancel.as_view(),
        name="cancel-appointment",
    ),
    path("patients/", patients.Patients.as_view(), name="patients"),
    path("patients/<id:patient>/", patients.Patient.as_view(), name="patient"),
    path("availability/", availability.Availability.as_view(), name="availability"),
    path("availability/add/", availability.AddHours.as_view(), name="add-hours"),
    path("availability/preview/", availability.PreviewHours.as_view(), name="preview-hours"),
    path("availability/<id:pk>/", availability.ChangeHours.as_view(), name="change-hours"),
    path("availability/<id:pk>/delete/", availability.DeleteHours.as_view(), name="delete-hours"),
    path("time-off/", time_off.TimesOff.as_view(), name="time-off"),
    path("time-off/add/", time_off.AddTimeOff.as_view(), name="add-time-off"),
    path("time-off/<id:pk>/delete/", time_off.DeleteTimeOff.as_view(), name="delete-time-off"),
    *own_account(DOCTORS),
    path("reports/<uuid:report>/file/", ReportFile.as_view(portal=DOCTORS), name="report-file"),
]
