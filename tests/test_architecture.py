"""The shape of the code, read from its source: who may import whom, how long a file may get, and names we avoid."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
# Each may import itself and those before it.
ORDER = ["lms.lib", "accounts", "curriculum", "training", "assessments", "certificates", "lms"]
# Inside curriculum/models the same holds.
MODELS = ["syllabus", "library", "statutes", "glossary", "citations", "pages", "tasks", "edition"]
PRODUCT = ["accounts", "assessments", "certificates", "curriculum", "lms", "training"]
MAX_LINES = 400


def sources(*folders: str) -> list[Path]:
    found = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    return [path for path in found if "migrations" not in path.parts and "data" not in path.relative_to(ROOT).parts]


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """Yield (line, absolute name) of every import of a file, also of those inside functions and under TYPE_CHECKING."""
    package = module_name(path).split(".")
    if path.name != "__init__.py":
        package = package[:-1]
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            for name in node.names:
                yield node.lineno, name.name
        elif isinstance(node, ast.ImportFrom):
            start = package[: len(package) - node.level + 1] if node.level else []
            origin = ".".join([*start, *([node.module] if node.module else [])])
            for name in node.names:
                yield node.lineno, f"{origin}.{name.name}"


def layer(name: str) -> str | None:
    """Return the layer a dotted name belongs to; None for what is not ours."""
    top = name.split(".")[0]
    if top == "lms":
        return "lms.lib" if name.startswith("lms.lib.") or name == "lms.lib" else "lms"
    return top if top in ORDER else None


def test_the_reader_of_imports_sees_relative_ones():
    found = {name for _line, name in imports(ROOT / "accounts" / "models" / "users.py")}
    assert any(name.startswith("django.") for name in found)
    found = {name for _line, name in imports(ROOT / "lms" / "lib" / "jobs" / "runner.py")}
    assert "lms.lib.jobs.models.Job" in found


def test_imports_flow_one_way():
    wrong = []
    for path in sources(*PRODUCT):
        own = layer(module_name(path))
        for line, name in imports(path):
            other = layer(name)
            if own and other and ORDER.index(other) > ORDER.index(own):
                wrong.append(f"{path.relative_to(ROOT)}:{line} imports {name}")
    assert wrong == []


def test_inside_curriculum_models_too():
    folder = ROOT / "curriculum" / "models"
    wrong = []
    for place, own in enumerate(MODELS):
        for line, name in imports(folder / f"{own}.py"):
            later = [f"curriculum.models.{other}." for other in MODELS[place + 1 :]]
            if name.startswith(tuple(later)):
                wrong.append(f"curriculum/models/{own}.py:{line} imports {name}")
    assert wrong == []


def test_the_product_does_not_know_its_tests_or_measurements():
    wrong = [
        f"{path.relative_to(ROOT)}:{line} imports {name}"
        for path in sources(*PRODUCT)
        for line, name in imports(path)
        if name.split(".")[0] in ("tests", "bench", "script", "pytest", "factory")
    ]
    assert wrong == []


def test_files_stay_readable():
    long = {
        str(path.relative_to(ROOT)): count
        for path in sources(*PRODUCT, "tests", "bench", "script")
        if (count := len(path.read_text("utf-8").splitlines())) > MAX_LINES
    }
    assert long == {}


@pytest.mark.parametrize("name", ["utils.py", "services.py", "helpers.py", "common.py"])
def test_no_catch_all_modules(name):
    assert [str(path) for path in sources(*PRODUCT) if path.name == name] == []


# Arithmetic on plain values: no ORM, so that it can be read, tested and checked by hand.
PURE = [
    "training/hours.py", "assessments/scoring.py", "assessments/panel.py",
    "assessments/portfolio_rule.py", "curriculum/part_rules.py", "certificates/eligibility.py", "curriculum/alignment.py",
    "lms/lib/hashing.py", "certificates/numbers.py", "curriculum/icalendar.py", "curriculum/term_notes.py",
    "lms/lib/search/text.py",
]  # fmt: skip


@pytest.mark.parametrize("file", PURE)
def test_pure_modules_know_no_database(file):
    known = [name for _line, name in imports(ROOT / file)]
    assert [name for name in known if name.startswith(("django.db", "django.conf")) or ".models" in name] == []


def test_nothing_is_left_for_later():
    """No marks of unfinished work in the code: what is missing is said in an issue, or to the reader."""
    marks = ("TO" + "DO", "FIX" + "ME")
    wrong = []
    for path in sources(*PRODUCT, "tests", "bench", "script"):
        lines = path.read_text("utf-8").splitlines()
        wrong += [f"{path.relative_to(ROOT)}:{n}" for n, line in enumerate(lines, 1) if any(m in line for m in marks)]
    assert wrong == []


# Usage of keys is counted by days of UTC, as the cache that counts it does; a cell of a spreadsheet has no zone.
NO_LOCAL_DAY = {
    "certificates/employer_jobs.py", "certificates/views/employers.py", "lms/management/seed_employers.py",
    "certificates/historic_reading.py",
}  # fmt: skip


def test_the_day_of_a_moment_is_a_local_one():
    """`moment.date()` is a day of UTC: here, until eight in the morning, it is yesterday. `localdate(moment)` is today."""
    wrong = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in sources(*PRODUCT, "tests")
        if str(path.relative_to(ROOT)) not in NO_LOCAL_DAY
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "date" and not node.args
        if "strptime" not in ast.unparse(node)
    ]
    assert wrong == []


def test_models_ask_for_no_jobs():
    """Verbs announce news by signals; receivers turn the news into jobs."""
    wrong = []
    for app in PRODUCT:
        folder = ROOT / app / "models"
        for path in sources(f"{app}/models") if folder.is_dir() else []:
            known = [(line, name) for line, name in imports(path) if name.startswith(("lms.lib.jobs", "celery"))]
            wrong += [f"{path.relative_to(ROOT)}:{line} imports {name}" for line, name in known]
    assert wrong == []


@pytest.mark.parametrize("lock", ["requirements.txt", "requirements-dev.txt"])
def test_locks_name_no_host(lock):
    assert "://" not in (ROOT / lock).read_text("utf-8")
