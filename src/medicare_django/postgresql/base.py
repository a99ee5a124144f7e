"""Django's own back end, which finds this one under the name of the package, over `driver`."""

from django.db.backends.postgresql import base

from medicare_django.postgresql import driver


class DatabaseWrapper(base.DatabaseWrapper):
    Database = driver
