"""Archives to a store and to a mail server that are not ours: moto's S3 and aiosmtpd, with a real server and a simulated mailbox."""

import contextlib
import email.parser
import email.policy
import hashlib
import json
import mailbox
import os
import subprocess
import tempfile
import time
import uuid

import boto3
from aiosmtpd.controller import Controller
from moto.server import ThreadedMotoServer

from promise import promise
from simulator import message
from webhooks import free_port, rapport

MAILS = 12
BUCKET = "archive"


def filled_mailbox(simulator):
    """A shared mailbox with mail of every kind of line end; its address and the bytes of each mail by Message-ID."""
    address = f"archive-{uuid.uuid4().hex[:10]}@{simulator.domain}"
    simulator.control("POST", "users", json={"userPrincipalName": address, "displayName": "Archive Tester", "shared": True})
    put = {}
    for number in range(MAILS):
        body = "Gr\u00fc\u00dfe.\r\n.\r\nFrom here on\r\n" + ("no line end" if number % 3 == 0 else "")
        mime = message(number, body=body)
        if number % 4 == 1:
            mime = mime.replace(b"\r\n", b"\n")
        simulator.deliver(address, mime)
        put[message_id(mime)] = mime
    return address, put


def message_id(mime):
    return email.parser.BytesParser(policy=email.policy.default).parsebytes(mime, headersonly=True)["message-id"]


def settings(simulator, address):
    return {
        "RAPPORT_APPLICATION_CLIENT_ID": simulator.service_app,
        "RAPPORT_APPLICATION_CLIENT_SECRET": simulator.service_secret,
        "RAPPORT_APPLICATION_TENANT_ID": simulator.tenant,
        "RAPPORT_APPLICATION_MAILBOXES": address,
        "RAPPORT_MICROSOFT_AUTHORITY_URL": simulator.url,
        "RAPPORT_MICROSOFT_GRAPH_URL": simulator.url,
    }


def eventually(look, wanted):
    for _ in range(600):
        found = look()
        if wanted(found):
            return found
        time.sleep(0.1)
    raise AssertionError(f"it did not come to that: {found}")


@contextlib.contextmanager
def house(simulator):
    """A server with the filled mailbox, wholly copied."""
    address, put = filled_mailbox(simulator)
    with rapport(settings(simulator, address)) as server:
        known = eventually(lambda: server.get("mailboxes")["data"], lambda found: found and found[0]["state"] == "live")
        yield server, known[0]["id"], put


def archive(server, id, target, secret):
    """Starts an archive and waits for its end."""
    started = server.post("archives", {"mailbox": id, "target": target, "secret": secret})
    assert secret not in json.dumps(started)
    ended = lambda found: found["state"] in ("done", "failed")
    return eventually(lambda: server.get(f"archives/{started['id']}"), ended)


def manifest(server, done):
    lines = server.ask("GET", f"archives/{done['id']}/manifest")
    assert hashlib.sha256(lines.content).hexdigest() == done["manifest_sha256"]
    return [json.loads(line) for line in lines.text.splitlines()]


@promise("A mailbox comes out into an S3-compatible store, byte by byte, and its manifest is the last object")
def to_a_bucket(simulator):
    store = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    store.start()
    try:
        host, port = store.get_host_and_port()
        endpoint = f"http://{host}:{port}"
        client = boto3.client("s3", endpoint_url=endpoint, region_name="eu-central-1", aws_access_key_id="AKID",
                              aws_secret_access_key="hush")
        client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
        with house(simulator) as (server, id, put):
            target = {"kind": "bucket", "endpoint": endpoint, "region": "eu-central-1", "bucket": BUCKET, "prefix": "legal/2026",
                      "access_key_id": "AKID"}
            done = archive(server, id, target, "hush")
            assert (done["state"], done["kept"], done["missing"]) == ("done", MAILS, 0), done
            left = dict(put)
            for line in manifest(server, done):
                whole = client.get_object(Bucket=BUCKET, Key=line["file"], ChecksumMode="ENABLED")
                content = whole["Body"].read()
                assert content == left.pop(line["internet_message_id"]), line
                assert hashlib.sha256(content).hexdigest() == line["sha256"]
            assert not left, f"{len(left)} mails have no line"
            objects = sorted(client.list_objects_v2(Bucket=BUCKET)["Contents"], key=lambda one: one["LastModified"])
            assert len(objects) == MAILS + 1
            kept = client.get_object(Bucket=BUCKET, Key="legal/2026/manifest.jsonl")["Body"].read()
            assert hashlib.sha256(kept).hexdigest() == done["manifest_sha256"]
            lost = archive(server, id, dict(target, bucket="nowhere"), "hush")
            assert lost["state"] == "failed" and lost["problem"]["code"] == "archive_bucket_refused", lost
            assert "NoSuchBucket" in lost["problem"]["detail"]
    finally:
        store.stop()


