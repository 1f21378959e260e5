"""KFP without its client, and with it for whoever asks."""

import subprocess
import sys

import pytest

IMPORTED = "import sys; from stockpot.sdk import import_kfp; import_kfp(); import kfp; "


def _said(code):
    """What a new process prints."""
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def test_a_pipeline_is_made_without_the_client():
    """Neither the client nor Kubernetes' own, which is most of it, is loaded with the language of pipelines."""
    loaded = "print({'kfp.client', 'kubernetes'} & set(sys.modules), hasattr(kfp, 'dsl'), hasattr(kfp, 'components'))"
    assert _said(IMPORTED + loaded) == "set() True True"


@pytest.mark.parametrize(
    "asking",
    [
        "found = kfp.Client",
        "found = kfp.client.Client",
        "from kfp import Client as found",
        "from kfp.client import Client as found",
        "import kfp.client; found = kfp.client.Client",
        "from kfp import *; found = Client",
    ],
)
def test_who_asks_for_the_client_gets_it(asking):
    """By every name that it has without us."""
    ours, theirs = (_said(f"{before}{asking}; print(found.__module__, found)") for before in (IMPORTED, "import kfp; "))
    assert ours == theirs == "kfp.client.client <class 'kfp.client.client.Client'>"


def test_what_kfp_has_not_is_told_as_without_us():
    """A name that is written wrong, in the words of Python."""
    asking = "\ntry: kfp.Cleint\nexcept AttributeError as error: print(error)"
    assert _said(IMPORTED + asking) == _said("import kfp" + asking) == "module 'kfp' has no attribute 'Cleint'"


def test_within_a_component_of_kfps_it_has_no_client():
    """KFP leaves its client out there by itself."""
    code = "import os; os.environ['_KFP_RUNTIME'] = 'true'; " + IMPORTED + "print('Client' in vars(kfp))"
    assert _said(code) == "False"


def test_a_star_takes_the_same_names():
    """`from kfp import *` gives what it gives without us."""
    asking = "own = {}; exec('from kfp import *', own); print(sorted(own))"
    assert _said(IMPORTED + asking) == _said(asking)
