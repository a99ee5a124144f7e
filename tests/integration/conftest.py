from pathlib import Path

import pytest
from pytest_django.fixtures import Settings


@pytest.fixture(autouse=True)
def media_root(settings: Settings, tmp_path: Path) -> Path:
    """No test writes files among those of the site that is developed here."""
    settings.MEDIA_ROOT = tmp_path / "media"
    return tmp_path / "media"
