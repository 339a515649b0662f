//! Templates read and filled: every kind of place, every kind of fault, and values that mean harm.

use super::*;
use crate::compose::markup::{self, Piece as MarkupPiece};

fn values() -> Values {
    Values {
        person_name: "Bo Berg".into(),
        person_first_name: "Bo".into(),
        person_email: "bo@acme.example".into(),
        customer_name: "Acme & Co".into(),
        sender_name: "Anna".into(),
        sender_email: "anna@contoso.example".into(),
        fields: [("offer".to_owned(), "<b>4711</b>".to_owned())].into(),
    }
}

fn filled(source: &str, form: Form, values: &Values) -> Filled {
    Pattern::read(source, form).unwrap_or_else(|fault| panic!("{source}: {}", fault.sentence())).fill(values)
}

fn fault(source: &str, form: Form) -> Fault {
    Pattern::read(source, form).expect_err(source)
}

#[test]
fn every_field_takes_its_value() {
    let source = "{{person.name}}, {{ person.first_name }}, {{person.email}}, {{customer.name}}, {{sender.name}}, {{sender.email}}, {{fields.offer}}";
    let text = filled(source, Form::Text, &values());
    assert_eq!(text.text, "Bo Berg, Bo, bo@acme.example, Acme & Co, Anna, anna@contoso.example, <b>4711</b>");
    assert_eq!(text.missing, Vec::<String>::new());
    let html = filled("<p>{{customer.name}} {{fields.offer}}</p>", Form::Html, &values());
    assert_eq!(html.text, "<p>Acme &amp; Co &lt;b&gt;4711&lt;/b&gt;</p>");
    let names: Vec<String> = fields_in(source, Form::Text).iter().map(ToString::to_string).collect();
    assert_eq!(names.join(", "), source.replace(['{', '}'], "").replace(" person.first_name ", "person.first_name"));
}

#[test]
fn a_fallback_stands_in_for_a_value_and_without_one_the_field_is_missing() {
    let nobody = Values::default();
    assert_eq!(filled("Dear {{person.first_name | \"there\"}},", Form::Text, &nobody).text, "Dear there,");
    assert_eq!(filled("Dear {{person.first_name | \"there\"}},", Form::Text, &values()).text, "Dear Bo,");
    assert_eq!(filled("<p>{{fields.x | &quot;A &amp;amp; B&quot;}}</p>", Form::Html, &nobody).text, "<p>A &amp;amp; B</p>");
    assert_eq!(filled("{{fields.x|'it is'}} {{fields.y | “so”}}", Form::Line, &nobody).text, "it is so");
    let missing = filled("Dear {{person.first_name}}, {{fields.x}}, {{person.first_name}}", Form::Text, &nobody);
    assert_eq!(missing.missing, ["person.first_name", "fields.x"]);
    assert_eq!(missing.text, "Dear {{person.first_name}}, {{fields.x}}, {{person.first_name}}");
}

#[test]
fn a_value_in_which_nothing_can_be_seen_is_none() {
    for nothing in ["", "  ", "\u{200B}", "\u{A0}\n", "\u{2060}\u{FEFF}\u{3164}"] {
        let values = Values { person_first_name: nothing.into(), ..Values::default() };
        assert_eq!(filled("Dear {{person.first_name}},", Form::Text, &values).missing, ["person.first_name"], "{nothing:?}");
    }
}

#[test]
fn what_is_wrong_is_told_with_its_place_and_the_fields_there_are() {
    let unknown = fault("Dear {{person.name}},\n  your {{person.nmae}}", Form::Text);
    assert_eq!((unknown.line, unknown.column), (2, 8));
    assert_eq!(unknown.sentence(), "Line 2, letter 8: there is no field `person.nmae`.");
    for name in KNOWN {
        assert!(unknown.action().contains(name), "{}", unknown.action());
    }
    for (source, code) in [
        ("a {{person.name", "field_unclosed"),
        ("{{ {{person.name}} }}", "field_unclosed"),
        ("{{}}", "merge_field_unknown"),
        ("{{fields.}}", "merge_field_unknown"),
        ("{{fields.a b}}", "merge_field_unknown"),
        ("{{Person.Name}}", "merge_field_unknown"),
        ("{{person.name | there}}", "fallback_wrong"),
        ("{{person.name | \"a\nb\"}}", "fallback_wrong"),
        ("{{person.name | \"}}", "fallback_wrong"),
        (&"{{person.name}}".repeat(FIELDS_MAX + 1), "too_many_fields"),
    ] {
        for form in [Form::Line, Form::Text, Form::Html] {
            let fault = fault(source, form);
            assert_eq!(fault.code(), code, "{source} {}", fault.sentence());
            assert!(fault.action().ends_with('.'));
        }
    }
    assert_eq!(filled("no {field} here, } nor }} here", Form::Text, &values()).text, "no {field} here, } nor }} here");
}

