"""What manifests, compiled pipelines and the Dockerfile must keep to, and for each rule what it refuses."""

import json
import shutil

import pytest

from tests.policy.refused import REFUSED, adds, drops, sets, takes
from tests.policy.rights import MAY, given
from tests.policy.tree import RULES, Tree, refusals, rendered, repository


@pytest.fixture(scope="module")
def tree():
    """The repository."""
    return repository()


@pytest.fixture(scope="module")
def text(tree):
    """The repository as JSON, which is read anew in a tenth of the time that deepcopy takes."""
    return json.dumps(vars(tree))


@pytest.fixture
def worse(text):
    """The repository once more, to be changed."""
    return Tree(**json.loads(text))


def test_the_repository_keeps_all_rules(tree):
    """File by file: every manifest, every compiled pipeline and the Dockerfile."""
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
def test_what_breaks_a_rule_is_refused_by_that_rule_alone(worse, rule, number):
    """One thing changed for the worse breaks one rule, however many places it shows in."""
    REFUSED[rule][number](worse)
    assert {name for name, _ in refusals(worse)} == {rule}


def test_everybody_may_do_what_the_table_says_and_nothing_else(tree):
    """Account by resource, both ways: no right is missing that a run needs, and none is there that nobody needs.

    The account that steps run under has none at all.
    """
    assert given(tree.objects) == MAY
    assert "stockpot-step" not in {right.who for right in given(tree.objects)}


@pytest.mark.parametrize(
    "change",
    [
        takes("Role/stockpot-executor", "rules", 0),
        sets("Role/stockpot-executor", "rules", 0, "verbs", to=["create"]),
        sets("Role/stockpot-submitter", "rules", 3, "verbs", to=["get", "list"]),
        takes("Role/stockpot-kfp", "rules", 1, "resourceNames"),
        sets("Role/stockpot-trigger", "rules", 1, "verbs", to=["create", "get"]),
        drops("RoleBinding/stockpot-kfp"),
        drops("ServiceAccount/stockpot-executor"),
        drops("Role/stockpot-submitter"),
        sets("RoleBinding/stockpot-executor", "subjects", 0, "name", to="stockpot-step"),
        adds(
            "RoleBinding",
            roleRef={"kind": "Role", "name": "stockpot-submitter"},
            subjects=[{"kind": "ServiceAccount", "name": "stockpot-step"}],
        ),
    ],
)
def test_a_right_too_many_or_too_few_is_noticed(worse, change):
    """The counter-test: a verb or a name less, a binding, an account or a role that is gone, another who is bound."""
    change(worse)
    assert given(worse.objects) != MAY
