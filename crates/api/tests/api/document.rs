//! The document of the API is a reviewed file: what the code says and what docs/openapi.json says are the same.

use serde_json::Value;

/// How to write the file anew, after which its difference is to be read.
const RENEW: &str = "RENEW_OPENAPI=1 cargo test -p api --test api document";

fn path() -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.json")
}

/// The document without what comes from the demo.
fn without_examples(mut document: Value) -> Value {
    if let Some(paths) = document["paths"].as_object_mut() {
        for operation in paths.values_mut().filter_map(Value::as_object_mut).flatten().map(|(_, operation)| operation) {
            for response in operation["responses"].as_object_mut().into_iter().flatten().map(|(_, response)| response) {
                for content in response["content"].as_object_mut().into_iter().flatten().map(|(_, content)| content) {
                    content.as_object_mut().map(|content| content.remove("example"));
                }
            }
        }
    }
    document
}

#[test]
#[allow(clippy::disallowed_methods, reason = "the wish to renew the file comes from whoever runs the test")]
fn the_reviewed_document_is_what_the_code_says() {
    let said = api::document();
    if std::env::var("RENEW_OPENAPI").is_ok() {
        std::fs::write(path(), serde_json::to_string_pretty(&said).unwrap() + "\n").unwrap();
    }
    let kept: Value = serde_json::from_str(&std::fs::read_to_string(path()).unwrap()).unwrap();
    assert!(
        without_examples(kept) == without_examples(said),
        "docs/openapi.json is not what the code says any more. Run `{RENEW}`, read the difference, and commit it."
    );
}

#[test]
fn each_operation_has_a_name_a_summary_and_says_how_it_refuses() {
    let document = api::document();
    let mut names = std::collections::HashSet::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            let name = operation["operationId"].as_str().unwrap_or_else(|| panic!("{method} {path} has no operationId"));
            assert!(names.insert(name.to_owned()), "two operations are called {name}");
            assert!(operation["summary"].is_string(), "{method} {path} has no summary");
            assert!(operation["responses"]["401"].is_object() && operation["responses"]["429"].is_object(), "{method} {path}");
        }
    }
}
