from django.urls import path
from django.views.generic import TemplateView

from medicare_django.web import logins
from medicare_django.web.portals import STAFF
from medicare_django.web.profiles import own_account

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
    *own_account(STAFF, "dashboard/"),
]
