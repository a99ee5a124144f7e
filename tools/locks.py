"""`make lock`: pyproject.toml resolved into lock files, with hashes and without any address."""

from environment import Failed, checked, development_python, uv_command, uv_environment

# Each is bound to the versions of the one before, so that all environments agree.
SITE = ["--extra", "django", "--extra", "postgres", "--extra", "mysql"]
LOCKS: tuple[tuple[str, list[str]], ...] = (
    ("requirements.txt", SITE),
    (
        "requirements-dev.txt",
        [*SITE, "--group", "test", "--group", "quality", "-c", "requirements.txt"],
    ),
    ("requirements-core.txt", ["--group", "core-test", "-c", "requirements-dev.txt"]),
)


def run(arguments: list[str]) -> int:
    """Keep the pinned versions where they still fit; `--upgrade` takes the newest."""
    uv = uv_command(development_python())
    if uv is None:
        raise Failed("uv is needed here and could not be installed")
    for lock, sources in LOCKS:
        options = ["--universal", "--python-version", "3.11", "--generate-hashes"]
        quiet = ["--quiet", "--no-header", "--no-annotate"]
        command = [*uv, "pip", "compile", *options, *quiet, "pyproject.toml", *sources]
        checked([*command, "-o", lock, *arguments], uv_environment())
    return 0
