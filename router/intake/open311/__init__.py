"""Open311 GeoReport v2, as frozen at http://wiki.open311.org/GeoReport_v2, on the tickets of the war room.

Any Open311 client, and 181's own portal, can read what is asked for where and file what citizens ask for. What is
ours beside the standard: paging (``page``, ``page_size``,
``after`` and a Link header), a filter by district, ``Idempotency-Key``, and the fields of a ticket that Open311 does
not know. Nobody reads personal data without a key that may.
"""

from router.intake.open311.responses import render_error
from router.intake.open311.routes import GeoReport

__all__ = ["GeoReport", "render_error"]
