from django.urls import path

from medicare_django.web.patient import (
    appointments,
    booking,
    doctor_page,
    moving,
    registration,
    reports,
    search,
)
from medicare_django.web.portals import PATIENTS
from medicare_django.web.profiles import own_account
from medicare_django.web.report_files import ReportFile

urlpatterns = [
    path("", search.Home.as_view(), name="home"),
    path("doctors/<id:doctor>/", doctor_page.DoctorPage.as_view(), name="doctor-page"),
    path("doctors/<id:doctor>/book/", booking.Book.as_view(), name="book"),
    path("appointments/", appointments.Appointments.as_view(), name="appointments"),
    path("register/", registration.Register.as_view(), name="register"),
    path(
        "appointments/<uuid:appointment>/booked/",
        booking.Booked.as_view(),
        name="booked",
    ),
    path(
        "appointments/<uuid:appointment>/calendar.ics",
        appointments.CalendarFile.as_view(),
        name="appointment-calendar",
    ),
    path(
        "appointments/<uuid:appointment>/move/",
        moving.Move.as_view(),
        name="move-appointment",
    ),
    path(
        "appointments/<uuid:appointment>/cancel/",
        appointments.Cancel.as_view(),
        name="cancel-appointment",
    ),
    path("reports/", reports.Reports.as_view(), name="reports"),
    path("reports/upload/", reports.UploadReport.as_view(), name="upload-report"),
    path("reports/<uuid:report>/file/", ReportFile.as_view(portal=PATIENTS), name="report-file"),
    *own_account(PATIENTS),
]
