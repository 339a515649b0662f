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

/// Programs that are made from the document stop at a reference that leads nowhere.
#[test]
fn every_reference_leads_to_a_schema() {
    let document = api::document();
    let mut dangling = std::collections::BTreeSet::new();
    let mut values = vec![&document];
    while let Some(value) = values.pop() {
        if let Some(reference) = value["$ref"].as_str()
            && document.pointer(reference.trim_start_matches('#')).is_none()
        {
            dangling.insert(reference.to_owned());
        }
        match value {
            Value::Array(list) => values.extend(list),
            Value::Object(fields) => values.extend(fields.values()),
            _ => {}
        }
    }
    assert!(dangling.is_empty(), "{dangling:?}");
}

/// The document keeps its schemas by name: of two types with one name it shows only one, and the other's answers break it.
#[test]
fn no_two_schemas_share_a_name() {
    let mut declared = std::collections::HashMap::new();
    let mut folders = vec![std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            for name in schemas(&std::fs::read_to_string(&path).unwrap()) {
                let other = declared.insert(name.clone(), path.clone());
                assert!(other.is_none(), "{name} is a schema in {} and in {}", other.unwrap().display(), path.display());
            }
        }
    }
    assert!(declared.len() > 50, "only {} schemas found: is the reading of the sources still right?", declared.len());
}

/// The names under which a source file's types stand in the document.
fn schemas(source: &str) -> Vec<String> {
    let derived = source.split("#[derive(").skip(1).filter(|rest| rest.split(')').next().is_some_and(|list| list.contains("ToSchema")));
    derived.filter_map(|rest| rest.lines().find_map(declared_name)).collect()
}

fn declared_name(line: &str) -> Option<String> {
    let mut words = line.split_whitespace().skip_while(|word| word.starts_with("pub"));
    matches!(words.next(), Some("struct" | "enum"))
        .then(|| words.next())?
        .map(|name| name.chars().take_while(|character| character.is_alphanumeric()).collect())
}
