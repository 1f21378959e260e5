"""What the platform's own things are called. Nothing else knows these names.

They are read once: a name stands in what is compiled, and the catalog's in the names of its settings too.
"""

import os

from components.shell import default_names

CATALOG_SETTING = "STOCKPOT_CATALOG"


def _named(setting: str, default: str) -> str:
    return os.environ.get(setting, "").strip() or default


CATALOG = _named(CATALOG_SETTING, default_names.CATALOG)
BUCKET = _named("STOCKPOT_BUCKET", default_names.BUCKET)
# Of the embedded Postgres; its roles are named after it.
DATABASE = _named("STOCKPOT_DATABASE", default_names.DATABASE)
# How pyiceberg writes the properties of a catalog of that name into the environment.
CATALOG_PREFIX = f"PYICEBERG_CATALOG__{CATALOG.upper().replace('-', '_')}__"
# What a step has to be told, for its image knows the default alone.
FOR_STEPS = {} if CATALOG == default_names.CATALOG else {CATALOG_SETTING: CATALOG}
