"""What the datasets of a shop make of the default sample, and of what is wrong in it, is what the page says."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from components.article_versions import compute as articles
from components.article_versions.usable import Cut
from components.customer_features import compute as customers
from components.customer_features.settings import Settings as Scores
from components.daily_sales import compute as series
from components.daily_sales.period import Period
from components.daily_sales.settings import Settings as Levels
from components.extract_postgres.extract import Request, extract
from components.retail.moment import Moment
from components.shell import datasets
from components.shell.extracts import Places
from components.shell.instants import EPOCH
from components.shell.summary import Summary
from components.user_item_interactions import compute as pairs
from components.user_item_interactions.settings import Settings as Decay
from pipelines import articles_content, customer_features, timeseries, user_item_interactions
from stockpot.samples.shop.faults import faults
from stockpot.samples.shop.scale import AS_OF, Scale
from stockpot.samples.shop.shop import TABLES
from stockpot.samples.shop.source import fill
from tests.components.article_versions.histories import VERSIONS

PAGE = Path(__file__).parents[4] / "docs" / "sample-data.md"
NOW = Moment(AS_OF, AS_OF, "UTC")
REMOVED = ("not_yet_known", "repeated_key")


def test_the_page_says_what_is_planted_and_what_comes_of_it(database_url: str, tmp_path: Path) -> None:
    """Of the shop as it is filled, extracted and computed, with nothing but the defaults."""
    fill(database_url, Scale())

    def raw(name: str, tables: Mapping[str, Sequence[str]]) -> Path:
        places = Places(tmp_path / name / "raw", tmp_path / name / "unfit")
        extract(database_url, Request(tables), places)
        return places.raw

    datasets.write_dataset(versions := tmp_path / "versions", VERSIONS, [])
    catalogue = articles.compute(
        raw("articles", articles_content.SOURCE_TABLES),
        versions,
        Cut(AS_OF, AS_OF.date(), "UTC"),
        outputs(articles.Outputs, tmp_path),
        retire_missing=True,
    )
    lines = raw("lines", user_item_interactions.SOURCE_TABLES)
    bought = pairs.compute(lines, NOW, Decay(), outputs(pairs.Outputs, tmp_path))
    people = raw("people", customer_features.SOURCE_TABLES)
    scored = customers.compute(people, versions, NOW, Scores(), outputs(customers.Outputs, tmp_path))
    inputs, period = series.Inputs(raw("days", timeseries.SOURCE_TABLES)), Period(EPOCH, AS_OF, AS_OF, "UTC")
    sold = series.compute(inputs, period, Levels(), outputs(series.Outputs, tmp_path))
    told = [
        *(planted(name) for name in TABLES if faults(Scale(), name)),
        line("articles-content", "articles", catalogue, catalogue.details, {"articles": catalogue.rows_out}),
        line("user-item-interactions", "lines", bought, bought.details, made(bought, "pairs", "targets")),
        line("customer-features", "lines", scored, of_lines(scored), made(scored, "customers", "categories")),
        line("timeseries", "lines", sold, sold.details, made(sold, "days", "category_days", "weeks", "category_weeks")),
    ]
    page = PAGE.read_text().splitlines()
    assert [each for each in told if each not in page] == []


def outputs(kind: type[Any], directory: Path) -> Any:
    """Places for all that a step writes."""
    return kind(**{field.name: directory / kind.__module__ / field.name for field in fields(kind)})


def planted(table: str) -> str:
    """The line of the page with what is wrong in a table."""
    return f"| `{table}` | {', '.join(f'{fault.rows} {fault.name}' for fault in faults(Scale(), table))} |"


def line(name: str, rows: str, summary: Summary, details: Mapping[str, Any], makes: Mapping[str, int]) -> str:
    """The line of the page with what a dataset takes, leaves out and makes."""
    why = details["reasons"] if "reasons" in details else details["rejected"]
    left_out = {reason: details[reason] for reason in REMOVED if details[reason]}
    parts = [f"{summary.rows_in:,} {rows}", f"{summary.rows_out:,}", listed(why), listed(left_out), listed(makes, "")]
    return f"| `{name}` | {' | '.join(parts)} |"


def listed(numbers: Mapping[str, int], quote: str = "`") -> str:
    """The numbers, each before its name."""
    return ", ".join(f"{number:,} {quote}{name}{quote}" for name, number in numbers.items()) or "none"


def of_lines(summary: Summary) -> Mapping[str, Any]:
    """What became of the lines, of all tables that a dataset is made of."""
    found: Mapping[str, Any] = summary.details["tables"]["transactions"]
    return found


def made(summary: Summary, *names: str) -> Mapping[str, int]:
    """The rows of each dataset."""
    return {name.replace("_", " "): summary.details[name] for name in names}
