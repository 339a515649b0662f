"""What Rapport sends, read by the msgraph-sdk: in Sent Items as it was asked for, and byte by byte what went with it."""

import os
import subprocess
import time

import requests
from kiota_abstractions.base_request_configuration import RequestConfiguration
from kiota_abstractions.headers_collection import HeadersCollection
from msgraph.generated.users.item.messages.item.message_item_request_builder import MessageItemRequestBuilder

from promise import promise
from webhooks import KEY, rapport

ItemQuery = MessageItemRequestBuilder.MessageItemRequestBuilderGetQueryParameters
SIZES = {"empty.bin": 0, "one.bin": 1, "inside.pdf": 2_900_000, "border.bin": 3_000_000, "session.zip": 5_000_000}


def settings(simulator):
    """Rapport as an application in the simulator's tenant."""
    return {
        "RAPPORT_MICROSOFT_CLIENT_ID": simulator.web_app,
        "RAPPORT_MICROSOFT_CLIENT_SECRET": simulator.web_secret,
        "RAPPORT_MICROSOFT_TENANT_ID": simulator.tenant,
        "RAPPORT_MICROSOFT_AUTHORITY_URL": simulator.url,
        "RAPPORT_MICROSOFT_GRAPH_URL": simulator.url,
        "RAPPORT_APPLICATION_CLIENT_ID": simulator.service_app,
        "RAPPORT_APPLICATION_CLIENT_SECRET": simulator.service_secret,
        "RAPPORT_APPLICATION_TENANT_ID": simulator.tenant,
    }


def connect(server, address):
    command = [os.environ["RAPPORT_PROGRAM"], "connect", "--application", address, "--json"]
    done = subprocess.run(command, env=server.settings, cwd=server.settings["RAPPORT_DATA_DIRECTORY"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return next(mailbox["id"] for mailbox in server.get("mailboxes")["data"] if mailbox["address"] == address)


def bring(server, name, content):
    answer = requests.post(
        f"{server.url}/api/v1/files", params={"name": name}, data=content,
        headers={"Authorization": f"Bearer {KEY}", "Content-Type": "application/octet-stream"}, timeout=60)
    return server.whole(answer)["id"]


def sent(server, mailbox, mail):
    """The mail in the outbox once its copy was seen."""
    asked = server.post(f"mailboxes/{mailbox}/send", mail)
    for _ in range(600):
        mail = server.get(f"outbox/{asked['id']}")
        if mail["state"] not in ("queued", "sending", "accepted"):
            assert mail["state"] == "sent", mail
            return mail
        time.sleep(0.1)
    raise AssertionError(f"not sent after a minute: {mail}")


@promise("sending: the SDK reads every mail that Rapport sent: headers, recipients, text, and files byte by byte")
async def sending(simulator):
    address = simulator.create_user("Una Sender")
    files = {name: os.urandom(size) for name, size in SIZES.items()}
    with rapport(settings(simulator)) as server:
        mailbox = connect(server, address)
        attachments = [{"file": bring(server, name, content)} for name, content in files.items()]
        first = sent(server, mailbox, {
            "to": [{"email": "bo@acme.example", "name": "Bo Børg"}], "cc": [{"email": "cy@acme.example"}], "bcc": [{"email": "di@acme.example"}],
            "subject": "Angebot für Zürich – 日本", "html": "<p>Grüße &amp; <b>mehr</b></p>", "attachments": attachments})
        second = sent(server, mailbox, {"to": [{"email": "bo@acme.example"}], "subject": "Plain", "text": "One line.\nAnother."})
    user = simulator.graph().users.by_user_id(address)
    select = ["subject", "toRecipients", "ccRecipients", "bccRecipients", "body", "internetMessageId", "internetMessageHeaders", "isDraft", "parentFolderId", "from"]
    query = RequestConfiguration(query_parameters=ItemQuery(select=select), headers=immutable())
    copy = await user.messages.by_message_id(first["provider_id"]).get(query)
    folder = await user.mail_folders.by_mail_folder_id("sentitems").get(RequestConfiguration(headers=immutable()))
    assert copy.parent_folder_id == folder.id and copy.is_draft is False
    assert copy.subject == "Angebot für Zürich – 日本" and "Grüße" in copy.body.content
    assert copy.internet_message_id == first["internet_message_id"]
    assert [(one.email_address.address, one.email_address.name) for one in copy.to_recipients] == [("bo@acme.example", "Bo Børg")]
    assert [one.email_address.address for one in copy.cc_recipients] == ["cy@acme.example"]
    assert [one.email_address.address for one in copy.bcc_recipients] == ["di@acme.example"]
    assert copy.from_.email_address.address == address
    listed = await user.messages.by_message_id(first["provider_id"]).attachments.get(RequestConfiguration(headers=immutable()))
    assert sorted(one.name for one in listed.value) == sorted(files), [one.name for one in listed.value]
    for one in listed.value:
        whole = await user.messages.by_message_id(first["provider_id"]).attachments.by_attachment_id(one.id).get(RequestConfiguration(headers=immutable()))
        content = whole.content_bytes or b""
        assert content == files[one.name], f"{one.name}: {len(content)} bytes of {len(files[one.name])}"
    plain = await user.messages.by_message_id(second["provider_id"]).get(query)
    assert plain.subject == "Plain" and "Another." in plain.body.content


def immutable():
    headers = HeadersCollection()
    headers.add("Prefer", 'IdType="ImmutableId"')
    return headers