#[test]
fn a_field_stands_only_where_its_value_stays_text() {
    for source in [
        "<p class={{fields.x}}>a</p>",
        "<p {{fields.x}}>a</p>",
        "<{{fields.x}}>",
        "<p {{fields.x}}=\"a\">",
        "<style>p { color: {{fields.x}} }</style>",
        "<script>let a = '{{fields.x}}'</script>",
        "<p style=\"color: {{fields.x}}\">a</p>",
        "<p onclick=\"f('{{fields.x}}')\">a</p>",
        "<!-- {{fields.x}} -->",
        "<!--[if mso]><a href=\"{{fields.x}}\">a</a><![endif]-->",
        "<meta http-equiv=\"refresh\" content=\"0;url={{fields.x}}\">",
        "<iframe src=\"{{fields.x}}\"></iframe>",
        "<a href={{fields.x}}",
        "<img srcset=\"{{fields.x}} 2x\">",
        "<noscript>{{fields.x}}</noscript>",
    ] {
        assert_eq!(fault(source, Form::Html).code(), "field_misplaced", "{source}");
    }
    for source in [
        "<p title='{{fields.x}}'>a</p>",
        "<title>{{fields.x}}</title>",
        "<!-- a --><p>{{fields.x}}</p>",
        "<style>p {}</style>{{fields.x}}",
        "<a href=\"https://x.example/?a={{fields.x}}\">{{fields.x}}</a>",
    ] {
        assert!(Pattern::read(source, Form::Html).is_ok(), "{source}");
    }
}

#[test]
fn an_address_begins_as_one_of_the_web_and_what_is_within_it_is_encoded() {
    let with = |value: &str| Values { fields: [("x".to_owned(), value.to_owned())].into(), ..Values::default() };
    let link = "<a href=\"{{fields.x}}\">a</a>";
    for good in ["https://shop.example/?a=1&b=2", "mailto:bo@acme.example", "tel:+4912345"] {
        let filled = filled(link, Form::Html, &with(good));
        assert_eq!(filled.text, format!("<a href=\"{}\">a</a>", good.replace('&', "&amp;")));
    }
    for bad in
        ["javascript:alert(1)", "JaVaScript:alert(1)", "data:text/html,x", "//evil.example", "/here", "https:\n//x", "x", "file:///etc"]
    {
        assert_eq!(filled(link, Form::Html, &with(bad)).missing, ["fields.x"], "{bad}");
        let with_fallback = "<a href=\"{{fields.x | 'https://shop.example/'}}\">a</a>";
        assert_eq!(filled(with_fallback, Form::Html, &with(bad)).text, "<a href=\"https://shop.example/\">a</a>", "{bad}");
    }
    let part = "<a href=\"https://x.example/{{fields.x}}\">a</a>";
    assert_eq!(filled(part, Form::Html, &with("a b&c=ö:#?")).text, "<a href=\"https://x.example/a%20b%26c%3D%C3%B6%3A%23%3F\">a</a>");
    let two = "<a href=\"{{fields.none | ''}}{{fields.x}}\">a</a>";
    assert_eq!(filled(two, Form::Html, &with("javascript:alert(1)")).text, "<a href=\"javascript%3Aalert%281%29\">a</a>");
}

