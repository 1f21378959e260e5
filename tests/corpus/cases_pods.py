"""What surrounds a container: Secrets, ConfigMaps, volumes, resources and where its pod runs."""

from kfp import dsl, kubernetes

from tests.corpus import steps
from tests.corpus.case import case

# What tests/e2e puts on the cluster, and what stands for it in this machine's environment.
SECRET, SETTINGS = "corpus-kitchen", "corpus-settings"
WORD, REGION = "soup", "north"
NOT_READ = "kfp/local/pipeline_orchestrator.py does not read the platform's document"
NO_STORAGE = "needs a storage class, and the right that manifests/volumes gives to Argo's executor"
NO_IMAGE = "the test cluster has the image by another name, which can only be given to a run"
MOUNT = "/corpus/room"
_WORKSPACE = dsl.PipelineConfig(
    workspace=dsl.WorkspaceConfig(
        size="1Gi", kubernetes=dsl.KubernetesWorkspaceConfig(pvcSpecPatch={"accessModes": ["ReadWriteOnce"]})
    )
)


@dsl.container_component
def variables(said: dsl.OutputPath(str)):
    """Hand on variables."""
    return steps.shell('printf %s "${WORD-unset}|${REGION-unset}"', said)


@dsl.container_component
def put(path: str, text: str):
    """Write a file."""
    return dsl.ContainerSpec(image=steps.IMAGE, command=["sh", "-ec", 'printf %s "$1" > "$0"'], args=[path, text])


@dsl.container_component
def get(path: str, said: dsl.OutputPath(str)):
    """Hand on a file."""
    return steps.shell('cat "$1"', said, path)


@dsl.container_component
def room(path: str, said: dsl.OutputPath(str)):
    """Write a file and read it again."""
    return steps.shell('printf kept > "$1/a"; cat "$1/a"', said, path)


@case({"variables": ["soup|unset"]}, kfp_local=NOT_READ, environment={"WORD": WORD})
def secret():
    """A variable from a Secret."""
    kubernetes.use_secret_as_env(variables(), SECRET, {"word": "WORD"})


@case({"variables": ["unset|north"]}, kfp_local=NOT_READ, environment={"REGION": REGION})
def config_map():
    """A variable from a ConfigMap."""
    kubernetes.use_config_map_as_env(variables(), SETTINGS, {"region": "REGION"})


@case({"variables": ["soup|north"]}, kfp_local=NOT_READ, environment={"WORD": WORD, "REGION": REGION})
def secret_and_config_map():
    """Both."""
    task = kubernetes.use_secret_as_env(variables(), SECRET, {"word": "WORD"})
    kubernetes.use_config_map_as_env(task, SETTINGS, {"region": "REGION"})


@case({"variables": ["unset|unset"]}, kfp_local=NOT_READ)
def secret_that_may_be_missing():
    """Optional, and nowhere."""
    kubernetes.use_secret_as_env(variables(), "corpus-nowhere", {"word": "WORD"}, optional=True)


@case({"variables": ["soup|unset"]}, kfp_local=NOT_READ, environment={"WORD": WORD})
def secret_by_parameter(name: str = SECRET):
    """A parameter says which."""
    kubernetes.use_secret_as_env(variables(), name, {"word": "WORD"})


# Alone, for KFP's compiler mixes up the platform's settings of components that several nested pipelines have.
@case({"say": [SECRET], "variables": ["soup|unset"]}, alone=True, kfp_local=NOT_READ, environment={"WORD": WORD})
def secret_by_output():
    """A step says which."""
    kubernetes.use_secret_as_env(variables(), steps.say(text=SECRET).output, {"word": "WORD"})


@case({"variables": ["unset|north"]}, kfp_local=NOT_READ, environment={"REGION": REGION})
def config_map_by_item():
    """An item of a loop says which."""
    with dsl.ParallelFor([SETTINGS]) as name:
        kubernetes.use_config_map_as_env(variables(), name, {"region": "REGION"})


@case({"say": ["told"]}, kfp_local=NOT_READ, environment={"PLACE": "default"})
def field_of_the_pod():
    """A field of the pod, as a variable."""
    kubernetes.use_field_path_as_env(steps.say(text="told"), "PLACE", "metadata.namespace")


@case({"room": ["kept"]}, kfp_local=NOT_READ)
def room_of_its_own():
    """An empty directory."""
    kubernetes.empty_dir_mount(room(path=MOUNT), "room", MOUNT)


@case({"room": ["kept"]}, kfp_local=NOT_READ)
def room_in_memory():
    """One that lies in memory."""
    kubernetes.empty_dir_mount(room(path=MOUNT), "room", MOUNT, medium="Memory", size_limit="8Mi")


