from django.urls import path
from django.views.generic import TemplateView

from medicare_django.web import logins
from medicare_django.web.portals import DOCTORS
from medicare_django.web.profiles import own_account
from medicare_django.web.report_files import ReportFile

urlpatterns = [
    path("login/", logins.LogIn.as_view(portal=DOCTORS), name="login"),
    path("logout/", logins.LogOut.as_view(portal=DOCTORS), name="logout"),
    path("", TemplateView.as_view(template_name="web/pending.html"), name="today"),
    path("week/", TemplateView.as_view(template_name="web/pending.html"), name="week"),
    path(
        "appointments/",
        TemplateView.as_view(template_name="web/pending.html"),
        name="appointments",
    ),
    path("patients/", TemplateView.as_view(template_name="web/pending.html"), name="patients"),
    path(
        "availability/",
        TemplateView.as_view(template_name="web/pending.html"),
        name="availability",
    ),
    path("time-off/", TemplateView.as_view(template_name="web/pending.html"), name="time-off"),
    *own_account(DOCTORS),
    path("reports/<uuid:report>/file/", ReportFile.as_view(portal=DOCTORS), name="report-file"),
]
