//! Phone numbers: the forms that people write, case by case. Many more against another program: `tests/oracle/phones.py`.

use super::{Kind, Phone, Reason, Region, look_up, one, read};

fn region(code: &str) -> Option<Region> {
    Some(Region::named(code).unwrap())
}

fn e164(written: &str, code: &str) -> Option<String> {
    one(written, region(code)).number().map(|number| number.e164.clone())
}

fn reason(written: &str, code: Option<&str>) -> Reason {
    match one(written, code.and_then(Region::named)) {
        Phone::Unusable(unusable) => {
            assert_eq!(unusable.written, written.trim(), "it is kept as it came");
            unusable.reason
        }
        Phone::Usable(number) => panic!("{written} is {}", number.e164),
    }
}

#[test]
fn an_indonesian_mobile_is_one_number_however_it_is_written() {
    for written in [
        "0812-3456-7890",
        "081234567890",
        "+6281234567890",
        "6281234567890",
        "62 812 3456 7890",
        "+62 (0) 812 3456 7890",
        "+62 0812 3456 7890",
        "006281234567890",
        "(+62) 812.3456.7890",
        "81234567890",
        "+081234567890",
        "tel:+62-812-3456-7890",
        "0812 3456 7890 (Bo)",
        "HP: 0812 3456 7890",
        "WA 62812 3456 7890",
        "0812 3456 7890 rumah",
        "０８１２３４５６７８９０",
        "\u{202A}+62 812\u{A0}3456\u{2011}7890\u{202C}",
        "٠٨١٢٣٤٥٦٧٨٩٠",
        "6281234567890@s.whatsapp.net",
        "6281234567890:12@s.whatsapp.net",
        "6281234567890@c.us",
        "whatsapp:+6281234567890",
        "https://wa.me/6281234567890?text=hi",
        "https://api.whatsapp.com/send?phone=6281234567890",
    ] {
        assert_eq!(e164(written, "ID").as_deref(), Some("+6281234567890"), "{written}");
    }
}

#[test]
fn a_number_is_read_as_its_region_writes_it() {
    for (written, code, expected) in [
        ("021 5551234", "ID", "+62215551234"),
        ("030/901820", "DE", "+4930901820"),
        ("4930901820", "DE", "+4930901820"),
        ("011 62 812 3456 7890", "US", "+6281234567890"),
        ("(202) 555-0123", "US", "+12025550123"),
        ("020 7946 0018", "GB", "+442079460018"),
        ("06 698 12345", "IT", "+390669812345"),
        ("+39 (0)6 698 12345", "DE", "+390669812345"),
        ("8 (912) 345-67-89", "RU", "+79123456789"),
        ("47 12 34 56", "NO", "+4747123456"),
        ("393 1234567", "IT", "+393931234567"),
        ("55 800 12 3772", "BR", "+55800123772"),
        ("+52 1 55 1234 5678", "US", "+525512345678"),
    ] {
        assert_eq!(e164(written, code).as_deref(), Some(expected), "{written} in {code}");
    }
}

#[test]
fn an_extension_is_kept_apart() {
    for written in
        ["+62 21 555 1234 ext. 12", "+62 21 555 1234 x12", "021 5551234 pes. 12", "tel:+62-21-555-1234;ext=12", "021 5551234 ext 12"]
    {
        let phone = one(written, region("ID"));
        let number = phone.number().unwrap_or_else(|| panic!("{written}: {phone:?}"));
        assert_eq!((number.e164.as_str(), number.extension.as_deref()), ("+62215551234", Some("12")), "{written}");
    }
    assert_eq!(one("021 5551234", region("ID")).number().unwrap().extension, None);
}

#[test]
fn a_spelled_number_is_one_where_it_is_a_services_and_words_are_not_dialled() {
    assert_eq!(e164("1-800-FLOWERS", "US").as_deref(), Some("+18003569377"));
    assert_eq!(e164("(202) 555-0123 HOME", "US").as_deref(), Some("+12025550123"));
    assert_eq!(reason("0812 BOB 345 67", Some("ID")), Reason::NotInPlan);
}

#[test]
fn a_brazilian_mobile_without_its_ninth_digit_is_the_one_with_it() {
    assert_eq!(e164("551187654321@s.whatsapp.net", "BR").as_deref(), Some("+5511987654321"));
    assert_eq!(e164("+55 11 98765-4321", "ID").as_deref(), Some("+5511987654321"));
    assert_eq!(e164("+55 11 2345-6789", "ID").as_deref(), Some("+551123456789"), "a landline has none");
}

