from medicare_core.contracts import BackEnd, BackEndContract
from tests.unit.in_memory_back_end import InMemoryBackEnd


class TestInMemoryClinic(BackEndContract):
    def open(self) -> BackEnd:
        return InMemoryBackEnd()
