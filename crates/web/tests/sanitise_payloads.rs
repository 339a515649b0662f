//! Payloads that others have got past a sanitiser with: whatever comes out, none of it can run, load or post.
//!
//! The payloads are not part of the project: they lie in the shared folder. Without it, this test says that they were left
//! out and checks the few below.

#![allow(clippy::print_stdout, reason = "says what was left out and how many were tried")]

use std::path::{Path, PathBuf};

use html5_walk::walk;
use web::sanitise::{RemoteImages, html};

const OWN: &[&str] = &[
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">",
    "<a href=\"java\u{0}script:alert(1)\">x</a><a href=\"&#106;avascript:alert(1)\">x</a><a href=\" vbscript:x\">x</a>",
    "<form><math><mtext></form><form><mglyph><svg><mtext><style><path id=</style><img onerror=alert(1) src>",
    "<img src=\"data:text/html;base64,PHNjcmlwdD4=\"><object data=x><embed src=x><link rel=stylesheet href=//x><base href=//x>",
    "<p style=\"background:url(javascript:alert(1));x:expression(alert(1));-moz-binding:url(//x)\">x</p>",
    "<table background=\"javascript:alert(1)\"><td background=//x><img lowsrc=//x srcset=\"//x 1x\"><video src=//x poster=//x>",
    "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
    "<template><script>alert(1)</script></template><iframe srcdoc=\"<script>x</script>\"></iframe><meta http-equiv=refresh content=0>",
];

#[test]
fn no_payload_keeps_anything_that_could_run_load_or_post() {
    let mut payloads: Vec<String> = OWN.iter().map(|&payload| payload.to_owned()).collect();
    payloads.extend(given());
    for payload in &payloads {
        for images in [RemoteImages::Blocked, RemoteImages::Shown] {
            let cleaned = html(payload, images, "/messages/x/inline?cid=").html;
            assert_harmless(payload, &cleaned, images);
            let again = html(&cleaned, images, "/messages/x/inline?cid=").html;
            assert_harmless(payload, &again, images);
        }
    }
    println!("{} payloads are harmless", payloads.len());
}

#[allow(clippy::disallowed_methods, reason = "where the data is is for whoever runs the test to say")]
fn given() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let shared = std::env::var_os("RAPPORT_SHARED").map_or_else(|| root.join("../shared"), PathBuf::from);
    let Ok(text) = std::fs::read_to_string(shared.join("data/xss/payloads.json")) else {
        println!("left out: no data/xss/payloads.json in the shared folder (RAPPORT_SHARED names it)");
        return Vec::new();
    };
    let listed: Vec<serde_json::Value> = serde_json::from_str(&text).expect("a JSON array");
    listed.iter().filter_map(|one| one["payload"].as_str().map(str::to_owned)).collect()
}

/// Looks at every tag of the result as a browser's parser would read it.
fn assert_harmless(payload: &str, cleaned: &str, images: RemoteImages) {
    walk(cleaned, |tag, attributes| {
        const NEVER: [&str; 20] = [
            "script", "style", "iframe", "object", "embed", "form", "input", "button", "textarea", "select", "svg", "math", "link", "meta",
            "base", "template", "noscript", "video", "audio", "frameset",
        ];
        assert!(!NEVER.contains(&tag), "<{tag}> came out of {payload:?}: {cleaned}");
        for (name, value) in attributes {
            let plain: String =
                value.chars().filter(|letter| !letter.is_whitespace() && !letter.is_control()).collect::<String>().to_lowercase();
            assert!(!name.starts_with("on"), "{name} came out of {payload:?}: {cleaned}");
            assert!(
                !["srcset", "srcdoc", "background", "action", "formaction", "ping", "id", "class", "xlink:href"].contains(&name),
                "{name} in {cleaned}"
            );
            match name {
                "href" => assert!(["http:", "https:", "mailto:", "tel:"].iter().any(|scheme| plain.starts_with(scheme)), "{cleaned}"),
                "src" => {
                    let ours = plain.starts_with("/messages/x/inline?cid=") || plain.starts_with("data:image/");
                    assert!(ours || (images == RemoteImages::Shown && plain.starts_with("http")), "{cleaned}");
                    assert!(!plain.contains("svg+xml") || !plain.starts_with("data:"), "{cleaned}");
                }
                "style" => assert!(
                    !["url(", "expression", "@import", "position", "binding", "behavior"].iter().any(|bad| plain.contains(bad)),
                    "{cleaned}"
                ),
                _ => {}
            }
        }
    });
}

/// A browser's tokenizer, walked. What comes out holds no element that changes how text after it is read.
mod html5_walk {
    use std::cell::RefCell;

    use html5ever::tendril::StrTendril;
    use html5ever::tokenizer::{BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts};

    #[derive(Default)]
    struct Tags(RefCell<Vec<Tag>>);

    impl TokenSink for Tags {
        type Handle = ();

        fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
            if let Token::TagToken(tag) = token {
                self.0.borrow_mut().push(tag);
            }
            TokenSinkResult::Continue
        }
    }

    /// Calls `see` with the name and attributes of each element that begins.
    pub fn walk(html: &str, mut see: impl FnMut(&str, Vec<(&str, String)>)) {
        let tokenizer = Tokenizer::new(Tags::default(), TokenizerOpts::default());
        let input = BufferQueue::default();
        input.push_back(StrTendril::from_slice(html));
        let _ = tokenizer.feed(&input);
        tokenizer.end();
        for tag in tokenizer.sink.0.borrow().iter().filter(|tag| tag.kind == TagKind::StartTag) {
            see(&tag.name, tag.attrs.iter().map(|attribute| (&*attribute.name.local, attribute.value.to_string())).collect());
        }
    }
}