@promise("A command brings a mailbox out beside a running server, into an empty directory only")
def by_a_command(simulator):
    address, put = filled_mailbox(simulator)
    with tempfile.TemporaryDirectory() as data, tempfile.TemporaryDirectory() as place:
        changed = {**settings(simulator, address), "RAPPORT_DATA_DIRECTORY": data}
        with rapport(changed) as server:
            eventually(lambda: server.get("mailboxes")["data"], lambda found: found and found[0]["state"] == "live")
            directory = os.path.join(place, "out")
            command = [os.environ["RAPPORT_PROGRAM"], "archive", "--json", "--mailbox", address, "--format", "maildir", "--to", directory]
            ended = subprocess.run(command, env={**changed, "RAPPORT_LOG_LEVEL": "warn"}, cwd=data, capture_output=True, timeout=120)
            assert ended.returncode == 0, ended
            assert json.loads(ended.stdout)["kept"] == MAILS
            box = mailbox.Maildir(directory, create=False)
            assert sorted(box.get_bytes(key) for key in box.keys()) == sorted(put.values())
            listed = server.get("archives")["data"]
            assert [(one["state"], one["by_command"]) for one in listed] == [("done", True)]
            again = subprocess.run(command, env={**changed, "RAPPORT_LOG_LEVEL": "warn"}, cwd=data, capture_output=True, timeout=120)
            assert again.returncode == 3 and b"archive_directory_not_empty" in again.stdout + again.stderr, again


class Reports:
    """Keeps every report as it came; refuses the second one once."""

    def __init__(self):
        self.kept = []
        self.refused = 0

    async def handle_DATA(self, server, session, envelope):
        if len(self.kept) == 1 and not self.refused:
            self.refused += 1
            return "451 4.3.2 Not now"
        self.kept.append(envelope)
        return "250 2.0.0 Taken"


@promise("Each mail reaches a mail server as a journal report with the original unaltered, though a first try is put off")
def to_a_mail_server(simulator):
    reports = Reports()
    controller = Controller(reports, hostname="127.0.0.1", port=free_port(), decode_data=False)
    controller.start()
    try:
        with house(simulator) as (server, id, put):
            target = {"kind": "smtp", "host": "127.0.0.1", "port": controller.port, "tls": "none",
                      "sender": "journal@contoso.example", "recipient": "vault@archive.example"}
            done = archive(server, id, target, "hush-hush")
            assert (done["state"], done["kept"], done["missing"]) == ("done", MAILS, 0), done
            assert reports.refused == 1 and len(reports.kept) == MAILS
            left = dict(put)
            for line, envelope in zip(manifest(server, done), reports.kept):
                assert (envelope.mail_from, envelope.rcpt_tos) == ("journal@contoso.example", ["vault@archive.example"])
                original = left.pop(line["internet_message_id"])
                assert hashlib.sha256(original).hexdigest() == line["sha256"]
                sent = original.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
                assert ("altered" in line) == (sent != original), line
                check_report(envelope.original_content, sent, line)
            assert not left, f"{len(left)} mails have no line"
            refused = server.ask("POST", "archives", {"mailbox": id, "target": dict(target, username="journal"), "secret": "x"})
            assert refused.status_code == 422 and "without TLS" in refused.json()["detail"], refused.text
    finally:
        controller.stop()


def check_report(report, original, line):
    parsed = email.parser.BytesParser(policy=email.policy.default).parsebytes(report)
    assert parsed["X-MS-Journal-Report"] == "" and parsed["Message-ID"] == line["file"]
    envelope, inner = parsed.iter_parts()
    said = envelope.get_content()
    assert f"Message-ID: {line['internet_message_id']}" in said and "Sender: ada@kunde.example" in said, said
    assert "To: tester@contoso.example" in said, said
    assert inner.get_content_type() == "message/rfc822"
    boundary = parsed.get_boundary().encode()
    between = report.split(b"--" + boundary)[2]
    assert between.split(b"\r\n\r\n", 1)[1] == original + b"\r\n", line

