"""What no file of improvd does: run what it reads."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1] / "improvd"
FILES = sorted(ROOT.rglob("*.py"))
# Modules and functions that make code, or objects of any kind, out of data.
MODULES = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "marshal", "shelve", "jsonpickle"}
CALLS = {"eval", "exec", "compile", "__import__"}
METHODS = {"system", "popen", "load_model", "unsafe_load", "enable_unsafe_deserialization"}
OPTIONS = {"shell": True, "allow_pickle": True, "safe_mode": False}


def offences(source: str) -> Iterator[str]:
    """Each line and what stands there."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names=names):
                found = {name.name.split(".")[0] for name in names} & MODULES
            case ast.ImportFrom(module=str(module)):
                found = {module.split(".")[0]} & MODULES
            case ast.Call(func=ast.Name(name)) if name in CALLS:
                found = {name}
            case ast.Call(func=ast.Attribute(attr=name)) if name in METHODS:
                found = {name}
            case ast.keyword(arg=str(name), value=ast.Constant(value)):
                found = {name} if name in OPTIONS and OPTIONS[name] is value else set()
            case _:
                continue
        yield from (f"{node.lineno}: {each}" for each in sorted(found))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.relative_to(ROOT).as_posix())
def test_nothing_that_is_read_is_run(file):
    assert list(offences(file.read_text())) == []


@pytest.mark.parametrize(
    "source",
    [
        "import pickle",
        "import os, dill.session",
        "from joblib import load",
        "eval(text)",
        "builtins = exec(text)",
        "os.system(words)",
        "np.load(path, allow_pickle=True)",
        "subprocess.run(words, shell=True)",
        "keras.models.load_model(path)",
    ],
)
def test_the_test_sees_what_it_looks_for(source):
    assert list(offences(source))
