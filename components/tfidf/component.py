"""Interface of `tfidf`."""

from kfp import dsl

from components.container import container


@dsl.container_component
def tfidf(
    articles: dsl.Input[dsl.Dataset],
    before: dsl.Input[dsl.Dataset],
    as_of: str,
    rows: dsl.Output[dsl.Dataset],
    vocabulary: dsl.Output[dsl.Dataset],
    summary: dsl.Output[dsl.Artifact],
    max_features: int = 7000,
    min_df: int = 2,
    stop_words: str = "english",
    refit_share: float = 0.05,
    fit_until: str = "",
):
    """Weigh the words of articles' texts, by a vocabulary that stands while it knows about as much as a new one would.

    Args:
        articles: The articles: `article_id`, `text`, `created_at`, `first_seen_at`, and for `fit_until` `changed_at`.
        before: The vocabulary that the run before left.
        as_of: Instant of the run.
        rows: Of each article with a text the places of its words in the vocabulary, and their weights.
        vocabulary: The words with place, number of articles and weight.
        summary: Articles and words, how many of these are known, and whether the vocabulary is new, as JSON.
        max_features: How many words the vocabulary holds at most: those that come most often, ties by the alphabet.
        min_df: In how many articles a word is at least.
        stop_words: Which words say nothing: `english`, or empty for none.
        refit_share: By which share of all words a new vocabulary must know more to take the old one's place; 0 for one
            that is new each time.
        fit_until: For training: articles that came later do not make the vocabulary, ISO 8601; empty for all. The
            others make it with the texts that they are given with, and those that have changed since are counted.

    Exit codes: 10 where there are no articles, 11 for a parameter that makes no sense, and where no word is left.
    """
    return container("tfidf", locals())
