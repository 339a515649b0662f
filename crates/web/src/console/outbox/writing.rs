//! What has been written so far: what the page of writing begins with, and what is not lost when it cannot be sent.

use base::Problem;
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::written;
use crate::console::core;
use crate::failure::Failure;
use crate::session::{OwnForm, SignedIn};
use crate::state::State;

/// For how long a mail from the console can be taken back, in seconds.
pub const UNDO_SECONDS: u32 = 10;

/// What stands in the form.
#[derive(Default, Deserialize)]
pub struct Draft {
    /// The message that it answers.
    #[serde(default)]
    pub answers: String,
    /// How.
    #[serde(default)]
    pub how: String,
    /// The draft in the mailbox that is written on.
    #[serde(default)]
    pub draft: String,
    /// From which mailbox.
    #[serde(skip)]
    pub from: String,
    /// To whom.
    #[serde(skip)]
    pub to: String,
    /// To whom besides.
    #[serde(skip)]
    pub cc: String,
    /// To whom without the others knowing.
    #[serde(skip)]
    pub bcc: String,
    /// The subject.
    #[serde(skip)]
    pub subject: String,
    /// The text.
    #[serde(skip)]
    pub text: String,
    /// When it is to leave, in UTC to the minute; empty for at once.
    #[serde(skip)]
    pub send_at: String,
    /// Files that were brought for it: a line each, id, bytes and name.
    #[serde(skip)]
    pub files: String,
    /// Whether it is to be tracked; as the workspace has it until somebody says.
    #[serde(skip)]
    pub tracked: Option<bool>,
    /// Whether recipients are told apart.
    #[serde(skip)]
    pub apart: bool,
    /// Whether the mailbox's signature is left out.
    #[serde(skip)]
    pub unsigned: bool,
    /// The template that was chosen last.
    #[serde(skip)]
    pub template: String,
}

impl Draft {
    /// What a form has brought.
    pub fn of(form: &OwnForm) -> Self {
        let text = |name: &str| form.fields.text(name).to_owned();
        let on = |name: &str| form.fields.text(name) == "1";
        Draft {
            answers: text("answers"),
            how: text("how"),
            draft: text("draft"),
            from: text("from"),
            to: text("to"),
            cc: text("cc"),
            bcc: text("bcc"),
            subject: text("subject"),
            text: text("text"),
            send_at: text("send_at"),
            files: text("files"),
            tracked: Some(on("tracked")),
            apart: on("apart"),
            unsigned: !on("signature"),
            template: text("template"),
        }
    }

    /// What stands in a draft of a mailbox.
    ///
    /// # Errors
    /// As the API refuses.
    pub async fn read(state: &State, by: &SignedIn, id: &str) -> Result<Self, Failure> {
        #[derive(Deserialize)]
        struct Begun {
            mailbox: String,
            subject: Option<String>,
            to: Vec<Value>,
            cc: Vec<Value>,
            bcc: Vec<Value>,
        }
        #[derive(Deserialize)]
        struct Body {
            text: String,
        }
        let begun: Begun = core::read(state, by, &format!("/api/v1/messages/{id}")).await?;
        let text = match core::read::<Body>(state, by, &format!("/api/v1/messages/{id}/body")).await {
            Ok(body) => body.text,
            Err(failure) if failure.status == StatusCode::NOT_FOUND => String::new(),
            Err(failure) => return Err(failure),
        };
        // What it was begun with is in its text already.
        let unsigned = true;
        let (to, cc, bcc) = (line(&begun.to), line(&begun.cc), line(&begun.bcc));
        let subject = begun.subject.unwrap_or_default();
        Ok(Draft { draft: id.to_owned(), from: begun.mailbox, to, cc, bcc, subject, text, unsigned, ..Draft::default() })
    }

