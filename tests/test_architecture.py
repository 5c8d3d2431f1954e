"""Imports flow one way, files stay small, and there is no drawer for everything."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
LAYERS = ["lms.lib", "accounts", "curriculum", "training", "assessments", "certificates", "lms"]
APPS = [name for name in LAYERS if "." not in name]
# Names of the project itself that say what it is, not what it does; they import nothing from the apps.
LEAVES = {"lms.settings"}
MAX_LINES = 400


def sources() -> list[Path]:
    """Every Python file of the product, without migrations."""
    return sorted(
        path for app in APPS for path in (ROOT / app).rglob("*.py") if "migrations" not in path.relative_to(ROOT).parts
    )


def module_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def layer_of(module: str) -> int | None:
    """The height of a module in the map; None for what is not ours."""
    if module == "lms.lib" or module.startswith("lms.lib."):
        return 0
    top = module.split(".")[0]
    return LAYERS.index(top) if top in LAYERS else None


def imports_of(path: Path) -> list[tuple[int, str]]:
    """Line and absolute name of every import of a file, those inside functions too."""
    module = module_of(path)
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [(node.lineno, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*above, base] if base else above)
            # "from lms import lib" names the module lms.lib
            found += [(node.lineno, f"{base}.{alias.name}") for alias in node.names]
    return found


def test_imports_flow_one_way():
    wrong = []
    for path in sources():
        own = layer_of(module_of(path))
        for line, name in imports_of(path):
            other = layer_of(name)
            if other is None or any(name == leaf or name.startswith(f"{leaf}.") for leaf in LEAVES):
                continue
            if other > own:
                wrong.append(f"{path.relative_to(ROOT)}:{line} imports {name}")
    assert not wrong, "\n".join(["a lower app imports a higher one:", *wrong])


def test_the_rule_sees_what_it_should(tmp_path, monkeypatch):
    """The reader of imports itself: relative ones, those inside functions, and packages."""
    file = ROOT / "training" / "views" / "cohorts.py"
    names = {name for _, name in imports_of(file)}
    assert any(name.startswith("training.") for name in names), "relative imports are resolved"
    assert layer_of("lms.lib.jobs.models") < layer_of("accounts.models") < layer_of("certificates") < layer_of("lms.urls")
    assert layer_of("django.db") is None


@pytest.mark.parametrize("name", ["utils.py", "services.py", "helpers.py", "common.py"])
def test_there_is_no_drawer_for_everything(name):
    assert [path for path in sources() if path.name == name] == []


def test_files_stay_small():
    files = [*sources(), *(ROOT / "script").glob("*.py"), *(ROOT / "tests").rglob("*.py"), *(ROOT / "bench").glob("*.py")]
    long = {str(path.relative_to(ROOT)): n for path in files if (n := len(path.read_text().splitlines())) > MAX_LINES}
    assert not long, f"longer than {MAX_LINES} lines: {long}"


def test_models_import_no_tasks():
    """Verbs announce news by signals; receivers turn news into jobs."""
    wrong = []
    for path in sources():
        module = module_of(path)
        if ".models" in module and not module.startswith("lms.lib.jobs"):
            wrong += [f"{path.relative_to(ROOT)}:{line}" for line, name in imports_of(path)
                      if "jobs" in name.split(".") or name.startswith("celery")]  # fmt: skip
    assert not wrong


def test_nothing_names_a_host_it_was_made_on():
    for lock in ("requirements.txt", "requirements-dev.txt"):
        assert "://" not in (ROOT / lock).read_text()
