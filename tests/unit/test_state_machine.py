from hypothesis import settings

from medicare_core.contracts import BackEnd
from tests.unit.clinic_machine import ClinicMachine
from tests.unit.in_memory_back_end import InMemoryBackEnd


class InMemoryMachine(ClinicMachine):
    def open(self) -> BackEnd:
        return InMemoryBackEnd()


TestInMemoryMachine = InMemoryMachine.TestCase
TestInMemoryMachine.settings = settings(
    max_examples=3 * settings().max_examples, stateful_step_count=40
)
