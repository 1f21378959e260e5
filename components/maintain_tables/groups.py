"""Which files are to be joined."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pyiceberg.table import FileScanTask, Table

from components.iceberg.planning import files_of

# A file that is nearly of the target size stays as it is.
_SMALL = 0.75


@dataclass(frozen=True, eq=False)
class Group:
    """Small files of one partition, oldest first."""

    tasks: tuple[FileScanTask, ...]

    @property
    def rows(self) -> int:
        """Rows in all of them."""
        return sum(task.file.record_count for task in self.tasks)

    @property
    def paths(self) -> frozenset[str]:
        """Where they lie."""
        return frozenset(task.file.file_path for task in self.tasks)


def groups(table: Table, target: int) -> list[Group]:
    """The partitions of the current snapshot that have several files well under `target` bytes, each with those.

    Left alone: files under an older partitioning, and partitions whose files have rows deleted beside them.
    """
    by_partition: dict[tuple[object, ...], list[FileScanTask]] = {}
    for task in files_of(table):
        if task.file.spec_id == table.spec().spec_id:
            partition = tuple(task.file.partition[index] for index in range(len(table.spec().fields)))
            by_partition.setdefault(partition, []).append(task)
    candidates = [_group(tasks, target) for _, tasks in sorted(by_partition.items(), key=lambda item: repr(item[0]))]
    return [group for group in candidates if len(group.tasks) > 1]


def _group(tasks: Sequence[FileScanTask], target: int) -> Group:
    if any(task.delete_files for task in tasks):
        return Group(())
    small = (task for task in tasks if task.file.file_size_in_bytes < _SMALL * target)
    return Group(tuple(sorted(small, key=lambda task: task.file.file_path)))


def bundles(groups: Sequence[Group], size: int) -> Iterator[Sequence[Group]]:
    """The groups in bundles of at most `size`, each of which is committed at once."""
    for start in range(0, len(groups), size):
        yield groups[start : start + size]
