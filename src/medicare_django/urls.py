from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("api/", include("medicare_django.api.urls")),
    path("", include("medicare_django.web.urls")),
]
handler400 = "medicare_django.api.exceptions.bad_request"
handler403 = "medicare_django.api.exceptions.permission_denied"
handler404 = "medicare_django.api.exceptions.page_not_found"
handler500 = "medicare_django.api.exceptions.server_error"
