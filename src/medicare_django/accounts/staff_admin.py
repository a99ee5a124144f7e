from django.contrib.admin.apps import AdminConfig


class StaffAdmin(AdminConfig):
    """Django Admin as it is installed here. Apart from `apps`, where it would hide that of this app."""

    default_site = "medicare_django.accounts.staff_site.StaffSite"
