from django.urls import path
from django.views.generic import TemplateView

from medicare_django.web.patient import appointments, booking, doctor_page, moving, search

urlpatterns = [
    path("", search.Home.as_view(), name="home"),
    path("doctors/<id:doctor>/", doctor_page.DoctorPage.as_view(), name="doctor-page"),
    path("doctors/<id:doctor>/book/", booking.Book.as_view(), name="book"),
    path("register/", TemplateView.as_view(template_name="web/pending.html"), name="register"),
    path("appointments/", appointments.Appointments.as_view(), name="appointments"),
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
    path("reports/", TemplateView.as_view(template_name="web/pending.html"), name="reports"),
    path("profile/", TemplateView.as_view(template_name="web/pending.html"), name="profile"),
]
