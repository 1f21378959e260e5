"""Where the images of the steps are published: the one place to change registry or tag."""

REGISTRY = "ghcr.io/stockpot"
TAG = "0.1.0"


def reference(step: str, registry: str = REGISTRY, tag: str = TAG) -> str:
    """The image that runs `step`, such as `ghcr.io/stockpot/load-iceberg:0.1.0` for `load_iceberg`."""
    return f"{registry}/{step.replace('_', '-')}:{tag}"