#[test]
fn what_is_no_number_is_kept_with_the_reason() {
    for (written, code, expected) in [
        ("", Some("ID"), Reason::NoDigits),
        ("no phone", Some("ID"), Reason::NoDigits),
        ("0812 3456 7890", None, Reason::NoCountry),
        ("14045", Some("ID"), Reason::TooShort),
        ("112", Some("DE"), Reason::TooShort),
        ("+999 123 456 789", Some("ID"), Reason::UnknownCountry),
        ("0812 3456 7890 1234 5678", Some("ID"), Reason::TooLong),
        ("+1 202 555", Some("US"), Reason::TooShort),
        ("(102) 555-0123", Some("US"), Reason::NotInPlan),
        ("120363025246125486@g.us", Some("ID"), Reason::NotANumber),
        ("84323948292@lid", Some("ID"), Reason::NotANumber),
        ("bo2026123@acme.example", Some("ID"), Reason::NotANumber),
    ] {
        assert_eq!(reason(written, code), expected, "{written}");
    }
    assert_eq!(reason(&"1".repeat(2000), Some("ID")), Reason::TooLong);
}

#[test]
fn every_reason_says_what_to_do_and_has_a_name_of_its_own() {
    let reasons = [
        Reason::NoDigits,
        Reason::NoCountry,
        Reason::UnknownCountry,
        Reason::TooShort,
        Reason::TooLong,
        Reason::NotInPlan,
        Reason::NotANumber,
    ];
    let names: std::collections::BTreeSet<_> = reasons.iter().map(|reason| (reason.name(), reason.to_string())).collect();
    assert_eq!(names.len(), reasons.len());
    assert_eq!(serde_json::to_value(Reason::NotInPlan).unwrap(), Reason::NotInPlan.name());
    assert_eq!(serde_json::to_value(Kind::MobileOrLandline).unwrap(), Kind::MobileOrLandline.name());
}

#[test]
fn a_number_with_its_country_is_usable_before_the_plan_knows_it() {
    let phone = one("+62 999 9999 999", region("ID"));
    let number = phone.number().unwrap();
    assert_eq!((number.e164.as_str(), number.kind), ("+629999999999", Kind::Unknown));
    assert_eq!(reason("0999 9999 999", Some("ID")), Reason::NotInPlan, "without it, it may be anything");
}

#[test]
fn kinds_tell_a_persons_line_from_a_services() {
    for (written, code, kind, personal) in [
        ("0812 3456 7890", "ID", Kind::Mobile, true),
        ("021 5551234", "ID", Kind::Landline, true),
        ("(202) 555-0123", "US", Kind::MobileOrLandline, true),
        ("0800 1234567", "DE", Kind::Service, false),
        ("+1 800 356 9377", "US", Kind::Service, false),
    ] {
        let phone = one(written, region(code));
        let found = phone.number().unwrap().kind;
        assert_eq!((found, found.is_personal()), (kind, personal), "{written}");
    }
}

#[test]
fn a_field_of_several_numbers_gives_each() {
    let both = ["+6281234567890", "+62215551234"].map(str::to_owned);
    for field in [
        "0812 3456 7890 ::: 021 5551234",
        "0812 3456 7890\n021 5551234",
        "0812 3456 7890; 021 5551234",
        "0812 3456 7890 / 021 5551234",
        "0812-3456-7890/021-5551234",
        "0812 3456 7890, 021 5551234",
        "0812 3456 7890 atau 021 5551234",
        "0812 3456 7890 (WA) & 021 5551234 (kantor)",
    ] {
        let found: Vec<_> = read(field, region("ID")).iter().filter_map(|phone| phone.number().map(|number| number.e164.clone())).collect();
        assert_eq!(found, both, "{field:?}");
    }
    assert_eq!(read("0812 3456 7890 / 0813 1111 2222 / 021 5551234", region("ID")).len(), 3);
    assert!(read(" ; \n", region("ID")).is_empty());
}

#[test]
fn a_mark_within_a_number_does_not_part_it() {
    for (field, code) in
        [("030/901820", "DE"), ("0821 / 123 456", "DE"), ("tel:+49-30-901820;ext=12", "DE"), ("+1 202 555 0123, ext 5", "US")]
    {
        assert_eq!(read(field, region(code)).len(), 1, "{field}");
        assert!(read(field, region(code))[0].number().is_some(), "{field}");
    }
}

#[test]
fn looking_up_takes_every_form() {
    for query in ["0812 3456 7890", "6281234567890", "+6281234567890"] {
        assert_eq!(look_up(query, region("ID")).as_deref(), Some("+6281234567890"), "{query}");
    }
    assert_eq!(look_up("0812", region("ID")), None);
    assert_eq!(one("0812 3456 7890", region("ID")).number().unwrap().digits(), "6281234567890");
}

#[test]
fn a_region_is_a_country_with_a_plan() {
    let indonesia = Region::named(" id ").unwrap();
    assert_eq!((indonesia.code().as_str(), indonesia.calling_code()), ("ID", 62));
    for code in ["", "XX", "001", "World", "IDN", "AA"] {
        assert_eq!(Region::named(code), None, "{code}");
    }
}
