"""What `stockpot compile` does."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from components.shell.errors import ConfigurationError
from components.shell.files import write_atomically
from stockpot.compiler import ir
from stockpot.compiler.constructs import Used, constructs, images_used
from stockpot.compiler.definitions import Plan, from_definition, load
from stockpot.compiler.gpus import on_gpu
from stockpot.compiler.pod_sizes import Size, sized
from stockpot.compiler.policies import works_on_claims
from stockpot.compiler.profiles import Profile
from stockpot.definition import discover
from stockpot.images.lock import replacements

TARGETS = ("argo", "kfp")
_HEADER = "Written by `stockpot compile`; change the pipeline, not this file."


@dataclass(frozen=True)
class Written:
    """The files that were written, and what is in them: images with their profiles, and each pipeline's constructs."""

    files: Sequence[Path]
    images: Sequence[Used]
    constructs: Mapping[str, Sequence[str]]


def compile_targets(
    names: Sequence[str],
    every: bool,
    target: str,
    out: Path,
    *,
    lock: Path | None = None,
    profile: Profile | None = None,
    size: Size = Size.SMALL,
    gpu: bool = False,
) -> Written:
    """What was written below `out` for the pipelines named (or for every registered one).

    A name is a registered pipeline, `FILE.py:function` or an IR file. For `argo` each pipeline gives `NAME.yaml`, to be
    applied, and `submit/NAME.yaml`, to be submitted; for `kfp` the IR file `NAME.yaml`. With `every`,
    `Kustomization` names all files that are to be applied. `lock` is a file that pins the images of steps. On Argo,
    programs of others run as `profile` says. Pods of steps that compute are of the `size`. With `gpu` those whose steps
    have an image for a GPU ask for one.

    Raises:
        ConfigurationError: nothing or something unknown is named, a pipeline holds what the target cannot do, the lock
            does not pin an image, no step has an image for the GPU that is asked for, a profile means nothing to the
            target, or nothing can be written below `out`.
    """
    if target not in TARGETS:
        raise ConfigurationError(f"there is no target '{target}'", f"known are {' and '.join(TARGETS)}")
    if bool(names) == every:
        raise ConfigurationError("name the pipelines to compile, or give --all")
    if profile and target != "argo":
        raise ConfigurationError("--profile is for Argo", "add --target argo, or leave it out")
    selected = [from_definition(each) for each in discover().values()] if every else [load(name) for name in names]
    plans = [sized(plan, size) for plan in (on_gpu(selected) if gpu else selected)]
    images = replacements(lock, images_of(plans)) if lock else None
    files = [each for plan in plans for each in compiled(plan, target, images, profile or Profile.COMPATIBLE)]
    if every and target == "argo":
        files.append(_listed([path for path, _ in files if path.parent == Path()]))
    try:
        for path, text in files:
            (out / path).parent.mkdir(parents=True, exist_ok=True)
            write_atomically(out / path, text.encode())
    except OSError as error:
        raise ConfigurationError(f"cannot write to {out}: {error.strerror}", "name another directory with -o") from None
    return Written(
        [out / path for path, _ in files],
        images_used([plan.pipeline for plan in plans], target, profile or Profile.COMPATIBLE),
        {plan.pipeline.name: constructs(plan.pipeline) for plan in plans},
    )


def images_of(plans: Sequence[Plan]) -> list[str]:
    """The images of all steps of the plans, but for those that parameters say."""
    containers = (container for plan in plans for container in ir.containers(plan.pipeline.dag))
    return sorted({each.image for each in containers if not works_on_claims(each) and not each.image_text.parts})


def compiled(
    plan: Plan, target: str, images: Mapping[str, str] | None = None, profile: Profile = Profile.COMPATIBLE
) -> Iterator[tuple[Path, str]]:
    """The names and texts of the files that a plan becomes; for `images` and `profile` see `argo_documents`."""
    from stockpot.yaml_text import yaml_text

    if target == "kfp":
        from stockpot.compiler.kfp import kfp_documents

        yield Path(f"{plan.pipeline.name}.yaml"), yaml_text(kfp_documents(plan, images), _HEADER)
        return
    from stockpot.compiler.argo import argo_documents, resource_name

    applied, submitted = argo_documents(plan, images, profile)
    name = resource_name(plan.pipeline.name)
    yield Path(f"{name}.yaml"), yaml_text(applied, _HEADER)
    yield Path("submit") / f"{name}.yaml", yaml_text([submitted], _HEADER)


def _listed(paths: Sequence[Path]) -> tuple[Path, str]:
    """What makes the folder one that kustomize takes; kustomize itself finds no files by pattern."""
    from stockpot.yaml_text import yaml_text

    document = {"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization"}
    return Path("Kustomization"), yaml_text([{**document, "resources": [str(path) for path in sorted(paths)]}], _HEADER)
