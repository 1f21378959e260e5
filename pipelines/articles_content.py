"""Articles of a shop: how the catalogue stands, what it said before, and whether it has changed, daily."""

from kfp import dsl

from components.article_versions.component import article_versions, catalogue_changes
from components.iceberg.versions import VERSION_COLUMNS
from components.retail.sources import ARTICLES, CATEGORIES, TABLES
from components.shell.projection import projection
from components.shell.schema import Between, Change, Compare, Expect, NotAfterAsOf, RowCount, Share, Unique
from components.shell.schema.pictures import Bars, Changes, Histogram
from components.trigger_training.component import trigger_workflow
from stockpot.authoring import Contract, Dataset, FullRefresh, Origins, Run, Schedule, Table, Target, Versioned, columns

# A shop may well have no categories.
SOURCE_TABLES = projection({"articles": ARTICLES, "categories?": CATEGORIES})

# Name and Iceberg type; a `!` marks a column that is never null. When a row was known is nothing of the article.
SOURCE_COLUMNS = (
    "article_id string!",
    *(
        text.replace("~", "").removesuffix("?")
        for text in ARTICLES
        if text.partition(" ")[0] not in ("article_id", "known_at")
    ),
)
COLUMNS = columns(
    *SOURCE_COLUMNS,
    "category_name string",
    "parent_category_id string",
    "category_depth int",
    "category_path string",
    "category_known boolean",
    "lifecycle_days int",
    "normalized_price double",
    "normalized_stock double",
    "price_rank double",
    "text string!",
    "text_hash string!",
    "image_hash string",
    "content_hash string!",
    "commercial_hash string!",
    "first_seen_at timestamptz!",
    "changed_at timestamptz!",
    "version int!",
    "cut_at timestamptz!",
)
MAX_DROP = 0.2
TABLE = Table("retail.articles", COLUMNS, partition={"article_id": "bucket[8]"}, interval_column="cut_at")
CONTRACT = Contract(
    COLUMNS,
    Unique(["article_id"]),
    # H&M's ids; another shop's are another matter, but one without its leading zero is none of them.
    Expect("expect_column_values_to_match_regex", {"column": "article_id", "regex": r"^\d{10}$"}, severity="warning"),
    Between("price", min=0),
    Between("stock", min=0),
    Between("lifecycle_days", min=0),
    *(Between(name, min=0, max=1) for name in ("normalized_price", "normalized_stock", "price_rank")),
    Between("category_depth", min=0),
    Between("version", min=1),
    Share("category_known", min=1, severity="warning"),
    Expect("expect_column_values_to_not_be_null", {"column": "detail_desc", "mostly": 0.95}, severity="warning"),
    Compare("first_seen_at <= changed_at"),
    Compare("changed_at <= cut_at"),
    # An empty or half extract must not delete the catalogue.
    Change(max_drop=MAX_DROP),
    RowCount(min=1),
    NotAfterAsOf("cut_at"),
)

STATE_COLUMNS = columns(
    *SOURCE_COLUMNS, "content_hash string!", "commercial_hash string!", "first_seen_at timestamptz!"
)
VERSIONS_TABLE = Table(
    "retail.article_versions",
    [*STATE_COLUMNS, *VERSION_COLUMNS],
    partition={"article_id": "bucket[8]"},
)
VERSIONS = Target(
    VERSIONS_TABLE,
    Contract(STATE_COLUMNS, Unique(["article_id"]), Change(max_drop=MAX_DROP), RowCount(min=1)),
    # The hashes hold all that the source says but last_updated, which moves with every write.
    mode=Versioned(
        key=("article_id",),
        compare=("content_hash", "commercial_hash"),
        since="created_at",
    ),
)

# What the step that numbers versions needs of those before, and what changes are counted against.
BEFORE = [*SOURCE_COLUMNS, "content_hash string!", "commercial_hash string!", "first_seen_at timestamptz!",
          *VERSION_COLUMNS]  # fmt: skip
PREVIOUS = ["article_id string!", "text_hash string!", "image_hash string", "commercial_hash string!"]

MADE_FROM = ("timezone", "retire_missing", "source", "source_path", "names", "source_tables")

# What a version holds of an article; `last_updated` moves with every write.
VERSIONED = [name for text in SOURCE_COLUMNS[1:] if (name := text.partition(" ")[0]) != "last_updated"]

DATASET = Dataset(
    name="articles-content",
    version="1",
    title="Articles of a shop, and what they said before",
    table=TABLE,
    contract=CONTRACT,
    mode=FullRefresh(made_from=MADE_FROM, inclusive=True),
    also=(VERSIONS,),
    schedule=Schedule(cron="0 3 * * *"),
    follows=("changed",),
    pictures=(
        Changes("article_id", VERSIONED, of=VERSIONS_TABLE.name, title="What has changed in the catalogue"),
        Bars("category_path", title="Articles by category"),
        Bars("product_group_name", title="Articles by product group"),
        Histogram("price", title="Prices"),
    ),
    origins=Origins(TABLES, SOURCE_TABLES),
    steps=(article_versions, catalogue_changes),
    text="text",
)


@DATASET.pipeline
def articles_content(run: Run, max_drop: float = MAX_DROP) -> None:
    """Tell in `retail.articles` how the catalogue stands, and in `retail.article_versions` what each article has said.

    Where much has changed since the run before, the workflow that follows is submitted.

    Args:
        max_drop: Which share of the articles may be gone since the last commit; 1 where they are gone by right.
    """
    raw = run.extract()
    before = run.read(VERSIONS_TABLE.name, BEFORE, standing=run.as_of, name="read versions before")
    made = run.step(article_versions, raw=raw.outputs["raw"], before=before.outputs["rows"], minutes=60)
    rows = made.outputs["rows"]
    previous = run.read(TABLE.name, PREVIOUS, memory="1Gi", before=run.key, name="read articles before")
    then = {"previous": previous.outputs["rows"], "previous_snapshot": previous.outputs["snapshot"]}
    changes = run.step(catalogue_changes, rows=rows, **then, minutes=30)
    run.commit(made.outputs["versions"], made=made, target=VERSIONS, max_drop=max_drop)
    loaded = run.commit(rows, made=made, max_drop=max_drop)
    with dsl.If(changes.outputs["changed"] == "true", name="the catalogue has changed"):
        snapshot = {"snapshot_as": "articles_snapshot", "snapshot_id": loaded.outputs["snapshot_id"]}
        run.follow("changed", trigger_workflow, **snapshot)
