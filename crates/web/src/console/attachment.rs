//! What is fetched from Microsoft when somebody asks for it: attachments, inline images, a message's original.
//!
//! Nothing of it is kept here. What a browser could run is only ever saved, never shown; inline images are shown only if
//! their first bytes are those of a raster image.

use api::raster::raster;
use api::read::message::find_whole;
use axum::body::Body;
use axum::extract::{Query, State as Given};
use axum::response::{IntoResponse, Response};

use graph::{Access, GrantKey, Lane, Opened, mail};
use http::{HeaderValue, header};
use model::id::{Message as MessageNoun, MessageId};
use serde::Deserialize;
use store::message as rows;

use crate::console::mailbox;
use crate::console::named::Named;
use crate::failure::Failure;
use crate::state::State;
use crate::view::text::shown;
use crate::visitor::Visitor;

const POLICY: HeaderValue = HeaderValue::from_static("default-src 'none'; sandbox");

/// Which attachment.
#[derive(Deserialize)]
pub struct ById {
    id: String,
}

/// Which inline part.
#[derive(Deserialize)]
pub struct ByContentId {
    cid: String,
}

/// `GET /messages/{id}/attachment?id=`: an attachment as a file.
pub async fn download(
    Given(state): Given<State>,
    visitor: Visitor,
    Named(id): Named<MessageNoun>,
    Query(asked): Query<ById>,
) -> Result<Response, Failure> {
    let (access, graph_id) = reach(&state, &visitor, id).await?;
    let known = rows::attachments(&state.db, id).await?;
    let attachment = known.into_iter().find(|known| known.graph_id == asked.id).ok_or_else(Failure::not_found)?;
    let opened = mail::attachment::open_attachment(&state.microsoft, &access, &graph_id, &attachment.graph_id).await?;
    let name = shown(&attachment.name).unwrap_or_else(|| "attachment".to_owned());
    Ok(file(opened, &name, "application/octet-stream"))
}

/// `GET /messages/{id}/original`: the message as it was on the wire.
pub async fn original(Given(state): Given<State>, visitor: Visitor, Named(id): Named<MessageNoun>) -> Result<Response, Failure> {
    let (access, graph_id) = reach(&state, &visitor, id).await?;
    let opened = mail::messages::open_mime(&state.microsoft, &access, &graph_id).await?;
    Ok(file(opened, &format!("{id}.eml"), "message/rfc822"))
}

/// `GET /messages/{id}/inline?cid=`: an inline image.
pub async fn inline(
    Given(state): Given<State>,
    visitor: Visitor,
    Named(id): Named<MessageNoun>,
    Query(asked): Query<ByContentId>,
) -> Result<Response, Failure> {
    let (access, graph_id) = reach(&state, &visitor, id).await?;
    let part = part_of(&state, id, &asked.cid, &access, &graph_id).await?;
    let bytes = mail::attachment::attachment_value(&state.microsoft, &access, &graph_id, &part).await?;
    let kind = raster(&bytes).ok_or_else(Failure::not_found)?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::CACHE_CONTROL, HeaderValue::from_static("private, max-age=3600")),
    ];
    Ok((headers, bytes).into_response())
}

/// Microsoft's id of the part that a body names so: from the mirror, or if the parts are not listed there yet from Microsoft.
async fn part_of(state: &State, id: MessageId, content_id: &str, access: &Access, graph_id: &str) -> Result<String, Failure> {
    let is_it = |own: &Option<String>| own.as_deref().is_some_and(|own| same_part(own, content_id));
    let known = rows::attachments(&state.db, id).await?;
    if let Some(part) = known.into_iter().find(|part| is_it(&part.content_id)) {
        return Ok(part.graph_id);
    }
    let listed = mail::attachment::attachments(&state.microsoft, access, &[graph_id]).await;
    let listed = listed.into_iter().next().ok_or_else(Failure::not_found)??;
    listed.into_iter().find(|part| is_it(&part.content_id)).map(|part| part.id).ok_or_else(Failure::not_found)
}

/// How a message is reached at Microsoft, if everything of it may be seen.
async fn reach(state: &State, by: &Visitor, id: MessageId) -> Result<(Access, String), Failure> {
    let found = find_whole(&state.db, by.workspace, &by.sight, id).await?.ok_or_else(Failure::not_found)?;
    let mailbox = mailbox::find(state, by, found.message.mailbox).await?;
    let grant = GrantKey::new(mailbox.connection.to_string());
    Ok((Access::new(grant, mailbox.graph_user_id, Lane::Interactive), found.message.graph_id))
}

fn same_part(own: &str, asked: &str) -> bool {
    let bare = |text: &str| text.trim().trim_start_matches('<').trim_end_matches('>').to_ascii_lowercase();
    bare(own) == bare(asked)
}

fn file(opened: Opened, name: &str, kind: &'static str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CONTENT_DISPOSITION, disposition(name)),
        (header::CONTENT_SECURITY_POLICY, POLICY),
    ];
    let mut response = (headers, Body::from_stream(opened.pieces)).into_response();
    if let Some(length) = opened.length {
        response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    }
    response
}

/// `attachment` with a plain name for old programs and the true one for the rest (RFC 6266, RFC 8187).
fn disposition(name: &str) -> HeaderValue {
    use std::fmt::Write as _;
    let plain: String = name.chars().map(|letter| if is_plain(letter) { letter } else { '_' }).take(120).collect();
    let mut whole = String::new();
    for byte in name.chars().filter(|letter| !letter.is_control()).take(240).collect::<String>().bytes() {
        if byte.is_ascii_alphanumeric() || b"-._".contains(&byte) {
            whole.push(char::from(byte));
        } else {
            let _ = write!(whole, "%{byte:02X}");
        }
    }
    HeaderValue::from_str(&format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{whole}")).expect("only ASCII letters are left")
}

fn is_plain(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || " -._()".contains(letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_name_cannot_leave_its_header() {
        let text = disposition("Bericht \"März\"\r\nSet-Cookie: x=1; ü.pdf").to_str().unwrap().to_owned();
        assert!(text.starts_with("attachment; filename=\"Bericht _M_rz___Set-Cookie_ x_1_ _.pdf\"; filename*=UTF-8''"), "{text}");
        assert!(text.contains("M%C3%A4rz") && !text.contains('\n'));
    }

    #[test]
    fn a_content_id_is_found_with_or_without_brackets() {
        assert!(same_part("<Logo@x.example>", "logo@X.example") && !same_part("a", "b"));
    }
}
