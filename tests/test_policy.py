"""What manifests, compiled pipelines and Dockerfiles must keep to, and for each rule what it refuses."""

import shutil
from copy import deepcopy

import pytest

from tests.policy.refused import REFUSED
from tests.policy.tree import RULES, refusals, rendered, repository


@pytest.fixture(scope="module")
def tree():
    """The repository."""
    return repository()


def test_the_repository_keeps_all_rules(tree):
    """File by file: every manifest, every compiled pipeline and every Dockerfile."""
    assert refusals(tree) == []


@pytest.mark.parametrize("overlay", ["demo", "production"])
def test_overlays_keep_all_rules(overlay):
    """What reaches a cluster, as kustomize puts it together, with the secrets that it generates."""
    if not (shutil.which("kustomize") or shutil.which("kubectl")):
        pytest.skip("needs kustomize or kubectl")
    assert refusals(rendered(overlay)) == []


def test_every_rule_finds_something_to_look_at(tree):
    """No rule passes because there is nothing of its kind; what must not exist at all is the exception."""
    never = {"ClusterRole", "ClusterRoleBinding", "Ingress"}
    assert set(RULES) - {subject.kind for subject in tree.subjects()} == never


def test_every_rule_has_something_that_it_refuses():
    """Rules and examples go together, and each rule says what it holds."""
    rules = {rule.__name__: rule.__doc__ for group in RULES.values() for rule in group}
    assert set(rules) == set(REFUSED)
    assert all(rules.values())


@pytest.mark.parametrize(
    ("rule", "number"), [(rule, number) for rule, changes in REFUSED.items() for number in range(len(changes))]
)
def test_what_breaks_a_rule_is_refused_by_that_rule_alone(tree, rule, number):
    """One thing changed for the worse breaks one rule, however many places it shows in."""
    worse = deepcopy(tree)
    REFUSED[rule][number](worse)
    assert {name for name, _ in refusals(worse)} == {rule}
