"""Tables as others leave them, each with the rows that it has: the truth is what was written, no reader's answer.

A new reader or writer of tables is right if it passes `tests/components/test_odd_tables.py`.
"""

from tests.harness.odd.added import ADDED
from tests.harness.odd.evolved import EVOLVED
from tests.harness.odd.foreign import FOREIGN
from tests.harness.odd.own import OWN
from tests.harness.odd.spark import SPARK

TABLES = [*OWN, *ADDED, *EVOLVED, *FOREIGN, *SPARK]
