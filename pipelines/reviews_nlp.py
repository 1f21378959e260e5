"""Reviews of a shop: their texts, cleaned, judged and encoded, and what is known of articles by them, nightly."""

from components.embed_text.component import embed_reviews
from components.retail.sources import REVIEWS, TABLES, TRANSACTIONS_NAMES
from components.reviews_nlp.component import judge_reviews
from components.shell.projection import projection
from components.shell.schema import Between, Compare, NotAfterAsOf, OneOf, Share, Unique, Vectors
from components.shell.schema.pictures import Bars, Grid, Histogram
from components.vectors.columns import COMPUTED
from stockpot.authoring import Contract, Dataset, IncrementalByTime, Origins, Run, Schedule, Table, Target, columns
from stockpot.defaults import limits, uses_object_store

# A shop may lack any table but that of reviews; then each of its columns needs a type. The last two say who is gone.
SOURCE_TABLES = projection(
    {
        "reviews": REVIEWS,
        "articles?": ["article_id ~string", "category_id ~string?"],
        "customers?": ["customer_id ~string"],
        f"{TRANSACTIONS_NAMES}?": ["customer_id ~string"],
    }
)
VERSIONS = "retail.article_versions"
VERSION_COLUMNS = ["article_id string", "category_id string", "version int", "known_at timestamptz"]

# Name and Iceberg type; a `!` marks a column that is never null. Null is the sentiment of a text that is empty or in a
# language that the model does not know, and the text as it was written where people are to be masked.
COLUMNS = columns(
    "review_id string!",
    "customer_id string!",
    "article_id string!",
    "category_id string",
    "rating int!",
    "review_text string",
    "display_text string!",
    "clean_text string!",
    "created_at timestamptz!",
    "known_at timestamptz!",
    "version int!",
    "review_age_days int!",
    "language string!",
    "n_chars int!",
    "n_words int!",
    "is_empty boolean!",
    "is_too_short boolean!",
    "is_spam boolean!",
    "is_duplicate boolean!",
    "quality string!",
    "sentiment_score double",
    "vader_compound double",
    "vader_neg double",
    "vader_neu double",
    "vader_pos double",
    "sentiment_label string",
    "sentiment_model string!",
    "text_hash string!",
)
TABLE = Table("retail.reviews", COLUMNS, partition={"known_at": "month"}, interval_column="known_at")
CONTRACT = Contract(
    COLUMNS,
    Unique(["review_id", "known_at"]),
    Between("rating", min=1, max=5),
    Between("version", min=1),
    Between("review_age_days", min=0),
    Between("sentiment_score", min=0, max=1),
    Between("vader_compound", min=-1, max=1),
    OneOf("quality", ["empty", "too_short", "spam", "duplicate", "language", "ok"]),
    OneOf("sentiment_label", ["positive", "neutral", "negative"]),
    Compare("created_at <= known_at"),
    Compare("n_words <= n_chars"),
    Share("is_empty", max=0.1, severity="warning"),
    Share("is_duplicate", max=0.2, severity="warning"),
    NotAfterAsOf("created_at"),
    NotAfterAsOf("known_at"),
)

STATS_COLUMNS = columns(
    "article_id string!",
    "day_at timestamptz!",
    "cut_at timestamptz!",
    "reviews long!",
    "mean_rating double",
    "bayes_rating double",
    "mean_sentiment double",
    "last_review_at timestamptz!",
)
STATS = Target(
    Table("retail.article_review_stats", STATS_COLUMNS, partition={"day_at": "month"}, interval_column="day_at"),
    Contract(
        STATS_COLUMNS,
        Unique(["article_id", "day_at"]),
        Between("reviews", min=0),
        *(Between(name, min=1, max=5) for name in ("mean_rating", "bayes_rating")),
        Between("mean_sentiment", min=0, max=1),
        Compare("day_at < cut_at"),
        Compare("last_review_at < cut_at"),
        NotAfterAsOf("cut_at"),
    ),
)

EMBEDDING_COLUMNS = columns(
    "review_id string!",
    "known_at timestamptz!",
    "created_at timestamptz!",
    "customer_id string!",
    *COMPUTED,
)
EMBEDDINGS = Target(
    Table("retail.review_embeddings", EMBEDDING_COLUMNS, partition={"known_at": "month"}, interval_column="known_at"),
    Contract(
        EMBEDDING_COLUMNS,
        Unique(["review_id", "known_at"]),
        Vectors("vector", "dimension", min_norm=0.999, max_norm=1.001),
        Between("dimension", min=1),
        Between("tokens", min=1),
        Share("truncated", max=0.2, severity="warning"),
        Compare("created_at <= known_at"),
        # Not so `computed_at`: a backfill of earlier days keeps vectors that were computed since.
        NotAfterAsOf("known_at"),
    ),
    optional=True,
)

DATASET = Dataset(
    name="reviews-nlp",
    version="1",
    title="Reviews of a shop, and what they say",
    table=TABLE,
    contract=CONTRACT,
    mode=IncrementalByTime(each="day", late_days=3),
    also=(STATS, EMBEDDINGS),
    schedule=Schedule(cron="0 1 * * *"),
    pictures=(
        Grid("rating", "sentiment_label", mean="sentiment_score", title="What reviews say, by their stars"),
        Bars("quality", title="Reviews by quality"),
        Bars("language", most=11, title="Reviews by language"),
        Histogram("sentiment_score", title="Sentiment of reviews"),
        Histogram("n_words", title="Words of a review"),
        Histogram("tokens", of=EMBEDDINGS.table.name, title="Tokens that vectors are of"),
    ),
    origins=Origins(TABLES, SOURCE_TABLES),
    steps=(judge_reviews, embed_reviews),
    text="display_text",
)


@DATASET.pipeline
def reviews_nlp(run: Run) -> None:
    """Tell in `retail.reviews` what customers have written, cleaned, judged and scored, as it was known day by day.

    There is a row for each version of a review. `retail.article_review_stats` says what was known of an article by its
    reviews whenever a day was over on which that changed. With a model, `retail.review_embeddings` has the vectors of
    what they say.
    """
    raw = run.extract()
    versions = run.read(VERSIONS, VERSION_COLUMNS)
    before = run.read(TABLE, name="read reviews before")
    inputs = {"raw": raw.outputs["raw"], "versions": versions.outputs["rows"], "before": before.outputs["rows"]}
    made = run.step(judge_reviews, **inputs, memory="3Gi")
    run.commit(made.outputs["stats"], made=made, target=STATS)
    loaded = run.commit(made.outputs["rows"], made=made)
    start, end = run.interval.values()
    # No engine starts a task after one has failed: a model that does must not hold up the reviews.
    held = run.read(EMBEDDINGS.table, name="read vectors before", time_column="known_at", start=start, end=end)
    vectors = run.call(embed_reviews, reviews=made.outputs["rows"], before=held.after(loaded).outputs["rows"])
    uses_object_store(limits(vectors, cpu="2", memory="3Gi", minutes=360))
    run.commit(vectors.outputs["rows"], made=vectors, target=EMBEDDINGS)
