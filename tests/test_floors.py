"""The floors of the house: a package stands only on lower floors and never leans on a sibling."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1] / "improvd"
FILES = sorted(ROOT.rglob("*.py"))
FLOORS = {
    "cli": 6,
    "bench": 5,
    "daemon": 4,
    "train": 4,
    "engine": 3,
    "play": 3,
    "takes": 3,
    "models": 2,
    "listen": 2,
    "ports": 2,
    "config": 2,
    "core": 1,
    "errors": 1,
}
TRAINING = ("data", "runs", "onnx", "measure", "learn")  # folders of train, from the ground up
# Which files may import what; a path ends in "/" for a whole folder, "net.py" is any such file.
ONLY_IN = {
    "tensorflow": ("net.py", "train/"),
    "keras": ("net.py", "train/"),
    "onnx": ("train/onnx/",),
    "onnxruntime": ("engine/session.py",),
    "tomlkit": ("config/write.py",),
    "prometheus_client": ("daemon/metrics.py",),
    "mido": ("ports/",),
    "rtmidi": ("ports/",),
    "link": ("ports/",),
    # the others around the daemon have clients
    "jack": ("ports/", "bench/clients.py", "bench/daw.py", "bench/timekeeper.py"),
}


def imports(file: Path) -> Iterator[str]:
    """Every module that `file` imports, also inside functions, as a dotted name."""
    for node in ast.walk(ast.parse(file.read_text())):
        match node:
            case ast.Import(names=names):
                yield from (name.name for name in names)
            case ast.ImportFrom(module=str(module), names=names):
                yield module
                yield from (f"{module}.{name.name}" for name in names)
            case ast.Call(
                func=ast.Name("import_module") | ast.Attribute(attr="import_module"),
                args=[ast.Constant(value=str(module))],
            ):
                yield module


def package(name: str) -> str | None:
    """Which package of ours `name` belongs to: "core" of "improvd.core.note"."""
    parts = name.split(".")
    return parts[1] if parts[0] == "improvd" and len(parts) > 1 and parts[1] in FLOORS else None


def dotted(file: Path) -> str:
    """The module's name, as others import it."""
    return ".".join(("improvd", *file.relative_to(ROOT).with_suffix("").parts))


def within(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


def allowed(file: Path, places: tuple[str, ...]) -> bool:
    path = within(file)
    return any(
        path.startswith(place) if place.endswith("/") else place in (path, file.name)
        for place in places
    )


def test_every_package_has_its_floor():
    packages = {within(file).split("/")[0].removesuffix(".py") for file in FILES}
    assert packages - {"__init__", "__main__"} <= set(FLOORS)


@pytest.mark.parametrize("file", [file for file in FILES if file.parent != ROOT], ids=within)
def test_a_package_imports_only_lower_floors(file: Path):
    own = within(file).split("/")[0]
    leaned_on = {found for name in imports(file) if (found := package(name)) and found != own}
    assert {name for name in leaned_on if FLOORS[name] >= FLOORS[own]} == set()


@pytest.mark.parametrize("file", [*ROOT.glob("train/*/*.py")], ids=within)
def test_training_has_floors_of_its_own(file: Path):
    known = [name.split(".")[2] for name in imports(file) if name.startswith("improvd.train.")]
    own = TRAINING.index(file.parent.name)
    assert {name for name in known if TRAINING.index(name) > own} == set()


def test_no_files_lean_on_each_other_in_a_circle():
    names = {dotted(file): file for file in FILES}
    leans = {
        name: {each for each in imports(file) if each in names} for name, file in names.items()
    }
    in_order = list(TopologicalSorter(leans).static_order())  # raises CycleError, which names them
    assert set(in_order) == set(names)


@pytest.mark.parametrize("file", FILES, ids=within)
def test_a_foreign_library_is_imported_only_where_it_belongs(file: Path):
    used = {name.split(".")[0] for name in imports(file)}
    assert {name for name in used & set(ONLY_IN) if not allowed(file, ONLY_IN[name])} == set()


@pytest.mark.parametrize("file", [*ROOT.glob("models/*/*.py")], ids=within)
def test_a_family_never_imports_another(file: Path):
    families = {folder.name for folder in ROOT.glob("models/*/") if folder.is_dir()}
    used = {name.split(".")[2] for name in imports(file) if name.startswith("improvd.models.")}
    assert used & families <= {file.parent.name}


@pytest.mark.parametrize("file", [*ROOT.glob("core/*.py"), ROOT / "errors.py"], ids=within)
def test_the_ground_needs_nothing_but_the_standard_library(file: Path):
    used = {name.split(".")[0] for name in imports(file)}
    assert used <= {"improvd", *sys.stdlib_module_names}


def test_a_relative_import_hides_nothing_from_these_tests():
    hidden = [
        f"{within(file)}:{node.lineno}"
        for file in FILES
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.ImportFrom) and node.level
    ]
    assert hidden == []


@pytest.mark.parametrize(
    ("start", "too_heavy"),
    [
        ("import improvd.play.player", "numpy onnxruntime pydantic click"),
        ("from improvd.cli.main import run; run(['--help'])", "numpy onnxruntime pydantic mido"),
    ],
    ids=["the player process", "improvd --help"],
)
def test_what_must_be_light_is_light(start: str, too_heavy: str):
    script = f"import sys; {start}; print(*{set(too_heavy.split())} & set(sys.modules))"
    loaded = subprocess.run(
        [sys.executable, "-c", script], check=False, capture_output=True, text=True
    )
    assert loaded.stderr == ""
    assert loaded.stdout.splitlines()[-1] == ""
