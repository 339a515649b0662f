#!/usr/bin/env python3
"""vCards that the program `cards` writes (model's own), read by vobject: each says what it was made of.

RAPPORT_CARDS says where the program is. Arguments: how many cards (2,000) and the seed (1). Both versions are written; names in many
scripts, with every mark that the format has a use for, numbers with and without an extension, and such as cannot be used.
"""

import json
import os
import random
import subprocess
import sys

import vobject

WORDS = ["Bö", "Ek", "O'Neil", "Smith; Sons", "a,b", "back\\slash", "colon: x", "王小明", "Ольга", "José\nGarcía", "😀", "Ünal", '"q"', "=?x", "end "]
PHONES = [("+6281234567890", None), ("+493012345678", "12"), ("+12025550123", None)]


def text(dice, most):
    return " ".join(dice.choice(WORDS) for _ in range(dice.randint(1, most))).strip()


def generate(dice):
    maybe = lambda value: value if dice.random() < 0.6 else None
    phones = [
        {"usable": {"e164": number, "extension": extension, "kind": "mobile", "written": number}}
        for number, extension in dice.sample(PHONES, dice.randint(0, 3))
    ]
    if dice.random() < 0.2:
        phones.append({"unusable": {"written": "14045", "reason": "too_short"}})
    return {
        "name": {"display": text(dice, 3), "given": maybe(text(dice, 1)), "family": maybe(text(dice, 2))},
        "addresses": [f"p{dice.randint(0, 99)}@acme.example" for _ in range(dice.randint(0, 3))],
        "phones": phones,
        "organisation": maybe(text(dice, 6)),
        "title": maybe(text(dice, 2)),
        "photo": None,
    }


def texts(card, name):
    return [str(line.value) for line in card.contents.get(name, [])]


def differences(card, made, version):
    """What vobject reads that was not meant."""
    name = made["name"]
    if texts(card, "fn") != [name["display"]]:
        yield f"name {texts(card, 'fn')} for {name['display']!r}"
    parts = card.contents.get("n")
    if parts and (parts[0].value.given, parts[0].value.family) != (name["given"] or "", name["family"] or ""):
        yield f"parts of the name {parts[0].value!r}"
    if texts(card, "email") != made["addresses"]:
        yield f"addresses {texts(card, 'email')}"
    organisation = [";".join(line.value) for line in card.contents.get("org", [])]
    if organisation != [one for one in [made["organisation"]] if one]:
        yield f"organisation {organisation} for {made['organisation']!r}"
    if texts(card, "title") != [one for one in [made["title"]] if one]:
        yield f"title {texts(card, 'title')}"
    numbers = "".join(texts(card, "tel"))
    for phone in made["phones"]:
        wanted = phone["usable"]["e164"] if "usable" in phone else phone["unusable"]["written"]
        if wanted not in numbers:
            yield f"number {wanted} is not in {texts(card, 'tel')}"
    if len(texts(card, "tel")) != len(made["phones"]):
        yield f"numbers {texts(card, 'tel')}"
    if texts(card, "version") != [version]:
        yield f"version {texts(card, 'version')}"


def main():
    count, seed = ([int(argument) for argument in sys.argv[1:]] + [2000, 1][len(sys.argv) - 1 :])[:2]
    dice = random.Random(seed)
    made = [generate(dice) for _ in range(count)]
    lines = "".join(json.dumps(card) + "\n" for card in made)
    different = 0
    for argument, version in [("3", "3.0"), ("4", "4.0")]:
        ran = subprocess.run([os.environ["RAPPORT_CARDS"], argument], input=lines.encode(), capture_output=True, check=True)
        cards = list(vobject.readComponents(ran.stdout.decode()))
        if len(cards) != count:
            sys.exit(f"vobject reads {len(cards)} of {count} cards of version {version}")
        for card, one in zip(cards, made):
            wrong = list(differences(card, one, version))
            different += bool(wrong)
            for what in wrong[:3]:
                print(f"DIFFERENT  {version}: {what}")
    print(f"{count} cards in two versions, seed {seed}: {different} different")
    print("1 passed, 0 failed" if not different else "FAILED  vCards by vobject\n0 passed, 1 failed")
    sys.exit(0 if not different else 1)


if __name__ == "__main__":
    main()
