"""What the Makefile calls, such as `python3 tools/dev.py run`. Standard library only."""

import sys

# This file is kept readable for old Pythons, so that they get to say this and no SyntaxError.
if sys.version_info < (3, 11):  # noqa: UP036
    sys.exit(
        "Medicare needs Python 3.11 or newer; this is %d.%d (%s). "  # noqa: UP031
        "Name another one: make run PYTHON=python3.11"
        % (sys.version_info[0], sys.version_info[1], sys.executable)
    )

import checks
import locks
import screenshots
import server
import stack

COMMANDS = {
    "run": server.run,
    "stack": stack.run,
    "test": checks.run,
    "test-thorough": checks.run_thorough,
    "test-faults": checks.run_faults,
    "screenshots": screenshots.run,
    "on": checks.run_on,
    "lock": locks.run,
}


def main(arguments: list[str]) -> int:
    if not arguments or arguments[0] not in COMMANDS:
        print("usage: python3 tools/dev.py {}".format(" | ".join(COMMANDS)), file=sys.stderr)
        return 2
    try:
        return COMMANDS[arguments[0]](arguments[1:])
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
