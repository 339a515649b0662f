//! `GET /messages/{id}/body[?images=remote]`: the cleaned HTML of a message, for the inside of a frame.
//!
//! Three walls stand around it: it is cleaned (`sanitise`), the frame's sandbox and this answer's policy forbid scripts,
//! forms and everything from outside but, if asked for, images. The sandbox keeps our origin, so that the page around may
//! measure its height and inline images may carry the session; without scripts nothing inside can use that.

use api::read::message::find_whole;
use axum::extract::{Query, State as Given};
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, header};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use model::id::{Message as MessageNoun, MessageId, WorkspaceId};
use model::message::{BodyKind, MessageBody};
use model::reply::html::quotation_start;
use store::message as rows;

use crate::console::message::Asked;
use crate::console::named::Named;
use crate::failure::Failure;
use crate::sanitise::{self, Cleaned, RemoteImages};
use crate::state::State;
use crate::view::plain_text;
use crate::visitor::Visitor;

const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; \
     sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox",
);
const POLICY_WITH_IMAGES: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data: https: http:; base-uri 'none'; form-action 'none'; \
     frame-ancestors 'self'; sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox",
);

const STYLE: &str = "html{background:#fff;color:#1c1c1c;color-scheme:only light}body{margin:16px;font:15px/1.5 system-ui,sans-serif;\
    overflow-wrap:anywhere}img{max-width:100%;height:auto}img:not([src]){border:1px dashed #b5b5b5;border-radius:3px;padding:0 .3em;\
    color:#6b6b6b;font-size:13px}img[width='1']:not([src]),img[height='1']:not([src]){display:none}\
    table{max-width:100%}a{color:#0b5f8a}blockquote{margin:0 0 0 .6em;\
    padding-left:.8em;border-left:3px solid #d5d5d5}pre{white-space:pre-wrap}.plain{white-space:pre-wrap}body>details.quotation{margin-top:1em}\
    body>details.quotation>summary,.folded>summary{cursor:pointer;display:inline-block;padding:0 .7em;border:1px solid #b5b5b5;border-radius:99px;\
    color:#555;font:13px/1.6 system-ui,sans-serif}";

/// The answer.
pub async fn body(
    Given(state): Given<State>,
    visitor: Visitor,
    Named(id): Named<MessageNoun>,
    Query(asked): Query<Asked>,
) -> Result<Response, Failure> {
    find_whole(&state.db, visitor.workspace, &visitor.sight, id).await?.ok_or_else(Failure::not_found)?;
    let body = find(&state, visitor.workspace, id).await?.ok_or_else(Failure::not_found)?;
    let inside = match body.kind {
        BodyKind::Html => cleaned(id, &body, asked.images()).folded(),
        BodyKind::Text => plain_text::folded(&body.content),
    };
    Ok(framed(&inside, asked.images()))
}

/// Harmless HTML for the inside of a frame, behind the same walls.
pub fn framed(inside: &Markup, images: RemoteImages) -> Response {
    let page = html! {
        (DOCTYPE)
        html {
            head { meta charset="utf-8"; meta name="referrer" content="no-referrer"; title { "Message" } style { (PreEscaped(STYLE)) } }
            body { (inside) }
        }
    };
    let policy = if images == RemoteImages::Shown { POLICY_WITH_IMAGES } else { POLICY };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    ];
    (headers, page.into_string()).into_response()
}

/// Somebody's own HTML, cleaned, for the inside of a frame; images from outside are left out.
pub fn framed_html(source: &str) -> Response {
    framed(&PreEscaped(sanitise::html(source, RemoteImages::Blocked, "cid:").html), RemoteImages::Blocked)
}

/// The frame that shows such an address.
pub fn frame_of(address: &str, title: &str) -> Markup {
    html! { iframe.body src=(address) title=(title) loading="lazy" sandbox="allow-same-origin allow-popups allow-popups-to-escape-sandbox" {} }
}

/// A message's text as it is shown. Whoever looks here at what was sent is not its reader: our own pixels and links are taken
/// out.
///
/// # Errors
/// As the store's reads.
pub async fn find(state: &State, workspace: WorkspaceId, id: MessageId) -> Result<Option<MessageBody>, Failure> {
    let Some(mut body) = rows::body(&state.db, id).await? else { return Ok(None) };
    if body.kind == BodyKind::Html && ["/t/o/", "/t/c/"].iter().any(|ours| body.content.contains(ours)) {
        body.content = state.api.tracker.ours(workspace).await?.taken_from(&body.content);
    }
    Ok(Some(body))
}

/// A message's HTML, harmless: what is new, and the quotation behind it.
pub struct Parts {
    new: Cleaned,
    quotation: Option<Cleaned>,
}

impl Parts {
    /// How many remote images were left out.
    pub fn blocked_images(&self) -> u32 {
        self.new.blocked_images + self.quotation.as_ref().map_or(0, |quotation| quotation.blocked_images)
    }

    /// What is new, with the quotation folded away.
    fn folded(&self) -> Markup {
        html! {
            (PreEscaped(&self.new.html))
            @if let Some(quotation) = &self.quotation {
                details.quotation { summary { "Quoted text" } (PreEscaped(&quotation.html)) }
            }
        }
    }
}

/// Cleans a message's HTML. The two parts are cleaned apart, so that each is whole whatever was open between them.
pub fn cleaned(message: MessageId, body: &MessageBody, images: RemoteImages) -> Parts {
    let inline_root = format!("/messages/{message}/inline?cid=");
    let clean = |source: &str| sanitise::html(source, images, &inline_root);
    match quotation_start(&body.content) {
        Some(start) => {
            let (new, quotation) = body.content.split_at(start);
            Parts { new: clean(new), quotation: Some(clean(quotation)) }
        }
        None => Parts { new: clean(&body.content), quotation: None },
    }
}
