#!/usr/bin/env python3
"""Makes graph-facts.json, the facts that the witness checks by.

What for: reduce Microsoft's published description of Graph v1.0 (as JSON Schema, and as a list of paths with the
query options of each) to the names and types of the resources that our simulator serves.
Usage: make-facts.py GRAPH-SCHEMA.json GRAPH-PATHS.json > graph-facts.json
What it adds to the published facts stands below under ADDED and carries its reason.

A field's type is written as in OData, shortened: `String`, `Int32`, `[recipient]`, `enum(low|high)`, `?` = may be null.
"""

import json
import re
import sys

ROOTS = ["message", "mailFolder", "user", "subscription", "changeNotificationCollection", "attachment", "extension",
         "organization", "calendar", "event", "contact", "contactFolder"]
# Other issues bring these; until then a field of such a type may hold anything.
LATER = {"chat", "team", "chatMessage", "calendarGroup", "person",
         "profilePhoto", "place", "presence", "agentUser", "inferenceClassification", "calendarSharingMessage"}
PATTERNS = {
    r"T\d\d:\d\d:\d\d": "DateTimeOffset",
    r"[0-9a-fA-F]{8}-": "Guid",
    r"[A-Za-z0-9_\-+/=]*": "Binary",
    r"^\d{4}-\d\d-\d\d$": "Date",
    r"^\d\d:\d\d(": "TimeOfDay",
}
# Only these roots of paths are served so far; /me stands for /users/{user-id}.
PATH = re.compile(r"^/(subscriptions|users/\{user-id\}/(mailFolders|messages|calendars|calendar|calendarView|calendarGroups|events|contacts|contactFolders)|users/\{user-id\}/"
                  r"(translateExchangeIds|sendMail|mailboxSettings|getMailTips|findMeetingTimes))(/|$)")
ADDED_FIELDS = {
    ("subscription", "notificationContentType"): "String?",  # live answers carry it (reference: Graph, section 5.1)
    ("mailFolder", "sizeInBytes"): "Int64?",                  # live answers carry it (section 3.11)
}
SELECT_ONLY = {  # not in an answer unless $select asks (sections 2.1 and 10)
    "message": ["internetMessageHeaders", "uniqueBody"],
}
READ_ONLY = {  # the service sets them; a request that does is wrong (sections 3.1, 3.11, 5.1)
    "message": ["id", "changeKey", "createdDateTime", "lastModifiedDateTime", "receivedDateTime", "sentDateTime",
                "hasAttachments", "bodyPreview", "uniqueBody", "parentFolderId", "conversationId", "conversationIndex",
                "isDraft", "webLink"],
    "mailFolder": ["id", "parentFolderId", "childFolderCount", "unreadItemCount", "totalItemCount", "sizeInBytes"],
    "subscription": ["id", "applicationId", "creatorId"],
    "event": ["id", "changeKey", "createdDateTime", "lastModifiedDateTime", "iCalUId", "type", "seriesMasterId", "isOrganizer",
              "organizer", "onlineMeeting", "webLink", "hasAttachments"],  # section 8.1
}
USER_DEFAULT = ["businessPhones", "displayName", "givenName", "id", "jobTitle", "mail", "mobilePhone", "officeLocation",
                "preferredLanguage", "surname", "userPrincipalName"]
LIST = ["$count", "$expand", "$filter", "$orderby", "$search", "$select", "$skip", "$top"]
ADDED_PATHS = {  # documented in the API pages, absent from the published list of paths
    "/users": (["GET", "POST"], LIST + ["$skiptoken"]),
    "/users/{user-id}": (["GET", "PATCH", "DELETE"], ["$expand", "$select"]),
    "/users/$count": (["GET"], ["$filter", "$search"]),
    "/users/delta()": (["GET"], ["$select", "$filter", "$deltatoken", "$skiptoken"]),
    "/organization": (["GET"], LIST),
    "/organization/{organization-id}": (["GET"], ["$select"]),
    "/$batch": (["POST"], []),
    **{f"/users/{{user-id}}/mailboxSettings/{part}": (["GET"], []) for part in (
        "automaticRepliesSetting", "dateFormat", "delegateMeetingMessageDeliveryOptions", "language", "timeFormat", "timeZone",
        "userPurpose", "workingHours")},  # section 3.12
}
MESSAGES_DELTA = ["$select", "$top", "$expand", "$filter", "$orderby", "changeType*"]


