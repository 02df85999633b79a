"""The one door for HTTP that goes out: an address that was checked, one exchange, an end in time."""

from __future__ import annotations

from gateway.outbound.addresses import PUBLIC, Reach, Target, may_lead, networks_of, target_of
from gateway.outbound.door import Answer, Door, Limits
from gateway.outbound.tls import Tls

__all__ = ["PUBLIC", "Answer", "Door", "Limits", "Reach", "Target", "Tls", "may_lead", "networks_of", "target_of"]
