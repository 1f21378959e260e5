"""Tables as others leave them, each with the rows that it has: the truth is what was written, no reader's answer.

A new reader or writer of tables is right if it passes `tests/components/test_odd_tables.py`.
"""

from tests.odd.added import ADDED
from tests.odd.evolved import EVOLVED
from tests.odd.foreign import FOREIGN
from tests.odd.own import OWN
from tests.odd.spark import SPARK

TABLES = [*OWN, *ADDED, *EVOLVED, *FOREIGN, *SPARK]
