"""Keeps processes running: what ends by itself is started again, what is held is stopped."""

import contextlib
import os
import signal
import subprocess
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Protocol

from environment import ROOT, say

STOP_SECONDS = 20.0  # for a worker to finish the mail that it is sending
LOOK_SECONDS = 0.2
PAUSES = (1.0, 30.0)  # before it is started again: the first, and the longest
STEADY_SECONDS = 30.0  # what has run for so long begins again with the first pause


class Running(Protocol):
    """What can be started again and again. Its process is None while it is stopped."""

    process: "subprocess.Popen[bytes] | None"

    def start(self) -> None: ...
    def stop(self) -> None: ...
    def kill(self) -> None: ...


@dataclass
class Program:
    """A process whose output is shown, each line behind its name.

    `lock` is a descriptor that it keeps open: what that locks is locked while anything of it runs.
    """

    name: str
    command: list[str]
    environment: dict[str, str]
    lock: int
    process: "subprocess.Popen[bytes] | None" = field(default=None, init=False)

    def start(self) -> None:
        self.process = subprocess.Popen(
            self.command,
            cwd=ROOT,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            pass_fds=[self.lock],
        )
        output = self.process.stdout
        threading.Thread(target=_show, args=(self.name, output), daemon=True).start()

    def stop(self) -> None:
        """Ask it to end, and see that nothing of it is left."""
        if self.process is None:
            return
        self._signal_all(signal.SIGCONT)
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            say(f"{self.name} | does not end by itself")
        self.kill()

    def kill(self) -> None:
        if self.process is None:
            return
        self._signal_all(signal.SIGKILL)
        self.process.wait()
        self.process = None

    def _signal_all(self, number: signal.Signals) -> None:
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, number)


@dataclass
class _Watched:
    name: str
    running: Running
    started_at: float = 0.0
    pause: float = PAUSES[0]
    again_at: float = 0.0

    @property
    def pid(self) -> int:
        return self.running.process.pid if self.running.process else 0

    @property
    def ended(self) -> bool:
        return self.running.process is not None and self.running.process.poll() is not None


class Watcher:
    """Notes the process id of NAME in NAME.pid; holds it stopped while there is a file hold-NAME."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.watched: list[_Watched] = []

    def add(self, name: str, running: Running) -> None:
        """Watch it from now on, and start it if it does not run yet."""
        one = _Watched(name, running, started_at=time.monotonic())
        self.watched.append(one)
        if running.process is None:
            running.start()
        self._note(one)

    def look(self) -> None:
        for one in self.watched:
            is_held = (self.folder / f"hold-{one.name}").exists()
            if one.ended:
                self._bury(one)
            elif is_held and one.pid:
                say(f"{one.name} | held: stopping it")
                one.running.stop()
                self._note(one)
            elif not is_held and not one.pid and time.monotonic() >= one.again_at:
                self._start_again(one)

    def stop(self) -> None:
        """Stop all, the one that was added last first."""
        for one in reversed(self.watched):
            one.running.stop()
            self._note(one)

    def pids(self) -> dict[str, int]:
        return {one.name: one.pid for one in self.watched}

    def _bury(self, one: _Watched) -> None:
        code = one.running.process.poll() if one.running.process else None
        one.running.kill()  # what it had started
        if time.monotonic() - one.started_at > STEADY_SECONDS:
            one.pause = PAUSES[0]
        one.again_at = time.monotonic() + one.pause
        say(f"{one.name} | ended ({_words(code)}); it is started again in {one.pause:.0f} s")
        one.pause = min(2 * one.pause, PAUSES[1])
        self._note(one)

    def _start_again(self, one: _Watched) -> None:
        one.started_at = time.monotonic()
        try:
            one.running.start()
        except RuntimeError as error:  # a server that does not answer
            say(f"{one.name} | {error}")
            one.running.kill()
            one.again_at = time.monotonic() + one.pause
            one.pause = min(2 * one.pause, PAUSES[1])
        else:
            say(f"{one.name} | started again, process {one.pid}")
        self._note(one)

    def _note(self, one: _Watched) -> None:
        file = self.folder / f"{one.name}.pid"
        if one.pid:
            file.write_text(f"{one.pid}\n")
        else:
            file.unlink(missing_ok=True)


def _words(code: int | None) -> str:
    if code is not None and code < 0:
        return f"by signal {-code}"
    return f"with exit code {code}"


def _show(name: str, output: IO[bytes]) -> None:
    with output:
        for line in output:
            say(f"{name} | {line.decode(errors='replace').rstrip()}")
