from django.urls import path
from django.views.generic import TemplateView

from medicare_django.web import logins
from medicare_django.web.doctor import week
from medicare_django.web.portals import DOCTORS

urlpatterns = [
    path("login/", logins.LogIn.as_view(portal=DOCTORS), name="login"),
    path("logout/", logins.LogOut.as_view(portal=DOCTORS), name="logout"),
    path("", TemplateView.as_view(template_name="web/pending.html"), name="today"),
    path("week/", week.Week.as_view(), name="week"),
    path(
        "appointments/",
        TemplateView.as_view(template_name="web/pending.html"),
        name="appointments",
    ),
    path("patients/", TemplateView.as_view(template_name="web/pending.html"), name="patients"),
    path(
        "patients/<id:patient>/",
        TemplateView.as_view(template_name="web/pending.html"),
        name="patient",
    ),
    path(
        "availability/",
        TemplateView.as_view(template_name="web/pending.html"),
        name="availability",
    ),
    path("time-off/", TemplateView.as_view(template_name="web/pending.html"), name="time-off"),
]
