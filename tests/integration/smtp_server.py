"""A mail server on loopback that keeps what it is given, and fails when and how it is told to."""

import socketserver
import threading
from collections.abc import Callable
from contextlib import suppress
from email import message_from_bytes, policy
from email.message import EmailMessage
from itertools import cycle
from typing import Self


class SmtpServer:
    """`replies` replaces the answer to a verb, or to an address; `silent_at` are verbs that hang,
    `dripping_at` verbs whose answer comes for ever, one byte at a time.

    Two more verbs are known: CONNECT is the greeting, END the answer to the mail's last line.
    `judge` is shown each mail and gives that answer; what it takes, with a 250, is kept.
    """

    def __init__(self) -> None:
        self.received: list[EmailMessage] = []
        self.replies: dict[str, str] = {}
        self.silent_at: set[str] = set()
        self.dripping_at: set[str] = set()
        self.judge: Callable[[EmailMessage], str] = lambda mail: "250 taken"
        self.closing = threading.Event()
        self._server = _Server(self)

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=[0.01], daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True  # a test that fails may leave a client that never hangs up

    def __init__(self, smtp: SmtpServer) -> None:
        self.smtp = smtp
        super().__init__(("127.0.0.1", 0), _Session)


class _Session(socketserver.StreamRequestHandler):
    server: _Server

    def handle(self) -> None:
        with suppress(ConnectionError):  # the other side is gone, or was killed
            self._converse()

    def _converse(self) -> None:
        self._answer("CONNECT", "220 here")
        for raw in self.rfile:
            line = raw.decode("ascii", "replace").strip()
            verb = line[:4].upper()
            self._answer(verb, _ANSWERS.get(verb, "250 fine"), line)
            if verb == "QUIT":
                return
            if verb == "DATA" and "DATA" not in self.server.smtp.replies:
                self._take_mail()

    def _take_mail(self) -> None:
        lines = []
        while (line := self.rfile.readline()) not in {b".\r\n", b""}:
            lines.append(line.removeprefix(b"."))
        smtp, verdict = self.server.smtp, "250 taken"
        if "END" not in smtp.replies | dict.fromkeys(smtp.silent_at):
            message = message_from_bytes(b"".join(lines), policy=policy.default)
            assert isinstance(message, EmailMessage)
            verdict = smtp.judge(message)
            if verdict.startswith("250"):
                smtp.received.append(message)
        self._answer("END", verdict)

    def _answer(self, verb: str, usual: str, line: str = "") -> None:
        smtp = self.server.smtp
        if verb in smtp.silent_at:
            smtp.closing.wait(30)
            return
        if verb in smtp.dripping_at:
            with suppress(OSError):  # the other side has had enough
                for byte in cycle("250 "):
                    if smtp.closing.wait(0.05):
                        break
                    self.wfile.write(byte.encode())
            return
        about_address = [reply for key, reply in smtp.replies.items() if f"<{key}>" in line]
        reply = (about_address if verb == "RCPT" else []) + [smtp.replies.get(verb, usual)]
        self.wfile.write(f"{reply[0]}\r\n".encode())


_ANSWERS = {"DATA": "354 go on", "QUIT": "221 bye"}
