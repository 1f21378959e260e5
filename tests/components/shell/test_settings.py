"""The table of settings: what each must be, that no error repeats it, and that the pages say what the table says."""

import re
import ssl
from pathlib import Path

import pytest

from components.shell.errors import ConfigurationError
from components.shell.names import CATALOG_PREFIX
from components.shell.settings import SETTINGS, Part, Setting, read_settings, setting
from tests.harness.certificates import certificate

ROOT = Path(__file__).parents[3]
WHO = {
    Part.DATABASE: "those that read the source",
    Part.STORE: "those that use the store",
    Part.CATALOG: "those that open the catalog",
    Part.KAFKA: "those that read topics",
    Part.NOTIFY: "`end_run`",
    Part.LINEAGE: "those that begin and end a run",
    Part.REPORTS: "`end_run`, on a cluster",
    Part.NETWORK: "those that speak to a service",
    Part.POSTGRES: "those that speak to Postgres",
    Part.STEPS: "all",
    Part.NAMES: "those that the compiled pipeline tells",
    Part.HERE: "none; the command itself",
}
C = CATALOG_PREFIX


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("DATABASE_URL", "mysql://u:hidden@h/d", "is no Postgres address"),
        ("DATABASE_URL", "postgresql://u:p@hidden@h/d", "has an @ or a / in its user or password"),
        ("DATABASE_URL", "postgresql://u:12/hidden@h/d", "has an @ or a / in its user or password"),
        ("DATABASE_URL", "postgresql://u:50%hidden@h/d", "has a % that stands for no letter"),
        ("DATABASE_URL", "postgresql://u:hidden@h:port/d", "is no Postgres address"),
        ("DATABASE_URL", "postgresql://u:12/a?hidden@h/d", "has an @ or a / in its user or password"),
        ("DATABASE_URL", "postgresql://u:12?x=/hidden@h/d", "has an @ or a / in its user or password"),
        ("DATABASE_URL", "postgresql://u:12?host=/hidden@h/d", "has an @ or a / in its user or password"),
        ("DATABASE_URL", "postgresql://u:p@h/d?hidden@h/d", "has an @ or a / in its user or password"),
        ("DATABASE_URL", "postgresql://u:hidden@h:70000/d", "is no Postgres address"),
        ("DATABASE_URL", "host=h password='hidden", "is no Postgres address"),
        ("DATABASE_URL", "host=h hidden=1", "is no Postgres address"),
        ("DATABASE_URL", "service=hidden", "is no Postgres address"),
        ("MINIO_ENDPOINT", "http://me:hidden@s3:9000", "holds a user or a password"),
        ("MINIO_ENDPOINT", "hidden@s3:9000", "holds a user or a password"),
        ("MINIO_ENDPOINT", "http://s3:9000?hidden=1", "is no endpoint"),
        ("MINIO_ENDPOINT", "http://me:hid/den@s3:9000", "holds a user or a password"),
        ("MINIO_ENDPOINT", "http://me:1#hidden@s3:9000", "holds a user or a password"),
        ("MINIO_ENDPOINT", "http://me:1?hidden@s3:9000", "holds a user or a password"),
        ("AWS_REGION", "eu central hidden", "is no region"),
        ("AWS_SESSION_TOKEN", "two hidden words", "has blanks in it"),
        ("MINIO_FORCE_VIRTUAL_ADDRESSING", "hidden", "is neither true nor false"),
        (f"{C}URI", "sqlite:///hidden", "is no Postgres address"),
        (f"{C}WAREHOUSE", "s3://key:hidden@lake/warehouse", "holds a user or a password"),
        (f"{C}WAREHOUSE", "s3://key:12/hidden@lake/warehouse", "holds a user or a password"),
        (f"{C}WAREHOUSE", "s3://key:12#hidden@lake/warehouse", "holds a user or a password"),
        (f"{C}WAREHOUSE", "s3://key:hidden/lake/warehouse", "is no place for tables"),
        (f"{C}WAREHOUSE", "s3://lake/warehouse?hidden=1", "is no place for tables"),
        ("STOCKPOT_PLAINTEXT_HOSTS", "http://hidden:9000", "is no list of hosts"),
        ("STOCKPOT_PLAINTEXT_HOSTS", "*", "is no list of hosts"),
        (f"{C}S3__ENDPOINT", "https://me:hidden@s3", "holds a user or a password"),
        (f"{C}S3__REGION", "-hidden", "is no region"),
        (f"{C}S3__CONNECT_TIMEOUT", "hidden", "is no number of seconds"),
        (f"{C}S3__REQUEST_TIMEOUT", "-1", "is no number of seconds"),
        (f"{C}S3__PROXY_URI", "socks5://hidden:1", "is no proxy"),
        ("STOCKPOT_CATALOG_PROPERTIES", '["hidden"]', "is no JSON object of texts"),
        ("STOCKPOT_CATALOG_PROPERTIES", '{"hidden": 1}', "is no JSON object of texts"),
        ("HTTPS_PROXY", "http://me:hidden@proxy:port", "is no proxy"),
        ("HTTPS_PROXY", "http://me:1#hidden@proxy:1", "is no proxy"),
        ("HTTP_PROXY", "http://me:1?hidden@proxy:1", "is no proxy"),
        ("STOCKPOT_CATALOG_PROPERTIES", "[" * 100_000, "is no JSON object of texts"),
        ("OPENLINEAGE_URL", "ftp://hidden", "is no web address"),
        ("OPENLINEAGE_URL", "hidden:5000", "is no web address"),
        ("OPENLINEAGE_URL", "http://me:hidden@marquez", "holds a user or a password"),
        ("OPENLINEAGE_URL", "http://marquez?key=hidden", "is no web address"),
        ("OPENLINEAGE_API_KEY", "two hidden", "has blanks in it"),
        ("STOCKPOT_PUSHGATEWAY_URL", "http://me:hidden@push:9091", "holds a user or a password"),
        ("STOCKPOT_PUSHGATEWAY_URL", "http://:9091/hidden", "is no web address"),
        ("STOCKPOT_LINEAGE_SOURCES", "postgres://u:hidden@db:5432/x", "holds a user or a password"),
        ("STOCKPOT_LINEAGE_SOURCES", "postgres://hidden:5432", "is no list of sources"),
        ("STOCKPOT_LINEAGE_SOURCES", "kafka://k:9092 mysql://hidden:1/x", "is no list of sources"),
        ("STOCKPOT_RUN_URL", "https://hidden/run", "is no web address with {run} in it"),
        ("STOCKPOT_REPORTS_URL", "s3://me:hidden@bucket/reports", "holds a user or a password"),
        ("STOCKPOT_REPORTS_URL", "s3://hidden", "is no folder of a bucket"),
        ("STOCKPOT_REPORTS_URL", "s3://hidden/reports/", "is no folder of a bucket"),
        ("STOCKPOT_LATE_HOURS", "26,hidden", "is no list of hours"),
        ("STOCKPOT_LATE_HOURS", "hidden=", "is no list of hours"),
        ("STOCKPOT_NOTIFY_ON_SUCCESS", "hidden", "is neither true nor false"),
        ("STOCKPOT_METRICS_DIR", "/hidden", "is no directory"),
        ("STOCKPOT_RETENTION_DAYS", "hidden", "is no number of days"),
        ("STOCKPOT_CLEAN_AFTER_RUNS", "hidden", "is neither true nor false"),
        ("STOCKPOT_COMPUTE", "spark://hidden:7077", "is no address of Spark"),
        ("STOCKPOT_COMPUTE", "local[0]", "is no address of Spark"),
        ("SSL_CERT_FILE", "/hidden/ca.pem", "is no file"),
        ("SSL_CERT_FILE", __file__, "holds no certificates"),
        ("AWS_CA_BUNDLE", __file__, "holds no certificates"),
        ("PGSSLROOTCERT", "/hidden/root.crt", "is no file"),
        ("PGPASSFILE", "/hidden", "is no file"),
        ("PGPASSFILE", f"/hidden{'x' * 300}", "is no file"),
    ],
)
def test_what_cannot_be_is_refused_by_its_name(name: str, value: str, said: str) -> None:
    """The line says which variable and what to do, and never the value, which may hold a password."""
    with pytest.raises(ConfigurationError) as caught:
        read_settings({name: value}, [setting(name).part])
    assert str(caught.value).startswith(f"{name} {said} - ")
    assert "hidden" not in str(caught.value)


