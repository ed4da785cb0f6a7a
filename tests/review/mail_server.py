"""A mail server over a real socket that refuses every recipient, until it is told to take them."""

import socketserver
import threading
from contextlib import contextmanager


class _Conversation(socketserver.StreamRequestHandler):
    def handle(self):
        self.say("220 ready")
        while line := self.rfile.readline():
            match line.split(b":")[0].split()[0].upper():
                case b"QUIT":
                    return self.say("221 bye")
                case b"RCPT" if not self.server.takes:
                    self.say(f"550 {line.decode().strip()[8:]}: nobody of that name")
                case b"DATA":
                    self.server.pause.wait(5)
                    self.say("354 go on")
                    self.server.mails.append(b"".join(iter(self.rfile.readline, b".\r\n")).decode())
                    self.say("250 taken")
                case _:
                    self.say("250 well")
        return None

    def say(self, line):
        self.wfile.write(line.encode() + b"\r\n")


@contextmanager
def refusing(settings):
    """The server, which the site sends its mail by: `takes` decides, `mails` has what came, `pause` holds it up."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Conversation) as server:
        server.takes, server.mails, server.pause = False, [], threading.Event()
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
