import os
import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent / "src"))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "medicare_django.settings")
    try:
        from django.core.management import execute_from_command_line
        from django.db import OperationalError

        try:
            execute_from_command_line(sys.argv)
        except OperationalError as error:
            if "--traceback" in sys.argv:
                raise
            sys.exit(f"Medicare cannot use its database: {' '.join(str(error).split())}")
    except KeyboardInterrupt:
        sys.exit(130)
