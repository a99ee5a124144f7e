from django.urls import path

from medicare_django.web import passwords

urlpatterns = [
    path("set-password/<str:token>/", passwords.SetPassword.as_view(), name="set-password"),
    path("password-set/", passwords.PasswordSet.as_view(), name="password-set"),
]
