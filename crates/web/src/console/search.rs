//! `GET /search?q=[&mailbox=][&order=ranked][&after=]`: messages that a query finds. Its clauses are chips that can be taken
//! away one by one; a mistake in it is shown at its place; an answer that is not whole says so.

use api::read::search::{self, Wanted};
use api::view::Message;
use axum::extract::{Query as Asking, State as Given};
use axum::response::Html;
use maud::{Markup, html};
use model::id::MailboxId;
use model::query::{CHARACTERS_MAX, KEYS, Mistake, Query};
use serde::Deserialize;
use store::search::{Order, Page, RANKED_MAX};

use crate::console::mailbox::{self, PAGE};
use crate::failure::Failure;
use crate::state::State;
use crate::view::format::grouped;
use crate::view::frame::{self, Part};
use crate::view::marked::Marks;
use crate::view::message_list::{found, older};
use crate::view::{address, curl};
use crate::visitor::Visitor;

/// What is searched for.
#[derive(Deserialize)]
pub struct Asked {
    #[serde(default)]
    q: String,
    /// Only in this mailbox: becomes a clause.
    mailbox: Option<MailboxId>,
    #[serde(default)]
    order: String,
    after: Option<String>,
}

/// A search and what came of it.
struct Shown {
    text: String,
    ranked: bool,
    further: bool,
    outcome: Result<Answer, Mistake>,
}

struct Answer {
    query: Query,
    page: Page,
    messages: Vec<Message>,
}

/// The page.
pub async fn search(Given(state): Given<State>, visitor: Visitor, Asking(asked): Asking<Asked>) -> Result<Html<String>, Failure> {
    let shown = read(&state, &visitor, asked).await?;
    let main = html! {
        div.heading { h1 { "Search" } p.summary { "In all mailboxes that you may see" @if shown.ranked { ", the best first" } @else { ", the newest first" } } }
        (form(&shown))
        @match &shown.outcome {
            Err(mistake) => (mistaken(&shown.text, mistake)),
            Ok(answer) => { (chips(&shown, answer)) (results(&shown, answer, state.clock.now())) }
        }
        (curl::read(&state.settings.base_url, &api_address(&shown)))
    };
    Ok(Html(frame::signed_in("Search", Part::Search, &visitor, &main).into_string()))
}

async fn read(state: &State, by: &Visitor, asked: Asked) -> Result<Shown, Failure> {
    let mut text: String = asked.q.trim().chars().take(CHARACTERS_MAX + 1).collect();
    if let Some(id) = asked.mailbox {
        let mailbox = mailbox::find(state, by, id).await?;
        text = format!("{text} mailbox:{}", mailbox.address).trim().to_owned();
    }
    let ranked = asked.order == "ranked";
    let outcome = match Query::read(&text) {
        Err(mistake) => Err(mistake),
        Ok(query) => Ok(answer(state, by, query, ranked, asked.after.as_deref()).await?),
    };
    Ok(Shown { text, ranked, further: asked.after.is_some(), outcome })
}

async fn answer(state: &State, by: &Visitor, query: Query, ranked: bool, after: Option<&str>) -> Result<Answer, Failure> {
    if query.is_empty() {
        return Ok(Answer { query, page: Page { complete: true, ..Page::default() }, messages: Vec::new() });
    }
    let order = if ranked { Order::Ranked } else { Order::Newest };
    let after = after.and_then(|text| text.parse().ok());
    let wanted = Wanted { query: &query, order, after, limit: PAGE, now: state.clock.now() };
    let found = search::search(&state.db, by.workspace, &by.sight, wanted).await?;
    Ok(Answer { page: found.page, messages: found.data, query })
}

fn here(text: &str, ranked: bool, after: &str) -> String {
    address::with("/search", &[("q", text), ("order", if ranked { "ranked" } else { "" }), ("after", after)])
}

fn api_address(shown: &Shown) -> String {
    address::with("/api/v1/search", &[("q", shown.text.as_str()), ("order", if shown.ranked { "ranked" } else { "" })])
}

fn form(shown: &Shown) -> Markup {
    let wrong = shown.outcome.is_err();
    html! {
        form.wide-search role="search" action="/search" method="get" {
            @if shown.ranked { input type="hidden" name="order" value="ranked"; }
            label.hidden for="q" { "What to search for" }
            input #q type="search" name="q" value=(shown.text) autocomplete="off" spellcheck="false" list="keys-of-search"
                placeholder="offer from:bo after:30d" aria-invalid=[wrong.then_some("true")] aria-describedby=[wrong.then_some("mistake")];
            datalist #keys-of-search { @for (key, value) in KEYS { option value={ (key) ":" } { (value) } } }
            button type="submit" { "Search" }
        }
    }
}

