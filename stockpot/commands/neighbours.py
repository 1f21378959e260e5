"""`similar`: rows that are alike, by their vectors."""

import os
from typing import Annotated

import typer

from stockpot.commands.options import DEFAULT_HOME, Form, Home, Output


def similar(
    table: Annotated[
        str, typer.Argument(metavar="TABLE", help="The table of the rows: retail.articles or retail.reviews.")
    ],
    row: Annotated[str, typer.Argument(metavar="ID", help="The row whose neighbours are sought.")] = "",
    *,
    text: Annotated[str, typer.Option("--text", help="A text whose neighbours are sought, in place of ID.")] = "",
    kind: Annotated[
        str,
        typer.Option("--kind", help="`bert`, `clip` (of a row alone) or `tfidf`. Default: what there is, words last."),
    ] = "",
    limit: Annotated[int, typer.Option("--limit", min=1, help="So many neighbours.")] = 10,
    model_cache: Annotated[
        str, typer.Option("--model-cache", metavar="DIR", help="The Hugging Face cache, for models of hf:// addresses.")
    ] = "",
    home: Home = DEFAULT_HOME,
    output: Output = Form.TEXT,
) -> None:
    """Print the rows that are most like a row, or like a text, with their cosines and texts.

    \b
    Examples:
      stockpot similar retail.articles 0108775001
      stockpot similar retail.articles 0108775001 --kind tfidf --limit 5
      stockpot similar retail.articles --text "warm winter sweater"
      stockpot similar retail.reviews 4711
    """
    from dataclasses import asdict

    from stockpot.display.columns import fitted, folded, print_json
    from stockpot.local.services import Wanted, in_use
    from stockpot.local.similar import SimilarityQuery
    from stockpot.local.similar import similar as similar_rows

    query = SimilarityQuery(table, row, text, kind, limit, model_cache)
    with in_use(home, os.environ, Wanted()) as endpoints:
        endpoints.put_into(os.environ)
        result = similar_rows(query, home)
    if output is Form.JSON:
        print_json(asdict(result))
        return
    typer.echo(folded(f"{result.kind} of {row or 'the text'}: {result.text}") + "\n")
    shown = [(each.id, f"{each.cosine:.3f}", each.text) for each in result.neighbours]
    typer.echo(fitted(("ID", "COSINE", "TEXT"), shown))
