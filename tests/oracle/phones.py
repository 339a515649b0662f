#!/usr/bin/env python3
"""Phone numbers whose E.164 form is known, written as people write them, against what the program `phones` reads.

RAPPORT_PHONES says where the program is. Arguments: how many fields (20,000) and the seed (1). Numbers of 60 regions are made by
Google's plans in Python (`phonenumbers`), so that what is right is known before anything is read. Lists what differs and ends
with status 1 if that is more than one in a thousand.
"""

import json
import os
import random
import subprocess
import sys

import phonenumbers as plans
from phonenumbers import PhoneNumberFormat as Form
from phonenumbers import PhoneNumberType as Type

REGIONS = """ID MY SG TH VN PH MM KH LA TL IN PK BD LK NP CN HK TW JP KR AU NZ FJ US CA MX BR AR CL CO PE EC VE UY GB IE FR DE AT CH NL BE LU
ES PT IT GR SE NO DK FI PL CZ HU RO RU UA TR SA AE""".split()

KINDS = {
    Type.MOBILE: "mobile",
    Type.FIXED_LINE: "landline",
    Type.FIXED_LINE_OR_MOBILE: "mobile_or_landline",
    Type.VOIP: "voip",
    Type.PERSONAL_NUMBER: "personal",
    Type.PAGER: "pager",
}
NOTES = [" (Bo)", " (kantor)", " Bo", " rumah", " home", " (WA)", " Büro", " 自宅"]
LABELS = ["Tel: ", "HP: ", "Mobile: ", "WA ", "T. ", "Hp/WA: ", "☎ ", "(m) "]
BETWEEN = [" ::: ", "; ", " / ", "\n", ", ", " | ", " & ", " atau ", " or "]


def number_of(dice, region):
    """A number of the plan: an example with other digits at its end."""
    while True:
        kind = dice.choice([Type.MOBILE] * 5 + [Type.FIXED_LINE] * 4 + [Type.TOLL_FREE, Type.VOIP])
        example = plans.example_number_for_type(region, kind)
        if not example:
            continue
        national = plans.national_significant_number(example)
        kept = len(national) - dice.randint(2, 6)
        changed = national[:kept] + "".join(dice.choice("0123456789") for _ in national[kept:])
        number = plans.parse(f"+{example.country_code}{changed}", None)
        # What is valid nowhere, or somewhere else, is not of this region.
        if plans.is_valid_number_for_region(number, region):
            return number


def digits_of(number):
    return plans.format_number(number, Form.E164)[1:]


def prefix_of(region):
    return plans.ndd_prefix_for_region(region, True) or ""


def with_plus(dice, number, region):
    return plans.format_number(number, dice.choice([Form.E164, Form.INTERNATIONAL]))


def with_zeros(dice, number, region):
    return "00" + dice.choice(["", " "]) + plans.format_number(number, dice.choice([Form.E164, Form.INTERNATIONAL]))[1:]


def national(dice, number, region):
    return plans.format_number(number, Form.NATIONAL)


def without_plus(dice, number, region):
    text = plans.format_number(number, dice.choice([Form.E164, Form.INTERNATIONAL]))
    return text[1:] if prefix_of(region) else text


def with_zero_in_brackets(dice, number, region):
    if prefix_of(region) != "0":
        return with_plus(dice, number, region)
    code, rest = plans.format_number(number, Form.INTERNATIONAL).split(maxsplit=1)
    return f"{code} (0) {rest}"


def as_uri(dice, number, region):
    return plans.format_number(number, Form.RFC3966)


def as_whatsapp(dice, number, region):
    digits = digits_of(number)
    return dice.choice([f"{digits}@s.whatsapp.net", f"{digits}@c.us", f"{digits}:7@s.whatsapp.net", f"whatsapp:+{digits}", f"https://wa.me/{digits}"])


FORMS = [with_plus, with_plus, with_zeros, national, national, national, without_plus, with_zero_in_brackets, as_uri, as_whatsapp]


