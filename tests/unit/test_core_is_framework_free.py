import ast
import sys
from collections.abc import Iterator
from pathlib import Path

CORE = Path(__file__).parents[2] / "src" / "medicare_core"
ALLOWED = sys.stdlib_module_names | {"attr", "attrs", "medicare_core"}


def imported_packages(source: str) -> Iterator[str]:
    """Name the top package of every import, also those inside functions and `if TYPE_CHECKING`."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (name.name.partition(".")[0] for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield (node.module or "").partition(".")[0] if node.level == 0 else "medicare_core"


def test_the_core_imports_only_the_standard_library_and_attrs() -> None:
    modules = list(CORE.rglob("*.py"))
    strangers = {
        f"{module.name}: {package}"
        for module in modules
        for package in imported_packages(module.read_text(encoding="utf-8"))
        if package not in ALLOWED
    }

    assert modules
    assert strangers == set()


def test_every_kind_of_import_is_seen() -> None:
    source = "import a.b, c\nfrom d.e import f\ndef g():\n    import h\nfrom . import i\n"

    assert list(imported_packages(source)) == ["a", "c", "d", "medicare_core", "h"]
