//! The call of the API that gives what a page shows, as a command that can be pasted.
//!
//! The key itself is never in it: the command reads it from the environment variable `RAPPORT_KEY`.

use maud::{Markup, html};
use url::Url;

/// A disclosure with the command that reads `path` of the API at `base`.
pub fn read(base: &Url, path: &str) -> Markup {
    disclosure(&command(base, "GET", path))
}

/// A disclosure with a command.
fn disclosure(command: &str) -> Markup {
    html! {
        details.curl {
            summary { "The same from the API" }
            div.copied { pre tabindex="0" { code { (command) } } button.quiet type="button" data-copy=(command) hidden { "Copy" } }
        }
    }
}

/// One line for a POSIX shell.
pub fn command(base: &Url, method: &str, path: &str) -> String {
    let address = base.join(path).map_or_else(|_| path.to_owned(), |url| url.to_string());
    let method = if method == "GET" { String::new() } else { format!("-X {method} ") };
    format!("curl {method}-H \"Authorization: Bearer $RAPPORT_KEY\" {}", quoted(&address))
}

/// In single quotes, as a shell reads them.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_can_be_pasted_whatever_the_address_holds() {
        let base = Url::parse("https://rapport.example").unwrap();
        let line = command(&base, "GET", "/api/v1/search?q=it's&after=$x");
        assert_eq!(line, "curl -H \"Authorization: Bearer $RAPPORT_KEY\" 'https://rapport.example/api/v1/search?q=it%27s&after=$x'");
        assert_eq!(quoted("a'b"), r"'a'\''b'");
    }
}
