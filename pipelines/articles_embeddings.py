"""Vectors of a shop's articles, by which those that are alike are found: weekly, or when the catalogue has changed."""

from collections.abc import Sequence
from typing import Any

from kfp.dsl import PipelineTask

from components.embed_images.component import embed_images
from components.embed_text.component import embed_text
from components.export_vectors.component import export_vectors
from components.shell.schema import Between, Change, Distinct, NotAfterAsOf, RowCount, Share, Unique
from components.shell.schema.columns import Column
from components.shell.schema.pictures import Bars, Histogram
from components.tfidf.component import tfidf
from components.validate_embeddings.component import validate_embeddings
from stockpot.authoring import Contract, Dataset, FullRefresh, Run, Schedule, Table, Target, columns
from stockpot.defaults import limits, pure, uses_object_store

ARTICLES = [
    "article_id string!", "text string!", "product_group_name string", "image_path string",
    "created_at timestamptz", "first_seen_at timestamptz!",
]  # fmt: skip
MAX_DROP = 0.2

COLUMNS = columns(
    "article_id string!",
    "kind string!",
    "model string!",
    "model_digest string!",
    "dimension int!",
    "vector list<float!>!",
    "input_hash string!",
    "tokens int",
    "truncated boolean!",
    "computed_at timestamptz!",
    "articles_snapshot long!",
)
TABLE = Table("retail.article_embeddings", COLUMNS, partition={"kind": "identity"}, interval_column="computed_at")
CONTRACT = Contract(
    COLUMNS,
    Unique(["article_id", "kind"]),
    Between("dimension", min=1),
    Between("tokens", min=1),
    Share("truncated", max=0.2, severity="warning"),
    Change(max_drop=MAX_DROP),
    NotAfterAsOf("computed_at"),
)

TFIDF_COLUMNS = columns(
    "article_id string!",
    "indices list<int!>!",
    "values list<float!>!",
    "vocabulary_digest string!",
    "computed_at timestamptz!",
)
TFIDF = Target(
    Table("retail.article_tfidf", TFIDF_COLUMNS, interval_column="computed_at"),
    Contract(
        TFIDF_COLUMNS,
        Unique(["article_id"]),
        Change(max_drop=MAX_DROP),
        RowCount(min=1),
        NotAfterAsOf("computed_at"),
    ),
)

VOCABULARY_COLUMNS = columns(
    "vocabulary_digest string!",
    "term string!",
    "index int!",
    "document_frequency int!",
    "idf double!",
    "computed_at timestamptz!",
)
VOCABULARY = Target(
    Table("retail.tfidf_vocabulary", VOCABULARY_COLUMNS, interval_column="computed_at"),
    Contract(
        VOCABULARY_COLUMNS,
        Unique(["term"]),
        Distinct(["index"], min_share=1),
        Between("index", min=0),
        Between("document_frequency", min=1),
        Between("idf", min=1),
        RowCount(min=1),
        NotAfterAsOf("computed_at"),
    ),
)

DATASET = Dataset(
    name="articles-embeddings",
    version="1",
    title="Vectors of a shop's articles, by which those that are alike are found",
    table=TABLE,
    contract=CONTRACT,
    mode=FullRefresh(
        made_from=(
            "articles_snapshot",
            "text_model",
            "image_model",
            "image_root",
            "max_tokens",
            "max_features",
            "min_df",
            "stop_words",
            "fit_until",
        ),
        inclusive=True,
    ),
    also=(TFIDF, VOCABULARY),
    steps=(export_vectors,),
    pictures=(
        Bars("kind", title="Vectors by kind"),
        Histogram("tokens", title="Tokens of a text"),
        Histogram("document_frequency", of=VOCABULARY.table.name, title="Articles that a word of the vocabulary is in"),
    ),
    schedule=Schedule(cron="0 4 * * 0"),
)


def _before(run: Run, table: str, named: Sequence[Column], **which: Any) -> PipelineTask:
    """The task that reads a table as it was before this run's load."""
    read = run.read(table, [str(each) for each in named], before=run.key, **which)
    return read.set_display_name(f"read {table.partition('.')[2].replace('_', ' ')} before")


def _shared(run: Run, articles: PipelineTask) -> dict[str, Any]:
    """What the steps that embed are told alike: the articles, their snapshot, the vectors before, and the instant."""
    before = _before(run, TABLE.name, COLUMNS).outputs["rows"]
    read = {"articles": articles.outputs["rows"], "articles_snapshot": articles.outputs["snapshot"]}
    return {**read, "before": before, "as_of": run.as_of}


