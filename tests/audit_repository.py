"""A hospital's audit repository, and how what it has received is read."""

import subprocess
import time
from xml.etree.ElementTree import fromstring

from tests import peers
from tests.integration.pki import Authority
from tests.unit.conftest import free_port

WITHIN_S = 30

CONFIGURATION = """
global(workDirectory="{folder}" maxMessageSize="64k" defaultNetstreamDriver="gtls"
       defaultNetstreamDriverCAFile="{authority}" defaultNetstreamDriverCertFile="{certificate}"
       defaultNetstreamDriverKeyFile="{key}")
module(load="imtcp" streamDriver.name="gtls" streamDriver.mode="1" streamDriver.authMode="x509/certvalid")
input(type="imtcp" port="{port}" address="127.0.0.1")
template(name="all" type="string" string="%pri% %app-name% %msgid% %msg%\\n")
action(type="omfile" file="{folder}/received" template="all")
"""


class Repository:
    """Debian's rsyslog, which takes syslog over TLS from whoever has a certificate of its authority."""

    def __init__(self, folder):
        self.folder, self.port = folder, free_port()
        self.authority = Authority(folder / "ca")
        self.certificate, self.key = self.authority.issue("localhost")
        self._process = None

    def start(self):
        text = CONFIGURATION.format(
            folder=self.folder,
            port=self.port,
            authority=self.authority.certificate,
            certificate=self.certificate,
            key=self.key,
        )
        (self.folder / "conf").write_text(text)
        command = [peers.program("rsyslogd"), "-n", "-f", self.folder / "conf", "-i", self.folder / "pid"]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def stop(self):
        if self._process:
            self._process.terminate()
            self._process.wait(WITHIN_S)

    def received(self):
        """What came: priority, application, message's id, and the message."""
        path = self.folder / "received"
        return [line.split(" ", 3) for line in path.read_text().splitlines()] if path.exists() else []

    def wait(self, count):
        end = time.monotonic() + WITHIN_S
        while len(self.received()) < count:
            assert time.monotonic() < end, self.received()
            time.sleep(0.1)
        return self.received()

    def settings(self, kind, **chosen):
        """A service's settings, which name it."""
        named = {"certificate": self.certificate, "certificate_key": self.key, "authority": self.authority.certificate}
        named |= {"host": "localhost", "port": self.port}
        others = {name: chosen.pop(name) for name in list(chosen) if name not in named}
        return kind(**{f"syslog_{name}": value for name, value in (named | chosen).items()}, **others)


def parsed(text):
    """Of our own making."""
    return fromstring(text.removeprefix("\ufeff"))  # noqa: S314