#[test]
fn a_value_is_not_read_for_fields_and_lines_stay_lines() {
    let values = Values { fields: [("x".to_owned(), "{{sender.email}}\r\nnext\u{0}".to_owned())].into(), ..values() };
    assert_eq!(filled("{{fields.x}}", Form::Text, &values).text, "{{sender.email}}\nnext");
    assert_eq!(filled("{{fields.x}}", Form::Html, &values).text, "{{sender.email}}<br>\r\nnext");
    assert_eq!(filled("{{fields.x}}", Form::Line, &values).text, "{{sender.email}} next");
    assert_eq!(
        filled("<title>{{fields.x}}</title>", Form::Html, &values).text,
        "<title>{{sender.email}} next</title>",
        "no tag is one there"
    );
}

/// Tags with the names of their attributes, and end tags; without line breaks, which a value may have.
fn skeleton(html: &str) -> Vec<String> {
    let of = |piece: MarkupPiece| match piece {
        MarkupPiece::Open(tag) => format!("<{} {}>", tag.name, tag.attribute_names().join(" ")),
        MarkupPiece::Close { name, .. } => format!("</{name}>"),
    };
    markup::read(html).into_iter().map(of).filter(|tag| tag != "<br >").collect()
}

/// Ten thousand values put together from what breaks out elsewhere: none opens a tag, adds an attribute, or begins a line.
#[test]
fn no_value_breaks_out_of_where_it_stands() {
    const PARTS: &[&str] = &[
        "\"",
        "'",
        "<",
        ">",
        "&",
        "`",
        "=",
        " ",
        "/",
        "\\",
        "\r\n",
        "\n",
        "\r",
        "\0",
        "\t",
        "\u{2028}",
        "\u{85}",
        "\u{200B}",
        "-->",
        "--!>",
        "<!--",
        "]]>",
        "</p>",
        "</a",
        "<script>",
        "</script>",
        "<img src=x onerror=alert(1)>",
        "onclick=x",
        "style=",
        "&quot;",
        "&#34;",
        "&lt;",
        "&gt",
        "{{",
        "}}",
        "{{sender.name}}",
        "|",
        "javascript:",
        "data:",
        "https://x.example/",
        "\r\nBcc: x@y.example",
        "\n\n",
        "x",
        "é",
        "𝕏",
        "%22",
        "%0d%0a",
        "?",
        "#",
        ":",
    ];
    const HTML: &str = "<html><body class=\"a\"><p title=\"{{fields.x}}\" id='{{fields.x}}'>{{fields.x}}</p>\
        <a href=\"{{fields.x | \"\"}}\">{{fields.x}}</a><a href='https://x.example/?q={{fields.x}}&amp;r=1'>y</a><title>{{fields.x}}</title></body></html>";
    let html_source = HTML.replace("| \"\"", "| &quot;&quot;");
    let (html, line) = (Pattern::read(&html_source, Form::Html).unwrap(), Pattern::read("Re {{fields.x}}", Form::Line).unwrap());
    let plain = Values { fields: [("x".to_owned(), "v".to_owned())].into(), ..Values::default() };
    let expected = skeleton(&html.fill(&plain).text);
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut random = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % below as u64).unwrap()
    };
    for _ in 0..10_000 {
        let value: String = (0..=random(8)).map(|_| PARTS[random(PARTS.len())]).collect();
        let values = Values { fields: [("x".to_owned(), value.clone())].into(), ..Values::default() };
        let filled = html.fill(&values);
        if filled.missing.is_empty() {
            assert_eq!(skeleton(&filled.text), expected, "{value:?} in {}", filled.text);
            let links: Vec<String> = markup::read(&filled.text)
                .into_iter()
                .filter_map(|piece| match piece {
                    MarkupPiece::Open(tag) => tag.value("href").map(str::to_owned),
                    MarkupPiece::Close { .. } => None,
                })
                .collect();
            assert!(links[0].is_empty() || links[0].starts_with("https://x.example/"), "{links:?}");
            assert!(links[1].starts_with("https://x.example/?q=") && links[1].ends_with("&r=1"), "{links:?}");
            assert_eq!(links[1].matches(['&', '#', '=']).count(), 3, "{links:?}");
        }
        let subject = line.fill(&values).text;
        assert!(!subject.chars().any(|letter| letter.is_control() || matches!(letter, '\u{2028}' | '\u{2029}')), "{subject:?}");
    }
}
