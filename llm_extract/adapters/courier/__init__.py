"""The courier: a process of its own that asks a server, so that a killed worker loses no answer that was paid for.

The worker's side is `CourierModel`; `recover` and `forget` are for whoever takes up a run after it.
"""

from llm_extract.adapters.courier.journal import CourierBusyError, forget, recover
from llm_extract.adapters.courier.model import CourierError, CourierModel

__all__ = ["CourierBusyError", "CourierError", "CourierModel", "forget", "recover"]
