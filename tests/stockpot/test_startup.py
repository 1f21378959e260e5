"""What `stockpot` costs before it does anything."""

import resource
import subprocess
import sys
from pathlib import Path

STOCKPOT = str(Path(sys.executable).with_name("stockpot"))


def test_starting_loads_nothing_heavy():
    """Help needs none of the compilers, drivers or formats."""
    heavy = "{'kfp', 'hera', 'pyiceberg', 'pyarrow', 'psycopg2', 'sqlalchemy', 'minio', 'yaml', 'rich', 'asyncio'}"
    code = f"import sys, stockpot.cli; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_help_on_a_pipeline_loads_no_kfp():
    """Its parameters are those of the trace that is kept of it."""
    code = """import sys
sys.argv = ["stockpot", "run", "verify-pipeline", "--help"]
from stockpot.cli import main
try:
    main()
except SystemExit:
    print({"kfp", "hera", "pyiceberg", "pyarrow", "rich"} & set(sys.modules))"""
    for _ in range(2):
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.endswith("--param limit=5\nset()\n")


def test_help_is_quick():
    """`stockpot --help` takes less than three times what `import typer` does, side by side at the best of five."""
    ours, bare = [], []
    for _ in range(5):
        ours.append(_spent(STOCKPOT, "--help"))
        bare.append(_spent(sys.executable, "-c", "import typer"))
    assert min(ours) < 3 * min(bare)


def _spent(*command):
    """Processor time of a process, its start included."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, capture_output=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
