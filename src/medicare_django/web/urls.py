from django.urls import path
from django.views.generic import RedirectView

from medicare_django.web import passwords

urlpatterns = [
    # Until there are pages for patients.
    path("", RedirectView.as_view(url="/api/docs/")),
    path("forgotten-password/", passwords.ForgottenPassword.as_view(), name="forgotten-password"),
    path("password-mailed/", passwords.PasswordMailed.as_view(), name="password-mailed"),
    path("set-password/<str:token>/", passwords.SetPassword.as_view(), name="set-password"),
    path("password-set/", passwords.PasswordSet.as_view(), name="password-set"),
]
