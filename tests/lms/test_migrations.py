"""The migrations and the models agree, and an empty database can be brought to the present."""

import os
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader

ROOT = Path(__file__).resolve().parents[2]
SQUASHED = {"curriculum", "training", "assessments", "certificates"}


def manage(folder: Path, *arguments: str) -> str:
    """Run a command on a SQLite of its own, with migrations, and return what it said."""
    dropped = ("LMS_DATABASE_URL", "LMS_REDIS_URL")
    env = {key: value for key, value in os.environ.items() if key not in dropped}
    env |= {"LMS_DATA_DIR": str(folder), "LMS_TESTING": "1", "LMS_SAMPLE_SITE": "0"}
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments], cwd=ROOT, env=env, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def test_no_migration_is_missing(tmp_path):
    """In a process of its own: the suite itself runs without migrations."""
    assert "No changes detected" in manage(tmp_path, "makemigrations", "--check", "--dry-run")


def test_system_checks_find_nothing(db):
    said = StringIO()
    call_command("check", stdout=said)
    assert "no issues" in said.getvalue()


@pytest.mark.migrations
def test_an_empty_database_comes_to_the_present(tmp_path):
    manage(tmp_path, "migrate", "--verbosity", "0")
    manage(tmp_path, "migrate", "--check", "--verbosity", "0")  # nothing left: else it ends with an error


def state_of(*, squashed: bool):
    loader = MigrationLoader(None)
    loader.replace_migrations = squashed
    loader.build_graph()
    return loader, loader.project_state()


def test_squashed_migrations_lead_where_the_old_ones_lead(settings):
    """An installation that is older goes on by the old ones; on an empty database the squashed ones make the same."""
    settings.MIGRATION_MODULES = {}  # the suite itself runs without
    (loader, new), (_loader, old) = state_of(squashed=True), state_of(squashed=False)
    for app in SQUASHED:
        assert any(key[0] == app and "_squashed_" in key[1] for key in loader.graph.nodes)
    for one, other in ((old, new), (new, old)):
        assert not SQUASHED & set(MigrationAutodetector(one, other).changes(loader.graph))
    for key in new.models:
        if key[0] in SQUASHED:  # the detector overlooks what the database doesn't know
            assert new.models[key].options == old.models[key].options and new.models[key].bases == old.models[key].bases
