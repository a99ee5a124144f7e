from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("api/", include("medicare_django.api.urls")),
    # Before Django Admin: its addresses for logging in and out are those of the portal.
    path("", include("medicare_django.web.urls")),
    path("admin/", admin.site.urls),
]
handler400 = "medicare_django.api.exceptions.bad_request"
handler403 = "medicare_django.api.exceptions.permission_denied"
handler404 = "medicare_django.api.exceptions.page_not_found"
handler500 = "medicare_django.api.exceptions.server_error"
