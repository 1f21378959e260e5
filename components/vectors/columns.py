"""The columns that every table of vectors has, as pipelines declare them; `rows` writes them."""

COMPUTED = (
    "kind string!",
    "model string!",
    "model_digest string!",
    "dimension int!",
    "vector list<float!>!",
    "input_hash string!",
    "tokens int",
    "truncated boolean!",
    "computed_at timestamptz!",
)
"""The columns that describe a vector. `kind` is what it is made from, `dimension` how long it is."""

BERT, CLIP = "bert", "clip"
"""The kinds of vectors that models compute: of texts, and of images."""
_OUTPUT = "#"


def by(uri: str, output: str) -> str:
    """What column `model` says: the address, and behind a sign that none has the output, where one is asked for."""
    return f"{uri}{_OUTPUT}{output}" if output else uri


def address_and_output(model: str) -> tuple[str, str]:
    """The address and the output, empty for the usual ones, in what column `model` says."""
    uri, _, output = model.partition(_OUTPUT)
    return uri, output
