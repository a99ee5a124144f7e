from django.urls import path
from django.views.generic import TemplateView

from medicare_django.web import logins, profiles, verification
from medicare_django.web.portals import STAFF

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
        "dashboard/patients/",
        TemplateView.as_view(template_name="web/pending.html"),
        name="patients",
    ),
    path(
        "dashboard/appointments/",
        TemplateView.as_view(template_name="web/pending.html"),
        name="appointments",
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
