from django.templatetags.static import static
from django.urls import URLPattern, URLResolver, include, path
from django.views.generic import RedirectView

from medicare_django.web import logins, passwords
from medicare_django.web.doctor import urls as doctor
from medicare_django.web.patient import urls as patient
from medicare_django.web.portals import DOCTORS, PATIENTS, STAFF
from medicare_django.web.staff import urls as staff

urlpatterns: list[URLPattern | URLResolver] = [
    # For Django Admin, whose pages name no icon.
    path("favicon.ico", RedirectView.as_view(url=static("web/icon.svg")), name="favicon"),
    path("forgotten-password/", passwords.ForgottenPassword.as_view(), name="forgotten-password"),
    path("password-mailed/", passwords.PasswordMailed.as_view(), name="password-mailed"),
    path("set-password/<str:token>/", passwords.SetPassword.as_view(), name="set-password"),
    path("password-set/", passwords.PasswordSet.as_view(), name="password-set"),
    path("login/", logins.LogIn.as_view(portal=PATIENTS), name="login"),
    path("logout/", logins.LogOut.as_view(portal=PATIENTS), name="logout"),
    path("", include(patient.urlpatterns)),
    path("doctor/", include((doctor.urlpatterns, DOCTORS.namespace))),
    path("admin/", include((staff.urlpatterns, STAFF.namespace))),
]
