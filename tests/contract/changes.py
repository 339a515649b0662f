"""The msgraph-sdk following changes: delta rounds, subscriptions, and being throttled."""

import datetime

from kiota_abstractions.base_request_configuration import RequestConfiguration
from kiota_abstractions.headers_collection import HeadersCollection
from msgraph.generated.models.o_data_errors.o_data_error import ODataError
from msgraph.generated.models.subscription import Subscription
from msgraph.generated.users.item.mail_folders.item.messages.delta.delta_request_builder import DeltaRequestBuilder

from promise import promise
from receiver import Receiver
from simulator import message

DeltaQuery = DeltaRequestBuilder.DeltaRequestBuilderGetQueryParameters


def headers(**values):
    given = HeadersCollection()
    for name, value in values.items():
        given.try_add(name, value)
    return given


async def round_of(builder, configuration=None):
    """A delta round to its end: what it said, how many pages it took, and the link for the next round."""
    page, said, pages = await builder.get(configuration), [], 1
    while True:
        said += page.value
        if page.odata_delta_link:
            return said, pages, page.odata_delta_link
        assert page.odata_next_link, "a page with neither link"
        page = await builder.with_url(page.odata_next_link).get(configuration)
        pages += 1


@promise("a delta round ends, and the next tells exactly what changed")
async def delta(simulator):
    address = simulator.create_user()
    ids = [simulator.deliver(address, message(number)) for number in range(12)]
    user = simulator.graph().users.by_user_id(address)
    builder = user.mail_folders.by_mail_folder_id("inbox").messages.delta
    small = RequestConfiguration(query_parameters=DeltaQuery(select=["subject", "isRead"]), headers=headers(Prefer="odata.maxpagesize=5"))
    said, pages, link = await round_of(builder, small)
    assert {one.id for one in said} == set(ids) and pages >= 3, pages
    follow = RequestConfiguration(headers=headers(Prefer="odata.maxpagesize=5"))
    nothing, _, link = await round_of(builder.with_url(link), follow)
    assert nothing == []
    new = simulator.deliver(address, message(40, subject="New"))
    simulator.delete(address, ids[0])
    simulator.mark_read(address, ids[1])
    said, _, _ = await round_of(builder.with_url(link), follow)
    by_id = {one.id: one for one in said}
    assert set(by_id) == {new, ids[0], ids[1]}, set(by_id)
    assert "@removed" in by_id[ids[0]].additional_data
    assert by_id[ids[1]].is_read is True and by_id[new].subject == "New"


@promise("the delta of folders tells the whole tree at once and then its changes")
async def folder_delta(simulator):
    address = simulator.create_user()
    user = simulator.graph().users.by_user_id(address)
    first, _, link = await round_of(user.mail_folders.delta)
    assert {"Inbox", "Sent Items", "Drafts"} <= {folder.display_name for folder in first}
    made = simulator.create_folder(address, "Kunden", parent="inbox")
    said, _, _ = await round_of(user.mail_folders.delta.with_url(link))
    assert made in {folder.id for folder in said}


@promise("a delta link that Graph forgot is refused with 410")
async def expired(simulator):
    address = simulator.create_user()
    builder = simulator.graph().users.by_user_id(address).mail_folders.by_mail_folder_id("inbox").messages.delta
    _, _, link = await round_of(builder)
    with simulator.faults({"when": "nth", "nth": 1, "kind": "deltaExpired", "matches": {"mailbox": address}}):
        try:
            await builder.with_url(link).get()
        except ODataError as error:
            assert error.response_status_code == 410 and error.error.code.lower() == "syncstatenotfound", error.error.code
        else:
            raise AssertionError("the link was taken")


@promise("a subscription is validated, told of a new message, renewed and deleted")
async def subscription(simulator):
    address = simulator.create_user()
    client = simulator.graph()
    until = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=2)
    with Receiver() as receiver:
        made = await client.subscriptions.post(Subscription(
            change_type="created", resource=f"/users/{address}/mailFolders('inbox')/messages", expiration_date_time=until,
            notification_url=f"{receiver.url}/notes?tag=1", lifecycle_notification_url=f"{receiver.url}/life", client_state="secret"))
        assert sorted(receiver.validated) == ["/life", "/notes"], receiver.validated
        identifier = simulator.deliver(address, message(1))
        path, body = receiver.next()
        note = body["value"][0]
        assert path == "/notes?tag=1" and note["clientState"] == "secret" and note["subscriptionId"] == made.id
        assert note["changeType"] == "created" and note["resourceData"]["id"] == identifier
        one = client.subscriptions.by_subscription_id(made.id)
        renewed = await one.patch(Subscription(expiration_date_time=until + datetime.timedelta(hours=1)))
        assert renewed.expiration_date_time > made.expiration_date_time
        assert made.id in {each.id for each in (await client.subscriptions.get()).value}
        await one.delete()
        try:
            await one.get()
        except ODataError as error:
            assert error.response_status_code == 404
        else:
            raise AssertionError("it is still there")


@promise("a notification URL that does not answer the handshake gets no subscription")
async def handshake(simulator):
    until = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=2)
    try:
        await simulator.graph().subscriptions.post(Subscription(
            change_type="created", resource=f"/users/{simulator.create_user()}/messages", expiration_date_time=until,
            notification_url="http://127.0.0.1:9/nobody", client_state="secret"))
    except ODataError as error:
        assert error.response_status_code == 400 and "validation" in error.error.message.lower(), error.error.message
    else:
        raise AssertionError("it was made")


@promise("the SDK's own retry survives being throttled")
async def throttled(simulator):
    address = simulator.create_user()
    simulator.deliver(address, message(1))
    client = simulator.graph()
    fault = {"when": "nth", "nth": 1, "times": 2, "kind": "throttled", "retryAfterMs": 1000, "matches": {"mailbox": address}}
    with simulator.faults(fault):
        page = await client.users.by_user_id(address).messages.get()
    assert len(page.value) == 1
    tried = [entry["status"] for entry in simulator.journal(address)]
    assert tried == [429, 429, 200], tried
