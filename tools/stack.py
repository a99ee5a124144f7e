"""`make stack`: the site in production on this machine, with PostgreSQL, Redis, workers and beat.

All that it keeps is in `var/stack`, but for uploaded files: `MEDIA_ROOT` holds for them as ever.
"""

import http.client
import os
import signal
import ssl
import subprocess
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import servers
from binaries import Missing, at_hand
from environment import ROOT, Failed, checked, module_at, say, site_python
from server import HOST, SIGNALS, refuse_busy
from stack_folder import alone, keep_settings, kept_port, refuse_closed, see_to_certificate
from watcher import LOOK_SECONDS, Program, Watcher

SITE = module_at(ROOT / "src" / "medicare_django" / "environment.py")
FOLDER = ROOT / "var" / "stack"
FIRST_PORTS = {"postgres": 25432, "redis": 26379}
URLS = {"postgres": "DATABASE_URL", "redis": "REDIS_URL"}
COMMAND = "python3 tools/dev.py stack"
# Eight lines of Celery's at every start of the worker. `greet` says it in one.
NOT_TWICE = "ignore:You're running the worker with superuser privileges"


@dataclass(frozen=True)
class Stack:
    """What is chosen before anything is started."""

    folder: Path
    settings: dict[str, str]
    """Those that this program adds to what the environment and `.env` say."""
    port: int
    has_tls: bool
    needs: tuple[str, ...]
    """The servers that are started here: no setting names another one."""
    web_processes: int
    web_threads: int
    worker_processes: int

    @property
    def certificate(self) -> tuple[Path, Path]:
        return self.folder / "tls-certificate.pem", self.folder / "tls-key.pem"


def run(arguments: list[str]) -> int:
    """Run the stack; or, with arguments, a command of `manage.py` on the one that runs."""
    if arguments:
        return manage(arguments)
    stack = chosen(FOLDER)
    try:
        for name in stack.needs:
            at_hand(name)
        return serve(site_python(), stack)
    except Missing as missing:
        raise Failed(str(missing)) from None


