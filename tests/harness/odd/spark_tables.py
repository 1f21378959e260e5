"""`python spark_tables.py JAR TARGET`: tables as Spark's Iceberg writer leaves them, packed into one archive.

Run by hand with pyspark 3.5 and iceberg-spark-runtime-3.5_2.12 1.10; `tables.py` tells which rows each table has. Paths
in an Iceberg table are absolute: `PLACE` is where these were written, as long as the address of a test's bucket, so
that one can be put in the other's place byte by byte. For that nothing that holds a path is compressed.
"""

import io
import re
import sys
import tarfile
import zlib
from pathlib import Path
from typing import Any

PLACE = "file:/tmp/spark/aaaaaa"

_V2 = (
    "'format-version'='2', 'write.delete.mode'='merge-on-read', 'write.delete.parquet.compression-codec'='uncompressed'"
)
_V3 = _V2.replace("'2'", "'3'")


def _statements() -> dict[str, list[str]]:
    """The statements of each table, in order."""
    text = Path(__file__).with_suffix(".sql").read_text().replace("{v2}", _V2).replace("{v3}", _V3)
    _, *sections = re.split(r"^-- (?=\w+$)", text, flags=re.MULTILINE)
    return {
        name: [one.strip() for one in body.split(";") if one.strip()]
        for name, _, body in (section.partition("\n") for section in sections)
    }


def _import(spark: Any, name: str) -> None:
    """Files as Hive has them: no field ids, and day and country only in the folders' names."""
    source = f"{PLACE}/hive"
    spark.conf.set("spark.sql.parquet.outputTimestampType", "INT96")
    rows = (
        "select 1 id, timestamp'2026-01-01 00:00:00' at, array('a', null) tags, date'2026-01-01' day, 'de' country"
        " union all select 2, null, null, date'2026-01-01', 'de'"
        " union all select 3, null, array(), date'2026-01-02', 'it'"
    )
    frame = spark.sql(rows).coalesce(1).sortWithinPartitions("id")
    frame.write.mode("overwrite").partitionBy("day", "country").parquet(source)
    spark.sql(f"call local.system.add_files(table => '{name}', source_table => '`parquet`.`{source}`')")


def _defaults(spark: Any, name: str) -> None:
    jvm, table = spark._jvm, _table(spark, name)
    types, of = jvm.org.apache.iceberg.types.Types, jvm.org.apache.iceberg.expressions.Expressions
    update = table.updateSchema()
    update.addColumn("n", types.IntegerType.get(), None, of.lit(7))
    update.addColumn("text", types.StringType.get(), None, of.lit("unknown"))
    update.addColumn("day", types.DateType.get(), None, of.lit("2020-02-29").to(types.DateType.get()))
    update.addColumn("ratio", types.DoubleType.get(), None, of.lit(0.5))
    update.commit()
    spark.sql(f"refresh table local.{name}")


def _equality(spark: Any, name: str) -> None:
    """A delete by value, as Flink writes it: id 1 is gone."""
    jvm, gateway, table = spark._jvm, spark.sparkContext._gateway, _table(spark, name)
    ids = gateway.new_array(gateway.jvm.int, 1)
    ids[0] = 1
    schema = table.schema()
    factory = jvm.org.apache.iceberg.data.GenericAppenderFactory(schema, table.spec(), ids, schema, None)
    outer = jvm.org.apache.iceberg.encryption.EncryptedFiles.plainAsEncryptedOutput(
        table.io().newOutputFile(f"{table.location()}/data/equality.parquet")
    )
    writer = factory.newEqDeleteWriter(outer, jvm.org.apache.iceberg.FileFormat.PARQUET, None)
    record = jvm.org.apache.iceberg.data.GenericRecord.create(schema)
    record.setField("id", 1)
    writer.write(record)
    writer.close()
    table.newRowDelta().addDeletes(writer.toDeleteFile()).commit()


def _table(spark: Any, name: str) -> Any:
    return spark._jvm.org.apache.iceberg.spark.Spark3Util.loadIcebergTable(spark._jsparkSession, f"local.{name}")


def main(jar: str, target: Path) -> None:
    """Write all tables and pack them."""
    from pyspark.sql import SparkSession  # noqa: PLC0415 - needed here only

    spark = (
        SparkSession.builder.master("local[1]")
        .config("spark.jars", jar)
        .config("spark.sql.extensions", "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions")
        .config("spark.sql.catalog.local", "org.apache.iceberg.spark.SparkCatalog")
        .config("spark.sql.catalog.local.type", "hadoop")
        .config("spark.sql.catalog.local.warehouse", PLACE)
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.shuffle.partitions", "1")
        .config("spark.ui.enabled", "false")
        .getOrCreate()
    )
    special = {"IMPORT": _import, "DEFAULTS": _defaults, "EQUALITY": _equality}
    for name, statements in _statements().items():
        for statement in statements:
            if statement in special:
                special[statement](spark, f"spark.{name}")
            else:
                spark.sql(statement.format(t=f"local.spark.{name}"))
        spark.sql(f"select * from local.spark.{name}").show(truncate=False)
    _pack(Path(PLACE.removeprefix("file:")), target)


def _pack(place: Path, target: Path) -> None:
    """Pack what a table's last metadata can name."""
    last = {max((path for path in folder.glob("v*.json")), key=_version) for folder in place.glob("*/*/metadata")}
    with tarfile.open(target, "w:xz") as archive:
        for path in sorted(place.rglob("*.*")):
            if (path.suffix in {".parquet", ".avro", ".orc", ".puffin"} and path.name[0] != ".") or path in last:
                name = path.relative_to(place)
                content = path.read_bytes()
                content = _plain(content) if path.suffix == ".avro" else content
                entry = tarfile.TarInfo("/".join([*name.parts[:-1], "last.json"]) if path in last else str(name))
                entry.size = len(content)
                archive.addfile(entry, io.BytesIO(content))


def _version(path: Path) -> int:
    return int(path.name[1:].partition(".")[0])


def _plain(content: bytes) -> bytes:
    """The Avro file without compression of its blocks."""
    if b"avro.codec\x0edeflate" not in content:
        return content
    source, sink = io.BytesIO(content), io.BytesIO()
    sync = content[-16:]
    head = content[: content.index(sync) + 16]
    sink.write(head.replace(b"avro.codec\x0edeflate", b"avro.codec\x08null"))
    source.seek(len(head))
    while source.tell() < len(content):
        count, size = _long(source), _long(source)
        block = zlib.decompress(source.read(size), -15)
        source.read(16)
        sink.write(_zigzag(count) + _zigzag(len(block)) + block + sync)
    return sink.getvalue()


def _long(source: io.BytesIO) -> int:
    found = shift = 0
    while True:
        byte = source.read(1)[0]
        found |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return (found >> 1) ^ -(found & 1)


def _zigzag(number: int) -> bytes:
    left, out = number << 1, bytearray()
    while left > 0x7F:
        out.append(left & 0x7F | 0x80)
        left >>= 7
    out.append(left)
    return bytes(out)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
