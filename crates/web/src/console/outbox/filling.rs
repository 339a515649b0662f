//! A template put into a mail that is being written: its subject and text as they are for whom the mail is to. What has no value
//! stays as it was written, is named, and is not sent so.

use http::Method;
use model::compose::template::{Form, fields_in};
use model::text;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::console::core;
use crate::failure::Failure;
use crate::session::SignedIn;
use crate::state::State;

/// A template to choose.
#[derive(Deserialize)]
pub struct Choice {
    /// Its id.
    pub id: String,
    /// What people call it.
    pub name: String,
}

/// What a template becomes in the console, where mail is written as plain text.
#[derive(Debug)]
pub struct Put {
    /// The subject.
    pub subject: String,
    /// The text.
    pub text: String,
}

/// A template as it is for this recipient, from this mailbox.
///
/// # Errors
/// As the API refuses.
pub async fn put(state: &State, by: &SignedIn, template: &str, to: Option<Value>, mailbox: &str) -> Result<Put, Failure> {
    #[derive(Deserialize)]
    struct Preview {
        subject: String,
        html: Option<String>,
        text: Option<String>,
    }
    let mailbox = Some(mailbox).filter(|mailbox| !mailbox.is_empty());
    let (path, wish) = (format!("/api/v1/templates/{template}/preview"), json!({ "to": to, "mailbox": mailbox }));
    let preview: Preview = core::ask(state, by, Method::POST, &path, Some(wish)).await?;
    let text = preview.text.or_else(|| preview.html.as_deref().map(text::of_html)).unwrap_or_default();
    Ok(Put { subject: preview.subject, text })
}

/// The names of the fields that still stand in a text, each once.
pub fn unfilled(written: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for (start, _) in written.match_indices("{{") {
        let Some(end) = written[start..].find("}}").map(|found| start + found + 2) else { break };
        for name in fields_in(&written[start..end], Form::Text).iter().map(ToString::to_string) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::unfilled;

    #[test]
    fn fields_that_stand_in_a_text_are_found_and_nothing_else() {
        let text = "Dear {{person.first_name}}, {{fields.x | \"y\"}} {{ no }} {{person.first_name}} {{ {{customer.name}} {{";
        assert_eq!(unfilled(text), ["person.first_name", "fields.x", "customer.name"]);
        assert_eq!(unfilled("{ } {{}} }}"), Vec::<String>::new());
    }
}
