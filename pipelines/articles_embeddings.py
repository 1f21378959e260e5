"""Vectors of a shop's articles, by which those that are alike are found: weekly, or when the catalogue has changed."""

from components.embed_images.component import embed_images
from components.embed_text.component import embed_text
from components.export_vectors.component import export_vectors
from components.shell.schema import Between, Change, Distinct, NotAfterAsOf, RowCount, Share, Unique
from components.shell.schema.pictures import Bars, Histogram
from components.tfidf.component import tfidf
from components.validate_embeddings.component import validate_embeddings
from components.vectors.columns import COMPUTED
from stockpot.authoring import Contract, Dataset, FullRefresh, Run, Schedule, Table, Target, columns
from stockpot.defaults import limits, uses_object_store

ARTICLES = [
    "article_id string!", "text string!", "product_group_name string", "image_path string",
    "created_at timestamptz", "first_seen_at timestamptz!", "changed_at timestamptz!",
]  # fmt: skip
MAX_DROP = 0.2

COLUMNS = columns(
    "article_id string!",
    *COMPUTED,
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

MADE_FROM = (
    "articles_snapshot", "text_model", "text_output", "image_model", "image_output", "image_root", "model_cache",
    "max_tokens", "max_features", "min_df", "stop_words", "refit_share", "fit_until",
)  # fmt: skip

PICTURES = (
    Bars("kind", title="Vectors by kind"),
    Histogram("tokens", title="Tokens of a text"),
    Histogram("document_frequency", of=VOCABULARY.table.name, title="Articles that a word of the vocabulary is in"),
)

DATASET = Dataset(
    name="articles-embeddings",
    version="1",
    title="Vectors of a shop's articles, by which those that are alike are found",
    table=TABLE,
    contract=CONTRACT,
    mode=FullRefresh(made_from=MADE_FROM, inclusive=True),
    also=(TFIDF, VOCABULARY),
    pictures=PICTURES,
    schedule=Schedule(cron="0 4 * * 0"),
    steps=(tfidf, validate_embeddings, export_vectors),
)


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
    max_drop: float = MAX_DROP,
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
        max_drop: Which share of the vectors of a kind may be gone since the last commit; 1 where all may be gone.
    """
    catalogue = run.read("retail.articles", ARTICLES, snapshot_id=articles_snapshot, name="read articles")
    articles, snapshot = catalogue.outputs["rows"], catalogue.outputs["snapshot"]
    known = run.read(VOCABULARY.table, before=run.key, name="read tfidf vocabulary before").outputs["rows"]
    words = run.step(tfidf, articles=articles, before=known, minutes=60)
    before = run.read(TABLE, before=run.key, name="read article embeddings before").outputs["rows"]
    shared = {"articles": articles, "articles_snapshot": snapshot, "before": before, "model_cache": model_cache}
    by_text = {"model_uri": text_model, "model_digest": text_model_digest, "output": text_output}
    texts = run.call(embed_text, max_tokens=max_tokens, **by_text, **shared)
    by_image = {"model_uri": image_model, "model_digest": image_model_digest, "output": image_output}
    images = run.call(embed_images, image_root=image_root, **by_image, **shared)
    vectors = {"texts": texts.outputs["rows"], "images": images.outputs["rows"]}
    seen = run.step(validate_embeddings, **vectors, articles=articles, before=before, max_drop=max_drop, minutes=60)
    run.commit(words.outputs["rows"], made=words, target=TFIDF, max_drop=max_drop)
    run.commit(words.outputs["vocabulary"], made=words, target=VOCABULARY)
    loaded = run.commit(seen.outputs["rows"], made=seen, max_drop=max_drop)
    weights = {"words": words.outputs["rows"], "vocabulary": words.outputs["vocabulary"]}
    exported = run.call(export_vectors, vectors=seen.outputs["rows"], key="article_id", **weights).after(loaded)
    for moved in (texts, images, exported):
        uses_object_store(limits(moved, cpu="2", memory="3Gi", minutes=360))
