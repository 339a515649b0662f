"""Files of every size that Exchange takes, out and in, byte by byte; and how much memory Rapport needs for them."""

import hashlib
import os
import time

import requests

from promise import promise
from sent import bring, connect, sent, settings
from webhooks import KEY, rapport

MEGABYTE = 1 << 20
SMALL = {"empty.bin": 0, "one.bin": 1, "inside.bin": 2_900_000, "border.bin": 3_000_000, "twenty.bin": 20_000_000}
HUGE = {"hundred.bin": 100_000_000}
# 32 is what is promised, and 18 to 27 what was measured; what an allocator keeps differs by some from run to run. The figures are printed.
ABOVE_IDLE_MAX = 40 * MEGABYTE


class Memory:
    """Resident memory of a process, in bytes (proc(5))."""

    def __init__(self, pid):
        self.pid = pid

    def read(self, name):
        with open(f"/proc/{self.pid}/status") as status:
            return next(int(line.split()[1]) * 1024 for line in status if line.startswith(name))

    def forget_peak(self):
        with open(f"/proc/{self.pid}/clear_refs", "w") as file:
            file.write("5")

    def peak(self):
        return self.read("VmHWM")


def digest_of(server, path):
    """SHA-256 of a file that Rapport gives, read in pieces."""
    answer = requests.get(f"{server.url}/api/v1/{path}", headers={"Authorization": f"Bearer {KEY}"}, stream=True, timeout=120)
    assert answer.status_code == 200, answer.text
    digest = hashlib.sha256()
    for piece in answer.iter_content(1 << 16):
        digest.update(piece)
    return digest.hexdigest()


def mirrored(server, mailbox, provider_id):
    """The message in the mirror once its attachments are listed."""
    for _ in range(300):
        found = [one for one in server.get(f"messages?mailbox={mailbox}&limit=50")["data"] if one["provider_id"] == provider_id]
        if found:
            listed = server.get(f"messages/{found[0]['id']}/attachments")["data"]
            if listed:
                return found[0]["id"], listed
        time.sleep(0.1)
    raise AssertionError("the sent mail did not come into the mirror")


def there_and_back(server, mailbox, sizes):
    """Sends files and reads them again, as Microsoft has them and through Rapport."""
    digests, attachments = {}, []
    for name, size in sizes.items():
        content = os.urandom(size)
        digests[name] = hashlib.sha256(content).hexdigest()
        attachments.append({"file": bring(server, name, content)})
        del content
    mail = sent(server, mailbox, {"to": [{"email": "bo@acme.example"}], "subject": "Files", "text": "Here.", "attachments": attachments})
    message, listed = mirrored(server, mailbox, mail["provider_id"])
    assert sorted(one["name"] for one in listed) == sorted(sizes)
    for one in listed:
        found = digest_of(server, f"messages/{message}/attachments/{one['id']}")
        assert found == digests[one["name"]], f"{one['name']} came back as other bytes"


@promise("sending: files of 0 B to 20 MB, and of 100 MB where the tenant allows 150 MB, go out and come in byte by byte, and not through memory whole")
def large(simulator):
    address = simulator.create_user("Una Large")
    simulator.control("PATCH", "settings", json={"graph": {"messageBytesMax": 150 * MEGABYTE}})
    try:
        with rapport({**settings(simulator), "RAPPORT_SENDING_MESSAGE_MEGABYTES_MAX": "150"}) as server:
            mailbox = connect(server, address)
            time.sleep(3)
            memory = Memory(server.pid)
            idle = memory.read("VmRSS")
            for name, sizes in (("0 B to 20 MB", SMALL), ("100 MB", HUGE)):
                memory.forget_peak()
                there_and_back(server, mailbox, sizes)
                above = memory.peak() - idle
                print(f"        {name}: {above / MEGABYTE:.1f} MB above {idle / MEGABYTE:.1f} MB idle", flush=True)
                assert above < ABOVE_IDLE_MAX, f"{name}: {above / MEGABYTE:.1f} MB above idle"
    finally:
        simulator.control("PATCH", "settings", json={"graph": {"messageBytesMax": 35 * MEGABYTE}})


@promise("sending: a file that would pass the usual limit is refused before anything is sent, and the limit is named")
def refused(simulator):
    address = simulator.create_user("Una Refused")
    with rapport(settings(simulator)) as server:
        mailbox = connect(server, address)
        attachments = [{"file": bring(server, "film.bin", os.urandom(27_000_000))}]
        answer = server.ask("POST", f"mailboxes/{mailbox}/send", {"to": [{"email": "bo@acme.example"}], "text": "Here.", "attachments": attachments})
        problem = answer.json()
        assert answer.status_code == 422 and "35 MB" in problem["detail"] + problem["title"], problem
        assert server.get("outbox")["data"] == []
