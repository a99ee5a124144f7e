from django.urls import path
from django.views.generic import TemplateView

urlpatterns = [
    path("", TemplateView.as_view(template_name="web/pending.html"), name="home"),
    path(
        "doctors/<int:doctor>/",
        TemplateView.as_view(template_name="web/pending.html"),
        name="doctor-page",
    ),
    path("register/", TemplateView.as_view(template_name="web/pending.html"), name="register"),
    path(
        "appointments/",
        TemplateView.as_view(template_name="web/pending.html"),
        name="appointments",
    ),
    path("reports/", TemplateView.as_view(template_name="web/pending.html"), name="reports"),
    path("profile/", TemplateView.as_view(template_name="web/pending.html"), name="profile"),
]