    /// What the page is called.
    pub fn title(&self) -> &'static str {
        match (self.answers.as_str(), self.how.as_str()) {
            ("", _) if !self.draft.is_empty() => "Write on",
            ("", _) => "Write a mail",
            (_, "forward") => "Forward",
            (_, "reply_all") => "Reply to all",
            _ => "Reply",
        }
    }

    /// As the API sends it.
    ///
    /// # Errors
    /// For a time that is none.
    pub fn mail(&self) -> Result<Value, Problem> {
        let mut mail = self.kept();
        mail["undo_seconds"] = json!(UNDO_SECONDS);
        if !self.send_at.is_empty() {
            mail["send_at"] = json!(format!("{}:00Z", self.time()?));
            mail["undo_seconds"] = json!(0);
        }
        mail["tracking"] = match self.tracked {
            Some(true) => json!({ "opens": true, "clicks": true, "apart": self.apart }),
            _ => json!({}),
        };
        Ok(mail)
    }

    /// As the API keeps it in Drafts, or shows it.
    pub fn kept(&self) -> Value {
        let mut mail =
            json!({ "to": addresses(&self.to), "cc": addresses(&self.cc), "bcc": addresses(&self.bcc), "signature": !self.unsigned });
        mail["attachments"] = self.files.lines().filter_map(|line| line.split('|').next()).map(|id| json!({ "file": id.trim() })).collect();
        if !self.draft.is_empty() {
            mail["replaces"] = json!(self.draft);
        }
        // Plain text holds no pixel and no words above a link: what is written is sent as HTML then.
        if self.tracked == Some(true) || written::has_worded_link(&self.text) {
            mail["html"] = json!(written::as_html(&self.text));
        } else {
            mail["text"] = json!(self.text);
        }
        match self.answers.as_str() {
            "" => mail["subject"] = json!(self.subject),
            original => mail["answers"] = json!({ "message": original, "how": self.how }),
        }
        mail
    }

    fn time(&self) -> Result<&str, Problem> {
        let is_time = self.send_at.len() == 16
            && self.send_at.bytes().enumerate().all(|(place, byte)| match place {
                4 | 7 => byte == b'-',
                10 => byte == b'T',
                13 => byte == b':',
                _ => byte.is_ascii_digit(),
            });
        let wrong = || {
            let detail = "The time when it is to leave cannot be read.";
            Problem::new("time_wrong", "That is no time.", detail, "Write it such as 2027-01-31T08:30, or leave it empty.")
        };
        if is_time { Ok(&self.send_at) } else { Err(wrong()) }
    }
}

/// Addresses that are parted by commas, semicolons or line breaks, each with or without a name.
pub fn addresses(text: &str) -> Vec<Value> {
    let parts = text.split([',', ';', '\n']).map(str::trim).filter(|part| !part.is_empty());
    let one = |part: &str| match part.strip_suffix('>').and_then(|part| part.split_once('<')) {
        Some((name, email)) => json!({ "email": email.trim(), "name": name.trim().trim_matches('"') }),
        None => json!({ "email": part }),
    };
    parts.map(one).collect()
}

/// The same the other way round. A name that would part an address is left out.
fn line(parties: &[Value]) -> String {
    let one = |party: &Value| {
        let (name, email) = (party["name"].as_str().unwrap_or_default(), party["email"].as_str().unwrap_or_default());
        let plain = !name.is_empty() && name != email && !name.contains([',', ';', '\n', '<', '>', '"']);
        if plain { format!("{name} <{email}>") } else { email.to_owned() }
    };
    parties.iter().map(one).collect::<Vec<String>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_come_with_or_without_names_and_go_back_as_they_came() {
        let read = addresses("Bo Berg <bo@acme.example>; ann@x.example,\n \"C D\" <c@x.example>");
        assert_eq!(read[0], json!({"email": "bo@acme.example", "name": "Bo Berg"}));
        assert_eq!(read[1], json!({"email": "ann@x.example"}));
        assert_eq!(line(&read), "Bo Berg <bo@acme.example>, ann@x.example, C D <c@x.example>");
        assert_eq!(line(&[json!({"name": "D, E", "email": "d@x.example"})]), "d@x.example");
        assert_eq!(addresses("  "), Vec::<Value>::new());
    }

    #[test]
    fn a_time_and_files_are_read_and_what_is_no_time_is_told() {
        let files = "fil_1|20|a|b.txt\nfil_2|3|c.txt".to_owned();
        let draft = Draft { send_at: "2027-01-31T08:30".to_owned(), files, draft: "msg_1".to_owned(), ..Draft::default() };
        let mail = draft.mail().unwrap();
        assert_eq!((&mail["send_at"], &mail["undo_seconds"]), (&json!("2027-01-31T08:30:00Z"), &json!(0)));
        assert_eq!(mail["attachments"], json!([{"file": "fil_1"}, {"file": "fil_2"}]));
        assert_eq!((&mail["replaces"], &mail["tracking"]), (&json!("msg_1"), &json!({})));
        assert_eq!(draft.kept().get("send_at"), None);
        for wrong in ["2027-01-31", "tomorrow", "2027-01-31 08:30", "2027-01-31T08:3x"] {
            let draft = Draft { send_at: wrong.to_owned(), ..Draft::default() };
            assert_eq!(draft.mail().unwrap_err().code, "time_wrong", "{wrong}");
        }
    }
}
