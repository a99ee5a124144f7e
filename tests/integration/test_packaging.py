import re
import subprocess
import sys
from email.message import Message
from email.parser import Parser
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).parents[2]
LOCKS = ("requirements.txt", "requirements-dev.txt", "requirements-core.txt")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> ZipFile:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel"]
    subprocess.run([*command, "--directory", folder], cwd=ROOT, check=True, timeout=120)
    (built,) = folder.glob("medicare-*.whl")
    return ZipFile(built)


def metadata(wheel: ZipFile) -> Message:
    (name,) = (name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
    return Parser().parsestr(wheel.read(name).decode())


def pins(lock: str) -> dict[str, str]:
    text = (ROOT / lock).read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-z0-9.-]+)==([^ ;\\]+)", text, re.MULTILINE))


def test_without_extras_only_attrs_is_installed(wheel: ZipFile) -> None:
    required = metadata(wheel).get_all("Requires-Dist", [])

    assert [one for one in required if "extra ==" not in one] == ["attrs>=25.1"]


def test_the_site_and_the_drivers_of_its_databases_are_extras(wheel: ZipFile) -> None:
    assert sorted(metadata(wheel).get_all("Provides-Extra", [])) == ["django", "mysql", "postgres"]


def test_the_wheel_holds_all_of_both_packages_and_nothing_else(wheel: ZipFile) -> None:
    sources = {
        path.relative_to(ROOT / "src").as_posix()
        for path in (ROOT / "src").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    shipped = {name for name in wheel.namelist() if ".dist-info/" not in name}

    assert "medicare_core/py.typed" in shipped
    assert any(name.endswith(".html") for name in shipped)
    assert shipped == sources


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_file_names_no_address(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")

    assert "://" not in text
    assert not re.search(r"^\s*--(?!hash=)", text, re.MULTILINE)


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_of_a_lock_file_has_hashes(lock: str) -> None:
    blocks = re.split(r"\n(?=\S)", (ROOT / lock).read_text(encoding="utf-8").strip())

    assert len(blocks) == len(pins(lock)) > 0
    assert all("--hash=sha256:" in block for block in blocks)


def test_the_lock_files_agree_on_versions() -> None:
    development = pins("requirements-dev.txt")

    assert pins("requirements.txt").items() <= development.items()
    assert pins("requirements-core.txt").items() <= development.items()


def test_the_tests_of_the_core_need_no_framework() -> None:
    assert not {"django", "djangorestframework", "celery"} & pins("requirements-core.txt").keys()