def disguised(dice, text):
    """The same in other letters, marks and spaces."""
    if "whatsapp" in text or "://" in text or "@" in text or text.startswith("tel:"):
        return text
    turn = dice.randint(0, 9)
    if turn == 0:
        return text.translate(str.maketrans("0123456789+", "０１２３４５６７８９＋"))
    if turn == 1:
        return text.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))
    if turn == 2:
        return "\u202a" + text.replace(" ", "\u00a0").replace("-", "\u2011") + "\u202c"
    if turn == 3:
        return text.replace(" ", dice.choice([".", "-", "  "]))
    if turn == 4:
        return dice.choice(LABELS) + text
    if turn == 5:
        return text + dice.choice(NOTES)
    return text


def field(dice, region):
    """A field and what is in it: for each number its E.164 form, extension and kind."""
    home = region if dice.random() < 0.8 else dice.choice(REGIONS)
    number = number_of(dice, home)
    form = dice.choice(FORMS) if home == region else dice.choice([with_plus, with_zeros, as_uri, as_whatsapp])
    text = disguised(dice, form(dice, number, region))
    extension = None
    if form in (with_plus, national) and text[-1].isascii() and text[-1].isdigit() and dice.random() < 0.15:
        extension = str(dice.randint(1, 9999))
        text += dice.choice([" ext. ", " x", " ext ", ";ext=", " #", " доб. ", " extension "]) + extension
    right = [[plans.format_number(number, Form.E164), extension, KINDS.get(plans.number_type(number), "service")]]
    if extension is None and dice.random() < 0.1:
        other = number_of(dice, region)
        text += dice.choice(BETWEEN) + dice.choice([national, with_plus])(dice, other, region)
        right.append([plans.format_number(other, Form.E164), None, KINDS.get(plans.number_type(other), "service")])
    return text, right


def rubbish(dice):
    """What is no number anywhere."""
    return dice.choice(
        [
            "",
            "-",
            "n/a",
            "no phone",
            "x",
            "".join(dice.choice("0123456789") for _ in range(dice.randint(1, 4))),
            "".join(dice.choice("123456789") for _ in range(dice.randint(22, 40))),
            f"bo{dice.randint(1, 9)}@acme.example",
            f"1203630252461{dice.randint(10000, 99999)}@g.us",
            "+0" * 4,
        ]
    )


def main():
    count, seed = ([int(argument) for argument in sys.argv[1:]] + [20000, 1][len(sys.argv) - 1 :])[:2]
    dice = random.Random(seed)
    asked, wanted = [], []
    for turn in range(count):
        region = REGIONS[turn % len(REGIONS)]
        text, right = (rubbish(dice), []) if dice.random() < 0.03 else field(dice, region)
        asked.append({"field": text, "region": region})
        wanted.append(right)
    lines = "".join(json.dumps(line) + "\n" for line in asked)
    ran = subprocess.run([os.environ["RAPPORT_PHONES"]], input=lines, capture_output=True, text=True, check=True)
    answers = [json.loads(line) for line in ran.stdout.splitlines()]
    if len(answers) != count:
        sys.exit(f"the program answered {len(answers)} of {count} lines")
    different = 0
    for line, right, answer in zip(asked, wanted, answers):
        found = [one for one in answer if len(one) > 1]
        if found != right or (right and len(answer) != len(right)):
            different += 1
            print(f"DIFFERENT  {line['field']!r} in {line['region']}: {answer}, right is {right}")
    numbers = sum(map(len, wanted))
    print(f"{count} fields with {numbers} numbers of {len(REGIONS)} regions, seed {seed}: {different} different ({different / count:.2%})")
    well = different <= count / 1000
    print("1 passed, 0 failed" if well else "FAILED  phone numbers against Google's plans\n0 passed, 1 failed")
    sys.exit(0 if well else 1)


if __name__ == "__main__":
    main()
