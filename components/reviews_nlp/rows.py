"""The rows of both tables: which versions of reviews are new, with their scores, and the statistics of articles."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from components.retail.accounts import faulty
from components.retail.attributes import CURRENT, FIRST_KNOWN, VERSIONS, attributes_from
from components.retail.columns import category, day
from components.retail.time import cut_day
from components.retail.validated import Validated
from components.reviews_nlp.duplicates import duplicates
from components.reviews_nlp.quality import classified, described
from components.reviews_nlp.schemas import REVIEWS
from components.reviews_nlp.scored import SCORED, UNESCAPED, scored, unescaped
from components.reviews_nlp.settings import Settings
from components.reviews_nlp.stats import article_stats
from components.reviews_nlp.texts import clean_text, display_text
from components.reviews_nlp.usable import FORGOTTEN, Interval, usable_reviews
from components.shell import datasets
from components.shell.engine import Engine, keep, streamed

_KEY = ("review_id", "known_at")
Work = Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]


@dataclass(frozen=True)
class Sources:
    """Reviews as they are now, what articles said, or say now, and which rows the table of reviews has.

    `customers` has the `customer_id` of everybody whom the source has, or is None where it does not say.
    """

    reviews: ir.Table
    before: ir.Table
    customers: ir.Table | None = None
    versions: ir.Table | None = None
    articles: ir.Table | None = None


@dataclass(frozen=True)
class Made:
    """The rows of both tables; the reviews that count, and those that do not.

    `new` are those of the interval as the source has them, `carried` the versions that the source has overwritten
    since. `late` are those of before the interval that the table lacks, `orphans` those new ones whose article nobody
    knows; where there are no articles at all, there are none. `attributes_from` says how many of the new ones have
    their category from where.
    """

    rows: ir.Table
    stats: ir.Table
    validated: Validated
    new: ir.Table
    carried: ir.Table
    late: ir.Table
    orphans: ir.Table
    attributes_from: Mapping[str, int]


def make(backend: Engine, sources: Sources, interval: Interval, settings: Settings, scratch: Path) -> Made:
    """The rows from these tables; what Python computes of texts is written to the directory `scratch`.

    Raises:
        ConfigurationError: ids are numbers.
    """
    hold = partial(keep, backend)
    reviews = usable_reviews(sources.reviews, sources.customers, interval, hold, mask_pii=settings.mask_pii)
    usable = hold("usable", reviews.usable)
    before = hold("before", sources.before.filter(sources.before.known_at < interval.end))
    new = usable.filter(usable.known_at >= interval.start)
    earlier, within = before.filter(before.known_at < interval.start), before.filter(before.known_at >= interval.start)
    carried = hold("carried", within.semi_join(_there(reviews), "review_id").anti_join(usable, _KEY))
    texts = hold("texts", _texts(backend, new, settings, scratch))
    compared = ("customer_id", "article_id", "clean_text", "created_at", "n_words", *_KEY)
    copies = duplicates(_union([each.select(*compared) for each in (earlier, carried, texts)]))
    flagged = hold("flagged", texts.left_join(copies, _KEY).select(*texts.columns, copies.is_duplicate))
    classified_reviews = classified(_guessed(backend, flagged, settings, scratch), settings)
    placed = _categorised(classified_reviews, sources).mutate(
        review_text=ibis.null("string") if settings.mask_pii else classified_reviews.review_text
    )
    history = hold("history", _history(earlier, carried, placed, interval))
    is_new = history.known_at >= interval.start
    return Made(
        rows=history.filter(is_new).order_by(_KEY),
        stats=article_stats(history, interval),
        validated=reviews,
        new=new,
        carried=carried,
        late=usable.filter(usable.known_at < interval.start).anti_join(earlier, _KEY),
        orphans=_orphans(new, sources),
        attributes_from=attributes_from(backend, _categorised(new.select("article_id", "created_at"), sources)),
    )


def _there(reviews: Validated) -> ir.Table:
    """The reviews that the source still has, those too whose last edit is not known yet or makes no sense."""
    others = faulty(reviews.others, FORGOTTEN)
    return reviews.usable.select("review_id").union(others.select(review_id=others.id), distinct=True)


def _orphans(new: ir.Table, sources: Sources) -> ir.Table:
    known = [table.select("article_id") for table in (sources.versions, sources.articles) if table is not None]
    return new.anti_join(ibis.union(*known) if len(known) > 1 else known[0], "article_id") if known else new.limit(0)


def _union(tables: list[ir.Table]) -> ir.Table:
    return ibis.union(*tables)


def _texts(backend: Engine, new: ir.Table, settings: Settings, scratch: Path) -> ir.Table:
    """The new versions with both texts and what follows from them."""
    escaped = new.filter(new.raw_text.contains("&")).select("raw_text").distinct()
    resolved = _mapped(backend, escaped, unescaped, UNESCAPED, scratch / "unescaped")
    joined = new.left_join(resolved, "raw_text").select(*new.columns, "unescaped")
    displayed = joined.mutate(
        display_text=display_text(joined.unescaped.coalesce(joined.raw_text), mask_pii=settings.mask_pii)
    )
    return described(displayed.mutate(clean_text=clean_text(displayed.display_text)).drop("raw_text", "unescaped"))


def _guessed(backend: Engine, texts: ir.Table, settings: Settings, scratch: Path) -> ir.Table:
    """The versions with what Python computes of their texts."""
    given, languages = texts.given_language, list(settings.languages)
    different = texts.group_by("display_text", "clean_text").agg(
        is_guessed=given.isnull().any(),
        is_wanted=given.isin(languages).fill_null(False).any(),
    )
    scores = _mapped(backend, different, partial(scored, languages=languages), SCORED, scratch / "scored")
    return texts.inner_join(scores, "display_text")


def _mapped(backend: Engine, texts: ir.Table, work: Work, schema: pa.Schema, directory: Path) -> ir.Table:
    datasets.write_dataset(directory, schema, work(streamed(backend, backend.compile(texts))))
    return backend.read_parquet(datasets.files(directory))


def _categorised(reviews: ir.Table, sources: Sources) -> ir.Table:
    """The versions with the category that their article had when the review was written, and where that comes from.

    An article that was not known yet has that of its first version, one without versions what it has now.
    """
    if sources.articles is not None:
        articles_now = sources.articles.select("article_id", category=category(sources.articles, "category_id"))
        present = articles_now.group_by("article_id").agg(category_now=articles_now.category.min())
        now = present.mutate(now_from=ibis.literal(CURRENT))
    else:
        nothing = {"category_now": ibis.null("string"), "now_from": ibis.null("string")}
        now = reviews.select("article_id", **nothing).distinct()
    reviews = reviews.left_join(now, "article_id").select(*reviews.columns, "category_now", "now_from")
    if sources.versions is None:
        return reviews.mutate(category_id=reviews.category_now, attributes_from=reviews.now_from)
    versions = sources.versions
    first = versions.group_by("article_id").agg(
        first_category=versions.category_id.argmin(versions.version), is_known=versions.count()
    )
    dated = versions.select("article_id", category_then=versions.category_id, version_at=versions.known_at)
    then = reviews.asof_join(dated, reviews.created_at >= dated.version_at, "article_id")
    then = then.select(*reviews.columns, "category_then", "version_at")
    joined = then.left_join(first, "article_id").select(*then.columns, "first_category", "is_known")
    was_known, is_known = joined.version_at.notnull(), joined.is_known.notnull()
    return joined.mutate(
        category_id=ibis.cases(
            (was_known, joined.category_then), (is_known, joined.first_category), else_=joined.category_now
        ),
        attributes_from=ibis.cases((was_known, VERSIONS), (is_known, FIRST_KNOWN), else_=joined.now_from),
    )


def _history(earlier: ir.Table, carried: ir.Table, placed: ir.Table, interval: Interval) -> ir.Table:
    """All versions known before the end of the interval, with their numbers and their ages at its end."""
    names = [name for name in REVIEWS.names if name not in ("version", "review_age_days")]
    own = placed.select(*names)
    past = [each.select(**{name: each[name].cast(own[name].type()) for name in names}) for each in (earlier, carried)]
    history = _union([own, *past])
    versions = ibis.window(group_by="review_id", order_by="known_at")
    end = ibis.literal(cut_day(interval.end, interval.timezone))
    age = end.delta(day(history, "created_at", interval.timezone), unit="day")
    number = ibis.row_number().over(versions) + 1
    return history.mutate(version=number.cast("int32"), review_age_days=age.cast("int32")).select(*REVIEWS.names)
