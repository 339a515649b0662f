//! Templates and signatures as the outside reads them.

use base::Timestamp;
use model::compose::template::{Form, fields_in};
use serde::Serialize;
use utoipa::ToSchema;

use super::id;

/// A subject and a text with merge fields, from which mail is made.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Template {
    /// Its id.
    #[schema(value_type = id::TemplateId)]
    pub id: model::id::TemplateId,
    /// What people call it.
    pub name: String,
    /// The subject, with fields.
    pub subject: String,
    /// The text as HTML, with fields. Mail is made of it where there is one.
    pub html: Option<String>,
    /// The text as plain text, with fields.
    pub text: Option<String>,
    /// The names of all fields in it.
    pub fields: Vec<String>,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When it was last changed.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Timestamp,
    /// Who did that.
    pub updated_by: String,
}

/// What a template becomes.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TemplatePreview {
    /// The subject.
    pub subject: String,
    /// The text as HTML; `null` if the template has none.
    pub html: Option<String>,
    /// The text as plain text; `null` if the template has none.
    pub text: Option<String>,
    /// The fields that have neither a value nor a fallback: they stand in the text as they were written, and a mail would be refused.
    pub missing: Vec<String>,
}

/// What stands below the mail of a mailbox.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Signature {
    /// Of which mailbox.
    #[schema(value_type = id::MailboxId)]
    pub mailbox: model::id::MailboxId,
    /// As HTML, cleaned; empty if it is made from `text`, or if there is no signature.
    pub html: String,
    /// As plain text, without the line `-- `; empty if it is made from `html`, or if there is no signature.
    pub text: String,
    /// When it was set; `null` if there is none.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub updated_at: Option<Timestamp>,
    /// Who did that.
    pub updated_by: Option<String>,
}

impl Template {
    /// A template.
    pub fn of(template: model::template::Template) -> Self {
        let parts =
            [(Form::Line, Some(template.subject.as_str())), (Form::Html, template.html.as_deref()), (Form::Text, template.text.as_deref())];
        let mut fields: Vec<String> = Vec::new();
        for field in parts.into_iter().filter_map(|(form, text)| Some(fields_in(text?, form))).flatten() {
            let name = field.to_string();
            if !fields.contains(&name) {
                fields.push(name);
            }
        }
        Template {
            id: template.id,
            name: template.name,
            subject: template.subject,
            html: template.html,
            text: template.text,
            fields,
            created_at: template.created_at,
            updated_at: template.updated_at,
            updated_by: template.updated_by,
        }
    }
}

impl TemplatePreview {
    /// What a template becomes.
    pub fn of(shown: crate::sending::Shown) -> Self {
        TemplatePreview { subject: shown.subject, html: shown.html, text: shown.text, missing: shown.missing }
    }
}

impl Signature {
    /// The signature of a mailbox, if it has one.
    pub fn of(mailbox: model::id::MailboxId, kept: Option<store::signature::Kept>) -> Self {
        let (signature, set) = kept.map(|kept| (kept.signature, (kept.updated_at, kept.updated_by))).unzip();
        let (updated_at, updated_by) = set.unzip();
        let model::compose::signature::Signature { html, text } = signature.unwrap_or_default();
        Signature { mailbox, html, text, updated_at, updated_by }
    }
}
