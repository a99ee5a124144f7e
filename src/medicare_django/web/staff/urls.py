from django.urls import path
from django.views.generic import TemplateView

from medicare_django.web import logins, profiles, verification
from medicare_django.web.portals import STAFF
from medicare_django.web.staff import appointments

urlpatterns = [
    path("login/", logins.LogIn.as_view(portal=STAFF), name="login"),
    path("logout/", logins.LogOut.as_view(portal=STAFF), name="logout"),
    path("dashboard/", TemplateView.as_view(template_name="web/pending.html"), name="dashboard"),
    path(
        "dashboard/doctors/",
        TemplateView.as_view(template_name="web/pending.html"),
        name="doctors",
    ),
    path(
        "dashboard/doctors/<id:doctor>/",
        TemplateView.as_view(template_name="web/pending.html"),
        name="doctor",
    ),
    path(
        "dashboard/patients/",
        TemplateView.as_view(template_name="web/pending.html"),
        name="patients",
    ),
    path(
        "dashboard/patients/<id:patient>/",
        TemplateView.as_view(template_name="web/pending.html"),
        name="patient",
    ),
    path("dashboard/appointments/", appointments.Appointments.as_view(), name="appointments"),
    path(
        "dashboard/appointments/<uuid:appointment>/cancel/",
        appointments.Cancel.as_view(),
        name="cancel-appointment",
    ),
    path(
        "dashboard/closures/",
        TemplateView.as_view(template_name="web/pending.html"),
        name="closures",
    ),
    path(
        "dashboard/verify-email/",
        verification.VerifyEmail.as_view(portal=STAFF),
        name="verify-email",
    ),
    path("dashboard/profile/", profiles.Profile.as_view(portal=STAFF), name="profile"),
    path(
        "dashboard/profile/email/",
        profiles.ChangeEmail.as_view(portal=STAFF),
        name="change-email",
    ),
    path(
        "dashboard/profile/password/",
        profiles.ChangePassword.as_view(portal=STAFF),
        name="change-password",
    ),
]