def _weighed(run: Run, articles: PipelineTask, **settings: Any) -> PipelineTask:
    """The task that weighs the words of the articles."""
    before = _before(run, VOCABULARY.table.name, VOCABULARY_COLUMNS).outputs["rows"]
    words = tfidf(articles=articles.outputs["rows"], before=before, as_of=run.as_of, **settings)
    return pure(limits(words, cpu="2", memory="2Gi", minutes=60))


def _exported(run: Run, words: PipelineTask, seen: PipelineTask, vectors_to: str) -> PipelineTask:
    """The task that puts the vectors where indexes are built from them."""
    exported = export_vectors(
        vectors=seen.outputs["rows"], words=words.outputs["rows"], vocabulary=words.outputs["vocabulary"],
        run_key=run.key, as_of=run.as_of, vectors_to=vectors_to,
    )  # fmt: skip
    return uses_object_store(limits(exported, cpu="2", memory="2Gi", minutes=60))


@DATASET.pipeline
def articles_embeddings(  # noqa: PLR0917 - KFP hands all of them over by name
    run: Run,
    articles_snapshot: str = "",
    text_model: str = "",
    text_model_digest: str = "",
    text_output: str = "",
    max_tokens: int = 256,
    image_root: str = "",
    image_model: str = "",
    image_model_digest: str = "",
    image_output: str = "",
    model_cache: str = "",
    max_features: int = 7000,
    min_df: int = 2,
    stop_words: str = "english",
    refit_share: float = 0.05,
    fit_until: str = "",
    min_coverage: float = 0.99,
    max_drop: float = MAX_DROP,
    vectors_to: str = "",
) -> None:
    """Compute vectors of articles: of texts and images by models at addresses, and of texts by their words alone.

    Only what has changed is computed; what stands is carried over.

    Args:
        articles_snapshot: Which snapshot of `retail.articles` the vectors are of; empty means the current one.
        text_model: A directory with `model.onnx` and `tokenizer.json`: file:///…, s3://… or hf://owner/name@revision;
            empty for no such vectors.
        text_model_digest: The digest that this model must have; empty for any.
        text_output: The output of the network that holds vectors; empty for the usual names.
        max_tokens: How many tokens of a text count.
        image_root: Where the images of `image_path` lie: an absolute path or s3://bucket/prefix.
        image_model: A directory with `model.onnx` that CLIP's image tower is; empty for no vectors of images.
        image_model_digest: The digest that this model must have; empty for any.
        image_output: The output of the network that holds vectors; empty for the usual names.
        model_cache: The mounted Hugging Face cache that `hf://` addresses are looked up in.
        max_features: How many words the vocabulary of TF-IDF holds at most.
        min_df: In how many articles a word of it is at least.
        stop_words: Which words say nothing: `english`, or empty for none.
        refit_share: By which share of all words a new vocabulary must know more to take the old one's place.
        fit_until: For training: articles that came later do not make the vocabulary, ISO 8601; empty for all.
        min_coverage: The share of the articles with a text that must have a vector.
        max_drop: Which share of the vectors may be gone since the last commit; 1 where they are gone by right.
    """
    articles = run.read("retail.articles", ARTICLES, snapshot_id=articles_snapshot).set_display_name("read articles")
    words = _weighed(
        run, articles, max_features=max_features, min_df=min_df, stop_words=stop_words, refit_share=refit_share,
        fit_until=fit_until,
    )  # fmt: skip
    shared = _shared(run, articles)
    texts = embed_text(
        model_uri=text_model, model_digest=text_model_digest, model_cache=model_cache, output=text_output,
        max_tokens=max_tokens, **shared,
    )  # fmt: skip
    images = embed_images(
        model_uri=image_model, model_digest=image_model_digest, model_cache=model_cache, output=image_output,
        image_root=image_root, **shared,
    )  # fmt: skip
    for made in (texts, images):
        uses_object_store(limits(made, cpu="2", memory="3Gi", minutes=360))
    seen = validate_embeddings(
        texts=texts.outputs["rows"],
        images=images.outputs["rows"],
        articles=shared["articles"],
        before=shared["before"],
        min_coverage=min_coverage,
    )
    pure(limits(seen, cpu="2", memory="2Gi", minutes=60))
    run.commit(words.outputs["rows"], made=words, target=TFIDF, max_drop=max_drop)
    run.commit(words.outputs["vocabulary"], made=words, target=VOCABULARY)
    loaded = run.commit(seen.outputs["rows"], made=seen, max_drop=max_drop)
    _exported(run, words, seen, vectors_to).after(loaded)
