"""`python -m components.embed_text.query`: the vector of one text, as JSON on stdout, by the model of the others."""

import json
import tempfile
from pathlib import Path

from components.shell import step
from components.vectors.embed_texts import Settings, encoder
from components.vectors.model import Address


def main(*, text: str, model_uri: str, model_digest: str = "", model_cache: str = "", output: str = "") -> None:
    """Print the vector of a text."""
    settings = Settings(Address(model_uri, model_cache), model_digest, output)
    with tempfile.TemporaryDirectory(prefix="model-") as scratch:
        encoded = encoder(settings, Path(scratch))[1].encode([text])
    print(json.dumps(encoded.vectors[0].tolist()))


if __name__ == "__main__":
    step.run(main)
