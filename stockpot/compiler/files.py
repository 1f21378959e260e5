"""Files of pipelines, imported so that a function which fails stops none but those that need it."""

import ast
import importlib.util
import sys
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from components.shell.errors import ConfigurationError, StepError
from stockpot.definition import Definition, module_of, wrong_in
from stockpot.sdk import import_kfp


class Failed:
    """Stands where a decorated function failed to be made, as a pipeline does that KFP cannot trace."""

    def __init__(self, path: Path, error: Exception) -> None:
        # What is written wrong in it, such as a column's type, names its line itself.
        self.error = error if isinstance(error, StepError) else ConfigurationError(wrong_in(path, error))

    def __call__(self, *_: Any, **__: Any) -> None:
        """Fail as it did, for another function of the file needs it."""
        raise self.error


# Python's own syntax for it, whose first statement is the function's definition.
_GUARDED = "try: pass\nexcept Exception as __error__: {name} = __failed__(__error__)"


class _Loader(SourceFileLoader):
    """Guards each decorated function of the file. It neither reads nor keeps bytecode: Python's own is not guarded."""

    def get_code(self, fullname: str) -> CodeType:
        path = self.get_filename(fullname)
        tree = ast.parse(self.get_data(path), path)
        tree.body = [
            _guarded(one) if isinstance(one, ast.FunctionDef) and one.decorator_list else one for one in tree.body
        ]
        return compile(tree, path, "exec", dont_inherit=True)


def _guarded(function: ast.FunctionDef) -> ast.stmt:
    guard = ast.parse(_GUARDED.format(name=function.name)).body[0]
    for each in ast.walk(guard):
        ast.copy_location(each, function)
    guard.body = [function]  # type: ignore[attr-defined]  # it is an `ast.Try`
    return guard


def pipeline_of(path: Path, function: str) -> Any:
    """The definition or KFP component of that name; of the others in the file, those that failed are told on stderr.

    Raises:
        ConfigurationError: there is no such file or function, or they cannot be imported.
    """
    module = _imported(path)
    found = getattr(module, function, None)
    if isinstance(found, Failed):
        raise found.error
    if not _is_pipeline(found):
        known = sorted(name for name, value in vars(module).items() if _is_pipeline(value))
        raise ConfigurationError(f"{path} has no pipeline '{function}'", f"it has {', '.join(known)}" if known else "")
    for name, value in vars(module).items():
        if isinstance(value, Failed):
            sys.stderr.write(f"note: '{name}' is left out: {value.error}\n")
    return found


def _is_pipeline(value: object) -> bool:
    return isinstance(value, Definition) or hasattr(value, "pipeline_spec")


def _imported(path: Path) -> ModuleType:
    if not path.is_file():
        raise ConfigurationError(f"there is no file {path}")
    if path.suffix != ".py":
        raise ConfigurationError(f"{path} is no Python file")
    import_kfp()
    name = module_of(path)
    loader = _Loader(name, str(path))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(name, loader))  # type: ignore[arg-type]  # of a loader there is a spec
    vars(module)["__failed__"] = lambda error: Failed(path, error)
    sys.modules[name] = module
    # As when Python runs the file: it may import what lies beside it.
    beside = str(path.resolve().parent)
    sys.path.insert(0, beside)
    try:
        loader.exec_module(module)
    except StepError:
        # Of what is written wrong in it, such as a column's type: it names the line.
        raise
    except Exception as error:
        raise ConfigurationError(wrong_in(path, error)) from error
    finally:
        sys.path.remove(beside)
    return module
