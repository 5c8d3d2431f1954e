"""Settings, their documentation and the files in deploy/ name the same variables."""

import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
NAME = re.compile(r"\bLMS_[A-Z0-9_]*[A-Z0-9]\b")
DEPLOY = sorted([*(ROOT / "deploy").rglob("*.yaml"), ROOT / "deploy" / "Dockerfile"])
# Told by the scripts to their own children, or by tests and measurements to themselves.
INTERNAL = {"LMS_LAUNCHER_PID", "LMS_RATE_LIMIT_FACTOR"}


def read_by_the_code() -> set[str]:
    files = [ROOT / "lms" / "settings.py", *(ROOT / "script").iterdir()]
    quoted = re.compile(r'"(LMS_[A-Z0-9_]+)"')
    return {name for file in files if file.is_file() for name in quoted.findall(file.read_text("utf-8"))} - INTERNAL


def test_every_setting_is_documented_and_no_other():
    documented = set(NAME.findall((ROOT / "docs" / "settings.md").read_text("utf-8")))
    assert documented == read_by_the_code()


@pytest.mark.parametrize("file", DEPLOY, ids=lambda path: path.name)
def test_deployments_set_only_what_is_read(file):
    assert set(NAME.findall(file.read_text("utf-8"))) <= read_by_the_code()


@pytest.mark.parametrize("file", [path for path in DEPLOY if path.suffix == ".yaml"], ids=lambda path: path.name)
def test_deployments_are_yaml(file):
    parts = list(yaml.safe_load_all(file.read_text("utf-8")))
    assert all(isinstance(part, dict) for part in parts)


def test_manifests_mount_and_select_what_they_declare():
    for part in yaml.safe_load_all((ROOT / "deploy" / "kubernetes" / "lms.yaml").read_text("utf-8")):
        if part["kind"] != "Deployment":
            continue
        pod = part["spec"]["template"]
        assert part["spec"]["selector"]["matchLabels"] == pod["metadata"]["labels"]
        volumes = {volume["name"] for volume in pod["spec"]["volumes"]}
        for container in pod["spec"]["containers"]:
            assert {mount["name"] for mount in container["volumeMounts"]} == volumes
