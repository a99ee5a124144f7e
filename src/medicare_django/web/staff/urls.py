from django.urls import path
from django.views.generic import TemplateView

from medicare_django.web import logins, profiles, verification
from medicare_django.web.portals import STAFF
from medicare_django.web.staff import appointments, dashboard, doctors, patients

urlpatterns = [
    path("login/", logins.LogIn.as_view(portal=STAFF), name="login"),
    path("logout/", logins.LogOut.as_view(portal=STAFF), name="logout"),
    path("dashboard/", dashboard.Dashboard.as_view(), name="dashboard"),
    path("dashboard/doctors/", doctors.Doctors.as_view(), name="doctors"),
    path(
        "dashboard/doctors/add/",
        TemplateView.as_view(template_name="web/pending.html"),
        name="add-doctor",
    ),
    path(
        "dashboard/doctors/<id:doctor>/",
        TemplateView.as_view(template_name="web/pending.html"),
        name="doctor",
    ),
    path("dashboard/patients/", patients.Patients.as_view(), name="patients"),
    path("dashboard/patients/<id:patient>/", patients.Patient.as_view(), name="patient"),
    path(
        "dashboard/patients/<id:patient>/deactivate/",
        TemplateView.as_view(template_name="web/pending.html"),
        name="deactivate-patient",
    ),
    path(
        "dashboard/patients/<id:patient>/activate/",
        TemplateView.as_view(template_name="web/pending.html"),
        name="activate-patient",
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
