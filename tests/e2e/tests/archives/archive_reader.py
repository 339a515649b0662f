"""Reads an archive back with nothing of ours: hashes by hashlib, messages by the mailbox module.

Arguments: eml, mbox or maildir, and the directory. Prints how many messages the manifest and the directory have, how many are equal
to the manifest's size and SHA-256, and how many it names as missing.
"""

import hashlib
import json
import mailbox
import pathlib
import re
import sys


def messages_of_mbox(path):
    """Each message as mailbox.mbox finds it, by where it begins; the quotation of mboxrd taken back."""
    box = mailbox.mbox(path, create=False)
    for key in box.keys():
        start = box._toc[key][0]
        yield start, re.sub(rb"(?m)^>(>*From )", rb"\1", box.get_bytes(key))


def main():
    kind, directory = sys.argv[1], pathlib.Path(sys.argv[2])
    lines = [json.loads(line) for line in (directory / "manifest.jsonl").read_text().splitlines()]
    kept = [line for line in lines if "missing" not in line]
    if kind == "mbox":
        found = dict(messages_of_mbox(directory / "mail.mbox"))
        by_line = {line["id"]: found.get(line["start"]) for line in kept}
        count = len(found)
    elif kind == "maildir":
        box = mailbox.Maildir(directory, create=False)
        by_line = {line["id"]: box.get_bytes(line["file"].removeprefix("new/")) for line in kept}
        count = len(box)
    else:
        by_line = {line["id"]: (directory / line["file"]).read_bytes() for line in kept}
        count = len(list(directory.rglob("*.eml")))
    equal = 0
    for line in kept:
        content = by_line[line["id"]]
        if "altered" in line:
            assert "line end" in line["altered"] and content.endswith(b"\n"), line
            content = content[:-1]
        equal += hashlib.sha256(content).hexdigest() == line["sha256"] and len(content) == line["size_bytes"]
    assert len({line["id"] for line in lines}) == len(lines), "a message has two lines"
    print(json.dumps({"messages": count, "equal": equal, "missing": len(lines) - len(kept)}))


main()