@case(
    {"createpvc": ["corpus-claim"], "put": [None], "get": ["kept"], "deletepvc": [None]},
    kfp_local=NOT_READ,
    not_on_argo=NO_STORAGE,
)
def claim():
    """A claim is made, written to, read and deleted."""
    made = kubernetes.CreatePVC(pvc_name="corpus-claim", access_modes=["ReadWriteOnce"], size="1Gi")
    name = made.outputs["name"]
    written = kubernetes.mount_pvc(put(path=f"{MOUNT}/a", text="kept"), name, MOUNT)
    read = kubernetes.mount_pvc(get(path=f"{MOUNT}/a").after(written), name, MOUNT)
    kubernetes.DeletePVC(pvc_name=name).after(read)


@case({"put": [None], "get": ["kept"]}, config=_WORKSPACE, alone=True, kfp_local=NOT_READ, not_on_argo=NO_STORAGE)
def workspace():
    """A directory that all steps of a run share."""
    written = put(path=f"{dsl.WORKSPACE_PATH_PLACEHOLDER}/a", text="kept")
    get(path=f"{dsl.WORKSPACE_PATH_PLACEHOLDER}/a").after(written)


@case({"say": ["soup"]})
def resources():
    """Limits and requests."""
    task = steps.say(text="soup").set_cpu_request("10m").set_cpu_limit("1")
    task.set_memory_request("16Mi").set_memory_limit("128Mi")


@case({"say": ["soup"]})
def resources_by_parameter(cpu: str = "10m", memory: str = "128Mi"):
    """Parameters say how much."""
    steps.say(text="soup").set_cpu_request(cpu).set_memory_limit(memory)


@case({"say": ["soup"]}, kfp_local=NOT_READ)
def node_and_tolerations():
    """Where the pod may run."""
    task = kubernetes.add_node_selector(steps.say(text="soup"), "kubernetes.io/os", "linux")
    kubernetes.add_toleration(task, key="corpus", operator="Exists", effect="NoSchedule")


@case({"say": ["soup"]}, kfp_local=NOT_READ)
def node_by_parameter(selector: dict = {"kubernetes.io/os": "linux"}):  # noqa: B006 - KFP reads the default and never calls this
    """A parameter says where."""
    kubernetes.add_node_selector_json(steps.say(text="soup"), selector)


@case({"say": ["soup"]}, kfp_local=NOT_READ)
def affinity():
    """Nodes that it would rather have."""
    rule = [{"key": "kubernetes.io/os", "operator": "In", "values": ["linux"]}]
    kubernetes.add_node_affinity(steps.say(text="soup"), match_expressions=rule, weight=10)


@case({"say": ["soup"]}, kfp_local=NOT_READ)
def labels():
    """Labels and annotations of the pod."""
    task = kubernetes.add_pod_label(steps.say(text="soup"), "corpus", "labels")
    kubernetes.add_pod_annotation(task, "corpus", "two words")


@case({"say": ["soup"]}, kfp_local=NOT_READ)
def time_limit():
    """A limit that is not passed."""
    kubernetes.set_timeout(steps.say(text="soup"), 300)


@case({"say": ["soup"]}, kfp_local=NOT_READ)
def pulling():
    """When the image is pulled, and with which login."""
    task = kubernetes.set_image_pull_policy(steps.say(text="soup"), "IfNotPresent")
    kubernetes.set_image_pull_secrets(task, ["corpus-registry"])


# Alone, for a cluster whose images have other names is given another one.
@case({"say": ["soup"], "say-2": ["soup"]}, given={"image": steps.IMAGE}, alone=True)
def image_by_parameter(image: str = "python:3.11"):
    """A parameter says the image; another step's is its default's."""
    steps.say(text="soup").set_container_image(image)
    steps.say(text="soup")


@case({"say": ["soup"]}, not_on_argo=NO_IMAGE, not_on_kfp="an image of which a parameter says a part")
def image_in_part_by_parameter(tag: str = "3.11-slim-bookworm"):
    """A parameter says a part of it."""
    steps.say(text="soup").set_container_image(f"python:{tag}")


@case({"say": ["soup"], "say-2": [steps.IMAGE]}, not_on_argo=NO_IMAGE)
def image_by_output():
    """A step says the image."""
    steps.say(text="soup").set_container_image(steps.say(text=steps.IMAGE).output)


@case({"say": ["a", "a"]}, not_on_argo=NO_IMAGE)
def image_by_item():
    """An item of a loop says the image."""
    with dsl.ParallelFor([steps.IMAGE, steps.IMAGE]) as image:
        steps.say(text="a").set_container_image(image)
