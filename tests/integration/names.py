"""A DNS server for one test: `python names.py ADDRESS FILE` answers from FILE, whose lines are address and name.

The file is read for each question, so that a change of it is a change of the name; every answer may be kept for 0 s.
Source: RFC 1035, 4.1.
"""

import socket
import struct
import sys
from pathlib import Path

A, IN = 1, 1
RESPONSE, NO_SUCH_NAME = 0x8480, 3
"""An answer, by who is in charge of the name, who looks no further."""


def main(address: str, file: Path) -> None:
    """Answer until killed."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind((address, 53))
        while True:
            question, client = server.recvfrom(512)
            server.sendto(answered(question, file.read_text()), client)


def answered(question: bytes, lines: str) -> bytes:
    """The message that answers a message with one question."""
    name, end = read_name(question, 12)
    kind, _ = struct.unpack_from("!HH", question, end)
    addresses = [line.split()[0] for line in lines.splitlines() if line.split()[1:] == [name]]
    known = addresses if kind == A else []
    records = [struct.pack("!HHHIH4s", 0xC00C, A, IN, 0, 4, socket.inet_aton(each)) for each in known]
    code = RESPONSE if addresses else RESPONSE | NO_SUCH_NAME
    header = question[:2] + struct.pack("!HHHHH", code, 1, len(records), 0, 0)
    return header + question[12 : end + 4] + b"".join(records)


def read_name(message: bytes, at: int) -> tuple[str, int]:
    """A name that nothing is left out of, and where it ends."""
    labels = []
    while length := message[at]:
        labels.append(message[at + 1 : at + 1 + length].decode("ascii").lower())
        at += 1 + length
    return ".".join(labels), at + 1


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
