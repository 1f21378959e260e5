"""The fixed instants of the sample."""

from datetime import UTC, datetime, timedelta

AS_OF = datetime(2026, 1, 15, tzinfo=UTC)
LABEL_DELAY = timedelta(hours=24)
DUMPED_AT = AS_OF + timedelta(hours=12)
DAYS = 30
FIRST_UPLOAD = AS_OF - timedelta(days=DAYS)