def test_a_home_that_may_not_be_looked_into_holds_nothing() -> None:
    """Whoever runs as another user with root's HOME has no files there."""
    assert read_settings({"HOME": f"/{'x' * 300}"}, [Part.POSTGRES]) == {}


def test_what_can_be_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Other names and files of the home count, paths become whole, blanks around a value go, empty is not set."""
    certificate(tmp_path)
    (tmp_path / ".postgresql").mkdir()
    (tmp_path / ".postgresql" / "root.crt").write_text((tmp_path / "ca.crt").read_text())
    monkeypatch.chdir(tmp_path)
    environ = {
        "HOME": str(tmp_path),
        "AWS_DEFAULT_REGION": " eu-west-1 ",
        "SSL_CERT_FILE": "ca.crt",
        "https_proxy": "p:1",
    }
    assert read_settings({**environ, "AWS_SESSION_TOKEN": " "}, list(Part)) == {
        "AWS_REGION": "eu-west-1",
        "HTTPS_PROXY": "p:1",
        "PGSSLROOTCERT": str(tmp_path / ".postgresql" / "root.crt"),
        "SSL_CERT_FILE": str(tmp_path / "ca.crt"),
    }
    assert read_settings({"PGSSLROOTCERT": "system"}, [Part.POSTGRES]) == {"PGSSLROOTCERT": "system"}


def _row(each: Setting) -> str:
    also = f"; also {', '.join(f'`{name}`' for name in each.also)}" if each.also else ""
    if each.at_home:
        also += f"; without it `~/{each.at_home}`, if that is there"
    where = f"`{each.part.secret}`{'' if each.required else ', if you like'}" if each.part.secret else ""
    return f"| `{each.name}` | {each.what}{also} | {WHO[each.part]} | {where} |"


def test_the_page_is_the_table() -> None:
    """docs/settings.md lists every setting in the order of the table, and nothing else."""
    page = (ROOT / "docs/settings.md").read_text()
    assert re.findall(r"^\| `.*$", page, re.MULTILINE) == [_row(each) for each in SETTINGS]


def test_the_readme_says_the_same() -> None:
    """Its variables are settings, and what it says of them is what the table says of the first."""
    readme = (ROOT / "README.md").read_text().split("## Where it runs")[1].split("## ")[0]
    rows = re.findall(r"^\| (`.*) \| (.*) \|$", readme, re.MULTILINE)
    assert len(rows) >= 5
    for names, what in rows:
        first, *others = (name.replace("…__", CATALOG_PREFIX) for name in re.findall(r"`([^`]+)`", names))
        assert setting(first).what == what
        assert all(setting(name) for name in others)


def test_a_file_of_certificates_is_read_once_and_again_when_it_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each client of the store asks, and loading a system's authorities takes 30 ms; a changed file is another one."""
    certificate(tmp_path)
    file, loads, load = tmp_path / "ca.crt", [], ssl.SSLContext.load_verify_locations
    monkeypatch.setattr(
        ssl.SSLContext, "load_verify_locations", lambda self, **given: (loads.append(given), load(self, **given))
    )
    for _ in range(3):
        setting("SSL_CERT_FILE").check(str(file))
    assert len(loads) == 1
    file.write_text("no certificate")
    with pytest.raises(ConfigurationError, match="holds no certificates"):
        setting("SSL_CERT_FILE").check(str(file))