def manage(arguments: list[str]) -> int:
    kept = FOLDER / "settings.env"
    if not kept.is_file():
        raise Failed("There is no stack yet: make stack")
    given = {name: value for name, value in os.environ.items() if value}
    environment = {**SITE.read_file(kept), **given}
    command = [str(site_python()), "manage.py", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


def chosen(folder: Path) -> Stack:
    env = SITE.read_environment(ROOT / ".env")
    has_tls = env.text("TRUSTED_PROXIES", "0") == "0"
    port = env.integer("PORT", 8443 if has_tls else 8000, low=1, high=65535)
    hosts = env.names("ALLOWED_HOSTS") or ["localhost", HOST]
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Failed(f"The folder {folder} cannot be made ({error.strerror})") from None
    settings = {"DEMO": "0", "DEBUG": "0", "PORT": str(port), "ALLOWED_HOSTS": ",".join(hosts)}
    if has_tls and HOST in hosts and not env.text("SITE_URL"):
        settings["SITE_URL"] = f"https://{HOST}:{port}"
    for name in ("SECRET_KEY", "JWT_SIGNING_KEY"):
        if not env.text(name):
            settings[name] = SITE.kept_key(folder / name.lower().replace("_", "-"))
    if not env.text("EMAIL_BACKEND") and not env.text("EMAIL_HOST"):
        settings["EMAIL_BACKEND"] = "django.core.mail.backends.filebased.EmailBackend"
        settings["EMAIL_FILE_PATH"] = str(folder / "mail")
    needs = tuple(name for name, setting in URLS.items() if not env.text(setting))
    return Stack(
        folder,
        settings,
        port,
        has_tls,
        needs,
        web_processes=env.integer("WEB_PROCESSES", 2, low=1, high=64),
        web_threads=env.integer("WEB_THREADS", 3, low=1, high=64),
        worker_processes=env.integer("WORKER_PROCESSES", 2, low=1, high=64),
    )


def serve(python: Path, stack: Stack) -> int:
    """Run everything until a signal comes."""
    asked: list[int] = []
    for number in SIGNALS:
        signal.signal(number, lambda number, _frame: asked.append(number))
    with alone(stack.folder) as lock, ExitStack() as running:
        refuse_busy(stack.port, "make stack")
        watcher = Watcher(stack.folder)
        environment = {
            **os.environ,
            **stack.settings,
            "DJANGO_SETTINGS_MODULE": "medicare_django.settings",
        }
        environment.setdefault("PYTHONWARNINGS", NOT_TWICE)
        for name in stack.needs:
            server = started(name, stack, running)
            watcher.add(name, server)
            environment[URLS[name]] = server.url
        running.callback(watcher.stop)
        names = [*stack.settings, *(URLS[name] for name in stack.needs)]
        keep_settings(stack.folder, {name: environment[name] for name in names})
        prepare(python, environment, stack)
        for name, command in programs(python, stack).items():
            if not asked:
                watcher.add(name, Program(name, command, environment, lock))
        greeted = False
        while not asked:
            watcher.look()
            if not greeted and answers(stack):
                greeted = True
                greet(stack, watcher.pids())
            time.sleep(LOOK_SECONDS)
        say("\nEnding: web, worker, beat, then the servers")
    return 0


def programs(python: Path, stack: Stack) -> dict[str, list[str]]:
    """In the order in which they are started; they end the other way round."""
    celery = [str(python), "-m", "celery", "-q", "-A", "medicare_django"]
    quiet = ["--loglevel", "WARNING"]
    by_itself = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    certificate, key = map(str, stack.certificate)
    tls = ["--ssl-certificate", certificate, "--ssl-keyfile", key] if stack.has_tls else []
    return {
        "beat": [
            *(*celery, "beat", *quiet, "--pidfile="),
        ],
        "worker": [
            *(*celery, "worker", *quiet, *by_itself, "--concurrency", str(stack.worker_processes)),
        ],
        "web": [
            *(str(python), "-m", "granian", "--interface", "wsgi", "--log-level", "warning"),
            *("--host", HOST, "--port", str(stack.port), "--http", "1", "--no-ws"),
            *("--workers", str(stack.web_processes)),
            *("--blocking-threads", str(stack.web_threads)),
            *("--respawn-failed-workers", "--workers-kill-timeout", "10", *tls),
            "medicare_django.wsgi:application",
        ],
    }


def prepare(python: Path, environment: dict[str, str], stack: Stack) -> None:
    if stack.has_tls:
        see_to_certificate(*stack.certificate, stack.settings["ALLOWED_HOSTS"].split(","))
    if mails := stack.settings.get("EMAIL_FILE_PATH"):
        Path(mails).mkdir(mode=0o700, exist_ok=True)  # they hold codes
    checked([python, "manage.py", "migrate", "--no-input", "--verbosity", "0"], environment)
    if environment.get("DJANGO_SUPERUSER_EMAIL") and environment.get("DJANGO_SUPERUSER_PASSWORD"):
        command = [str(python), "manage.py", "createsuperuser", "--no-input"]
        subprocess.run(command, cwd=ROOT, env=environment, check=False)  # says so if there is one


def started(name: str, stack: Stack, running: ExitStack) -> servers.Server:
    folder = stack.folder / name
    refuse_closed(folder)
    port = kept_port(folder, FIRST_PORTS[name])
    starter = {"postgres": servers.postgres, "redis": servers.redis}[name]
    password = SITE.kept_key(stack.folder / f"{name}-password")
    try:
        return running.enter_context(starter(folder, fast=False, port=port, password=password))
    except RuntimeError as error:  # it did not start
        raise Failed(str(error)) from None


def answers(stack: Stack) -> bool:
    connection: http.client.HTTPConnection
    if stack.has_tls:
        ours = ssl.create_default_context(cafile=stack.certificate[0])
        ours.check_hostname = False  # it may be for the name of the site alone,
        ours.verify_flags = ssl.VERIFY_X509_PARTIAL_CHAIN  # and vouched for by somebody else
        connection = http.client.HTTPSConnection(HOST, stack.port, timeout=5, context=ours)
    else:
        connection = http.client.HTTPConnection(HOST, stack.port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        connection.getresponse()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    return True


def greet(stack: Stack, pids: dict[str, int]) -> None:
    scheme = "https" if stack.has_tls else "http"
    mails = stack.settings.get("EMAIL_FILE_PATH")
    say(f"\nMedicare is at {scheme}://{HOST}:{stack.port}  (Ctrl-C ends it)")
    if stack.has_tls:
        say(f"  certificate  {stack.certificate[0]}; browsers warn of one that was made here")
    say(f"  data         {stack.folder}, and the folder MEDIA_ROOT")
    say(f"  mail         {f'into files in {mails}: no EMAIL_HOST is set' if mails else 'by SMTP'}")
    say(f"  new admin    {COMMAND} createsuperuser")
    say(f"  processes    {', '.join(f'{name} {pid}' for name, pid in pids.items())}")
    if os.geteuid() == 0:
        say("  user         web, worker, beat run as root; an ordinary user is the better choice")
    say(f"  to stop one  touch {stack.folder}/hold-NAME; to start it again, remove that file\n")