/// The query with the wrong place marked, and how to mend it.
fn mistaken(text: &str, mistake: &Mistake) -> Markup {
    let start = text.floor_char_boundary(mistake.at.min(text.len()));
    let end = text.ceil_char_boundary((mistake.at + mistake.length).min(text.len())).max(start);
    html! {
        div.callout #mistake role="alert" {
            p.place-of-error { (text[..start]) mark { (text[start..end]) @if start == end { "…" } } (text[end..]) }
            p.title { (mistake.what) }
            p { (mistake.mend) }
        }
        (help())
    }
}

fn chips(shown: &Shown, answer: &Answer) -> Markup {
    let chips = answer.query.chips();
    let order = |ranked: bool, words: &str| {
        html! {
            a.chip href=(here(&shown.text, ranked, "")) aria-current=[(shown.ranked == ranked).then_some("true")] { (words) }
        }
    };
    html! {
        @if !chips.is_empty() {
            div.chips role="group" aria-label="What must hold" {
                @for chip in &chips {
                    span.chip.negated[chip.negated] dir="auto" {
                        span { @if !chip.key.is_empty() || chip.negated { b { (chip.key) } " " } (chip.value) }
                        a href=(here(&chip.without, shown.ranked, "")) aria-label={ "Without " (chip.text) } { "×" }
                    }
                }
            }
            div.chips role="group" aria-label="Order and narrowing" {
                (order(false, "Newest first")) (order(true, "Best first"))
                @for (key, clause, words) in NARROWER {
                    @if !chips.iter().any(|chip| chip.key == *key) {
                        a.chip href=(here(&format!("{} {clause}", answer.query), shown.ranked, "")) { "+ " (words) }
                    }
                }
            }
        }
    }
}

/// Clauses that are offered while none of their key is there.
const NARROWER: &[(&str, &str, &str)] =
    &[("has", "has:attachment", "with attachments"), ("is", "is:unread", "unread"), ("after", "after:30d", "of the last 30 days")];

fn results(shown: &Shown, answer: &Answer, now: base::Timestamp) -> Markup {
    let page = &answer.page;
    html! {
        @for clause in &page.unknown {
            p.notice { code { (clause) } " names something that is not here, or that you may not see, so nothing can match it." }
        }
        @if answer.query.is_empty() { (nothing_asked()) }
        @else if answer.messages.is_empty() { (nothing(shown, page)) }
        @else { (found(&answer.messages, &Marks::of(&answer.query), now)) }
        @if !page.complete { (incomplete(shown, page)) }
        @if let Some(next) = &page.next { (older(&here(&shown.text, shown.ranked, &next.to_string()))) }
    }
}

fn incomplete(shown: &Shown, page: &Page) -> Markup {
    html! {
        p.notice {
            @if shown.ranked {
                "More messages match than are ranked: the best of the newest " (grouped(i64::try_from(RANKED_MAX).unwrap_or(0))) " are shown. "
                a href=(here(&shown.text, false, "")) { "Show all, newest first" }
            } @else {
                "The search stopped after " (grouped(i64::from(page.looked_at))) " messages, to answer in time. \u{201c}Older\u{201d} goes on from there."
            }
        }
    }
}

fn nothing_asked() -> Markup {
    html! {
        div.empty { h2 { "Search for words" } p { "In the subject, the people and the text. All of them must be in a message." } }
        (help())
    }
}

fn nothing(shown: &Shown, page: &Page) -> Markup {
    html! {
        div.empty {
            @if shown.further { h2 { "Nothing older" } p { "That was the oldest message with all of this." } }
            @else if !page.complete { h2 { "Nothing yet" } p { "Nothing was found among the newest messages." } }
            @else { h2 { "No message has all of this" } p { "Take away one of the demands above, or type fewer or shorter words." } }
        }
    }
}

fn help() -> Markup {
    html! {
        section.panel {
            h2 { "What can be typed" }
            dl.help-of-search {
                div { dt { code { "offer spring" } } dd { "both words, anywhere" } }
                div { dt { code { "\"spring offer\"" } } dd { "these words side by side" } }
                div { dt { code { "camp*" } } dd { "words that begin so" } }
                div { dt { code { "-newsletter" } } dd { "not this" } }
                @for (key, value) in KEYS { div { dt { code { (key) ":" } } dd { (value) } } }
            }
        }
    }
}
