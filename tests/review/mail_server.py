"""A mail server over a real socket that refuses every recipient until `accepts` is set."""

import socketserver
import threading
from contextlib import contextmanager


class _Conversation(socketserver.StreamRequestHandler):
    def handle(self):
        self.reply("220 ready")
        while line := self.rfile.readline():
            match line.split(b":")[0].split()[0].upper():
                case b"QUIT":
                    return self.reply("221 bye")
                case b"RCPT" if not self.server.accepts:
                    self.reply(f"550 {line.decode().strip()[8:]}: nobody of that name")
                case b"DATA":
                    self.server.asked.set()
                    self.server.pause.wait(5)
                    self.reply("354 go on")
                    self.server.emails.append(b"".join(iter(self.rfile.readline, b".\r\n")).decode())
                    self.reply("250 taken")
                case _:
                    self.reply("250 well")
        return None

    def reply(self, line):
        self.wfile.write(line.encode() + b"\r\n")


@contextmanager
def refusing_server(settings):
    """Run the server, and configure the site to use it.

    `emails` has the accepted emails. While `pause` is cleared, the server waits before it accepts an email.
    """
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Conversation) as server:
        server.accepts, server.emails = False, []
        server.pause, server.asked = threading.Event(), threading.Event()
        server.pause.set()
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = server.server_address
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
