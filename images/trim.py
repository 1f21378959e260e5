# ruff: noqa: INP001 - copied into builds, where it is a script of its own
"""Leave in a virtual environment what a step runs, byte for byte the same in every build.

    python trim.py ENVIRONMENT SHARED

What is left is compiled, for at run time nothing can be written. Runs while an image is built, on the standard library
alone.
"""

import compileall
import os
import shutil
import sys
from pathlib import Path
from py_compile import PycInvalidationMode

# What no step imports, by size. libarrow_substrait stays: every other module of pyarrow is linked with it.
_UNUSED = (
    "pyarrow/libarrow_flight.so.*",  # 32 MB: Arrow's RPC; only pyarrow.flight loads it
    "pyarrow/libarrow_python_flight.so*",
    "pyarrow/_flight.*.so",
    "zstandard/_cffi.*.so",  # 12 MB: the backend for PyPy
    "pygments",  # 11 MB: colours for source code, for which rich asks when it shows some
    "markdown_it",  # 1 MB: Markdown, the same
    "hive_metastore",  # 9 MB: a catalog that is not ours
    "sqlalchemy/testing",
    "sqlalchemy/dialects/m[sy]*ql",
    "sqlalchemy/dialects/oracle",
    "duckdb/experimental",
    "pyarrow/include",
    "pyarrow/src",
    "pyarrow/libarrow_python.so",  # 5 MB: links that the wheel format turned into copies; modules ask for .so.NNNN
    "pyarrow/libarrow_python.so.*.*",
    "pyarrow/*.pyx",
    "pyarrow/*.pxi",
    "pyarrow/includes",
    "numpy/_core/include",
    "**/tests",  # 31 MB beside Great Expectations, 36 MB with Ibis
    "**/*.pyi",
    "**/*.pxd",
    "**/*.a",
)
# In most images, and the largest: a layer of its own is stored and pulled once.
_SHARED = ("pyarrow", "pyarrow-*.dist-info")


def trim(packages: Path) -> None:
    """Remove what is not used from a site-packages folder."""
    for pattern in _UNUSED:
        for path in sorted(packages.glob(pattern)):
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)


def share(packages: Path, environment: Path, shared: Path) -> None:
    """Move what many images hold alike to the same place below `shared`."""
    target = shared / packages.relative_to(environment)
    target.mkdir(parents=True)
    for pattern in _SHARED:
        for path in packages.glob(pattern):
            path.rename(target / path.name)


def reset_times(root: Path) -> None:
    """Give all files one time, so that equal files make equal layers; bytecode here is not compared by time."""
    for path in [*root.rglob("*"), root]:
        os.utime(path, (0, 0), follow_symlinks=False)


def main(environment: Path, shared: Path) -> None:
    """Trim the environment, compile it, split off what is shared, and reset the times of both."""
    (packages,) = environment.glob("lib/python*/site-packages")
    trim(packages)
    compileall.compile_dir(packages, quiet=2, workers=0, invalidation_mode=PycInvalidationMode.UNCHECKED_HASH)
    share(packages, environment, shared)
    reset_times(environment)
    reset_times(shared)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
