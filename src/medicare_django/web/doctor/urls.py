from django.urls import path
from django.views.generic import TemplateView

from medicare_django.web import logins
from medicare_django.web.doctor import appointments, patients, today, week
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
    path(
        "availability/",
        TemplateView.as_view(template_name="web/pending.html"),
        name="availability",
    ),
    path("time-off/", TemplateView.as_view(template_name="web/pending.html"), name="time-off"),
    *own_account(DOCTORS),
    path("reports/<uuid:report>/file/", ReportFile.as_view(portal=DOCTORS), name="report-file"),
]
