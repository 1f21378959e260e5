"""Interface of `check_quality`."""

from kfp import dsl

from components.container import container


@dsl.container_component
def check_quality(
    rows: dsl.Input[dsl.Dataset],
    contract: dict,
    as_of: str,
    results: dsl.Output[dsl.Artifact],
    report: dsl.Output[dsl.HTML],
    summary: dsl.Output[dsl.Artifact],
    baseline: dsl.Input[dsl.Dataset] = None,
    max_drop: float = -1.0,
    label: str = "",
):
    """Hold rows against their contract; a broken one stops the run before anything is loaded.

    Args:
        rows: The dataset to check.
        contract: What must hold (see docs/contracts.md): columns, types and rules.
        as_of: Instant of the run, which columns named under `not_after_as_of` must not pass.
        results: Every expectation with its outcome, as JSON.
        report: The same as a static HTML page.
        summary: Rows checked, expectations met, failed or warned, and what the rows look like: the label's share, mean
            and standard deviation of columns, but of those that are personal or secret; as JSON.
        baseline: What came before and other tables, as `read_baseline` found them, for contracts with rules on change
            and references.
        max_drop: For this run, in place of the one that the contract's rule on change states; -1 for that one.
        label: A column of yes and no, or 1 and 0, of which the share is told; empty where there is none.

    Exit codes: 10 when an expectation of severity `error` is not met, 11 when the contract itself makes no sense.
    """
    return container("check_quality", locals(), optional=["baseline"])
