from django.urls import path
from django.views.generic import TemplateView

from medicare_django.web import profiles, verification
from medicare_django.web.patient import registration, reports
from medicare_django.web.portals import PATIENTS
from medicare_django.web.report_files import ReportFile

urlpatterns = [
    path("", TemplateView.as_view(template_name="web/pending.html"), name="home"),
    path(
        "doctors/<int:doctor>/",
        TemplateView.as_view(template_name="web/pending.html"),
        name="doctor-page",
    ),
    path("register/", registration.Register.as_view(), name="register"),
    path("verify-email/", verification.VerifyEmail.as_view(portal=PATIENTS), name="verify-email"),
    path(
        "appointments/",
        TemplateView.as_view(template_name="web/pending.html"),
        name="appointments",
    ),
    path("reports/", reports.Reports.as_view(), name="reports"),
    path("reports/upload/", reports.UploadReport.as_view(), name="upload-report"),
    path("reports/<uuid:report>/file/", ReportFile.as_view(portal=PATIENTS), name="report-file"),
    path("profile/", profiles.Profile.as_view(portal=PATIENTS), name="profile"),
    path("profile/email/", profiles.ChangeEmail.as_view(portal=PATIENTS), name="change-email"),
    path(
        "profile/password/",
        profiles.ChangePassword.as_view(portal=PATIENTS),
        name="change-password",
    ),
]