def main():
    schema, paths = (json.load(open(name, encoding="utf-8")) for name in sys.argv[1:3])
    definitions = schema["$defs"]
    types = {name: describe(name, definitions) for name in reachable(definitions)}
    for (name, field), kind in ADDED_FIELDS.items():
        types[name]["fields"][field] = kind
    for name, fields in SELECT_ONLY.items():
        types[name]["select_only"] = fields
    for name, fields in READ_ONLY.items():
        types[name]["read_only"] = fields
    user = types["user"]
    user["select_only"] = [field for field in user["fields"] if field not in USER_DEFAULT]
    print(json.dumps({
        "source": "microsoftgraph/msgraph-metadata (MIT), reduced by make-facts.py",
        "types": types,
        "paths": served(paths),
    }, indent=1, sort_keys=True))


def reachable(definitions):
    found, waiting = [], list(ROOTS)
    while waiting:
        name = waiting.pop(0)
        if name in found or name in LATER or name + "!own" not in definitions:
            continue
        found.append(name)
        waiting += [ref for part in (name, name + "!own") for ref in references(definitions.get(part, {}))]
    return found


def references(node):
    if isinstance(node, dict):
        if "$ref" in node:
            yield node["$ref"].rsplit("/", 1)[-1].split("!")[0]
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def describe(name, definitions):
    own = definitions[name + "!own"]
    fields, navigation = {}, []
    for field, shape in own.get("properties", {}).items():
        if field.startswith("@"):
            continue
        fields[field] = kind(shape, definitions)
        if is_navigation(shape, definitions):
            navigation.append(field)
    described = {"fields": fields}
    derived = [ref for ref in dict.fromkeys(references(definitions.get(name, {}))) if ref != name and ref not in LATER]
    if derived:
        described["derived"] = derived
    if navigation:
        described["navigation"] = navigation
    if own.get("x-kind") == "EntityType":
        described["entity"] = True
    if "additionalProperties" not in own:
        described["open"] = True
    return described


def is_navigation(shape, definitions):
    """Graph's complex values are part of a resource, its entities are reached by navigation."""
    names = list(references(shape))
    if shape.get("type") == ["array", "object", "null"]:
        return True
    return any(definitions.get(name + "!own", {}).get("x-kind") == "EntityType" for name in names)


def kind(shape, definitions):
    if "$ref" in shape:
        name = shape["$ref"].rsplit("/", 1)[-1].split("!")[0]
        return name if name not in LATER and name + "!own" in definitions else "Any"
    if "anyOf" in shape:
        rest = [part for part in shape["anyOf"] if part != {"type": "null"}]
        if any("enum" in part and "NaN" in part["enum"] for part in rest):
            return "Double"
        return kind(rest[0], definitions) + ("?" if len(rest) < len(shape["anyOf"]) else "")
    if "enum" in shape:
        return "enum(" + "|".join(value for value in shape["enum"] if value != "unknownFutureValue") + ")"
    given = shape.get("type", "Any")
    nullable = isinstance(given, list) and "null" in given
    names = [name for name in (given if isinstance(given, list) else [given]) if name != "null"]
    return simple(names, shape, definitions) + ("?" if nullable else "")


def simple(names, shape, definitions):
    if names == ["array"]:
        return "[" + kind(shape["items"], definitions) + "]"
    if names == ["string"]:
        pattern = shape.get("pattern", "")
        return next((word for part, word in PATTERNS.items() if part in pattern), "String")
    if names == ["integer"]:
        return "Int32" if shape.get("maximum") == 2147483647 else "Int64"
    return {"boolean": "Boolean", "number": "Double"}.get(names[0] if len(names) == 1 else "", "Any")


def served(paths):
    kept = {}
    for entry in paths:
        path, _, template = entry["path"].partition("?")
        if PATH.match(path):
            named = [name for name in ("startDateTime", "endDateTime") if name in template]
            kept[path] = (entry["methods"], sorted(set(entry["query"] + named + paging(path))))
    for path, entry in list(kept.items()):
        if path.endswith("/attachments/{attachment-id}"):
            kept[path + "/$value"] = (["GET"], [])
        if path.endswith("/messages/delta()"):  # what the service refuses, section 4.3
            kept[path] = (entry[0], MESSAGES_DELTA + paging(path))
        elif path.endswith("/calendarView/delta()"):  # what the service refuses, section 4.3
            kept[path] = (entry[0], ["startDateTime", "endDateTime"] + paging(path))
        elif path.endswith("/mailFolders/delta()") or path.endswith("/childFolders/delta()"):
            kept[path] = (entry[0], ["$select"] + paging(path))
    # The whole mailbox has no change tracking for messages (section 4.3).
    kept.pop("/users/{user-id}/messages/delta()", None)
    kept.update(ADDED_PATHS)
    return {path: {"methods": methods, "query": query} for path, (methods, query) in kept.items()}


def paging(path):
    if path.endswith("delta()"):
        return ["$skiptoken", "$deltatoken"]
    return ["$skiptoken"] if path.endswith("s") else []


if __name__ == "__main__":
    main()
