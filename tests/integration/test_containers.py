"""The image and compose.yaml are read here, not run: that takes a container engine and a registry."""

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml
from celery.bin.beat import beat
from celery.bin.worker import worker
from django.core.management import get_commands
from django.test import Client
from granian.cli import cli as granian

import servers
from medicare_django.environment import read_file

ROOT = Path(__file__).parents[2]
OURS = {"migrate", "web", "worker", "beat"}
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def services() -> dict[str, dict[str, Any]]:
    text = (ROOT / "compose.yaml").read_text(encoding="utf-8")
    found: dict[str, dict[str, Any]] = yaml.safe_load(text)["services"]
    return found


def instruction(name: str) -> list[str]:
    joined = DOCKERFILE.replace("\\\n", "")
    return re.findall(rf"^ *{name} (.*)$", joined, re.MULTILINE)


def flags(arguments: list[str]) -> set[str]:
    return {one.partition("=")[0] for one in arguments if one.startswith("--")}


def known(command: Any) -> set[str]:
    return {flag for option in command.params for flag in option.opts + option.secondary_opts}


def test_every_process_of_the_site_is_the_same_image(services: dict[str, dict[str, Any]]) -> None:
    assert set(services) == OURS | {"postgres", "redis"}
    assert set(servers.DISCREET) < set(services["postgres"]["command"])
    assert set(servers.BOUNDED) < set(services["redis"]["command"])
    assert {services[name]["image"] for name in OURS} == {"medicare"}
    assert {name: services[name]["build"] for name in OURS if "build" in services[name]} == {
        "migrate": ".",
    }


def test_a_strangers_image_of_our_name_is_never_fetched(
    services: dict[str, dict[str, Any]],
) -> None:
    assert {services[name]["pull_policy"] for name in OURS} == {"never"}


def test_who_asks_for_a_stopped_container_is_told_at_once(
    services: dict[str, dict[str, Any]],
) -> None:
    """Else its name is looked up outside, for as long as name servers there take."""
    for name in OURS:
        assert services[name]["dns_opt"] == ["ndots:1"]


def test_nothing_starts_before_the_tables_are_there(services: dict[str, dict[str, Any]]) -> None:
    for name in OURS - {"migrate"}:
        waits = services[name]["depends_on"]
        assert waits["migrate"] == {"condition": "service_completed_successfully"}
        assert waits["redis"] == waits["postgres"] == {"condition": "service_healthy"}
    assert services["migrate"]["depends_on"] == {"postgres": {"condition": "service_healthy"}}


def test_what_runs_for_good_is_started_again(services: dict[str, dict[str, Any]]) -> None:
    policies = {name: service["restart"] for name, service in services.items()}
    assert policies.pop("migrate") == "no"
    assert set(policies.values()) == {"unless-stopped"}


def test_the_commands_and_their_options_exist(services: dict[str, dict[str, Any]]) -> None:
    _, manage, command, *_ = services["migrate"]["command"]
    assert (ROOT / manage).is_file()
    assert command in get_commands()
    assert flags(services["worker"]["command"]) - {"--app"} <= known(worker)
    assert flags(services["beat"]["command"]) - {"--app"} <= known(beat)
    *_, script = json.loads(instruction("CMD")[-1])
    assert flags(shlex.split(script)) <= known(granian)


def test_every_setting_that_is_named_is_in_the_example(
    services: dict[str, dict[str, Any]],
) -> None:
    example = set(read_file(ROOT / ".env.example"))
    written = yaml.safe_dump(services) + DOCKERFILE
    asked_for = set(re.findall(r"(?<!\$)\$\{([A-Z_]+)", written))
    given = {name for service in OURS for name in services[service]["environment"]}
    assert "POSTGRES_PASSWORD" in asked_for
    assert asked_for | given <= example


def test_the_health_that_is_asked_for_is_there(services: dict[str, dict[str, Any]]) -> None:
    asked = services["web"]["healthcheck"]["test"][-1]
    (path,) = re.findall(r"http://127\.0\.0\.1:8000([^']+)'", asked)
    assert Client().get(path, headers={"Host": "127.0.0.1:8000"}).status_code == 200


def test_who_waits_for_the_site_waits_for_nothing_that_has_no_health(
    services: dict[str, dict[str, Any]],
) -> None:
    """`up --wait` fails at a check that is disabled, and takes a service without one for healthy."""
    assert not instruction("HEALTHCHECK")  # would be that of beat and of every command, too
    checks = {name: service.get("healthcheck") for name, service in services.items()}
    assert {name for name, check in checks.items() if check is None} == {"migrate", "beat"}
    assert not any("disable" in check for check in checks.values() if check)


def test_no_port_is_open_to_other_machines(services: dict[str, dict[str, Any]]) -> None:
    ports = {name: service.get("ports", []) for name, service in services.items()}
    (port,) = ports.pop("web")
    assert port.startswith("127.0.0.1:")
    assert not any(ports.values())


def test_the_data_are_in_volumes(services: dict[str, dict[str, Any]]) -> None:
    kept = {name: service.get("volumes", []) for name, service in services.items()}
    assert {volume.partition(":")[0] for each in kept.values() for volume in each} == {
        *("database", "queue", "media"),
    }
    folder = services["web"]["environment"]["MEDIA_ROOT"]
    assert folder.startswith(kept["web"][0].partition(":")[2])


def test_the_image_is_pinned_and_not_run_by_root() -> None:
    assert "--require-hashes" in DOCKERFILE
    assert instruction("USER") == ["medicare"]
    assert "--system" not in instruction("RUN")[-1]  # its group would be another in each image
    assert "://" not in DOCKERFILE


def test_all_that_is_copied_is_there_and_sent() -> None:
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    sent = {line[1:] for line in lines if line.startswith("!")}
    copied = {line.split()[0] for line in instruction("COPY") if not line.startswith("--from")}
    assert copied == sent
    assert all((ROOT / name).exists() for name in sent)
    assert "*" in lines
