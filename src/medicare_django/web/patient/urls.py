from django.urls import path
from django.views.generic import TemplateView

from medicare_django.web.patient import registration, reports
from medicare_django.web.portals import PATIENTS
from medicare_django.web.profiles import own_account
from medicare_django.web.report_files import ReportFile

urlpatterns = [
    path("", TemplateView.as_view(template_name="web/pending.html"), name="home"),
    path(
        "doctors/<int:doctor>/",
        TemplateView.as_view(template_name="web/pending.html"),
        name="doctor-page",
    ),
    path("register/", registration.Register.as_view(), name="register"),
    path(
        "appointments/",
        TemplateView.as_view(template_name="web/pending.html"),
        name="appointments",
    ),
    path("reports/", reports.Reports.as_view(), name="reports"),
    path("reports/upload/", reports.UploadReport.as_view(), name="upload-report"),
    path("reports/<uuid:report>/file/", ReportFile.as_view(portal=PATIENTS), name="report-file"),
    *own_account(PATIENTS),
]
