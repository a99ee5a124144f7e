import pytest
from django.db import connection

from medicare_core.contracts import BackEnd, BackEndContract
from tests.integration.django_back_end import DjangoBackEnd


@pytest.mark.django_db(transaction=True)
class TestDjango(BackEndContract):
    def open(self) -> BackEnd:
        return DjangoBackEnd()

    def leave_thread(self) -> None:
        connection.close()
