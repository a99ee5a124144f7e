"""What every back end must promise, as tests without pytest; ours pass the same ones.

Wrap your back end as a `BackEnd` and let a test class of yours inherit `BackEndContract`:

    class TestOurBackEnd(BackEndContract):
        def open(self) -> BackEnd:
            return OurBackEnd()  # empty: no doctors, patients, closures or notices
"""

from medicare_core.back_ends import BackEnd
from medicare_core.port_contract import PortContract
from medicare_core.service_contract import ServiceContract

__all__ = ["BackEnd", "BackEndContract"]


class BackEndContract(PortContract, ServiceContract):
    """Both; the one to inherit."""
