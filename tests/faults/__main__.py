"""One campaign, `python -m tests.faults races.through_the_service 1000 7`: its figures as JSON.

The database is that of DATABASE_URL, which it empties. Arguments are a size and a seed.
"""

import json
import sys
from dataclasses import asdict
from importlib import import_module

import django


def main(name: str, *sizes: str) -> None:
    django.setup()
    module, function = name.split(".")
    campaign = getattr(import_module(f"tests.faults.{module}"), function)
    print(json.dumps(asdict(campaign(*map(int, sizes)))))


if __name__ == "__main__":
    main(*sys.argv[1:])
