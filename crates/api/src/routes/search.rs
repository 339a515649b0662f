//! `/api/v1/search`.

use axum::extract::State as Given;
use axum::response::Response;
use model::query::Query;
use serde::Deserialize;
use store::search::{Cursor, Order};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::access::{Asker, Scope, Sight};
use crate::answer::{self, Conditions, Page, Paging};
use crate::asked::Listed;
use crate::failure::Failure;
use crate::read::search::{Wanted, search};
use crate::state::State;
use crate::view;

/// The routes of this file.
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new().routes(routes!(find))
}

/// What is looked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Asked {
    /// Words, `"phrases"`, `begin*`, `from:`, `to:`, `cc:`, `subject:`, `has:attachment`, `in:`, `before:`, `after:`, `is:`,
    /// `customer:`, `person:`, `mailbox:`, each also with `-` before it, in any mix.
    #[param(max_length = 1000)]
    q: String,
    /// `newest` (the usual) or `ranked`.
    #[param(inline)]
    order: Option<SearchOrder>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum SearchOrder {
    #[default]
    Newest,
    Ranked,
}

/// Search
///
/// Over all mailboxes that you may see; a word never matches text that you may not read.
#[utoipa::path(get, path = "/api/v1/search", operation_id = "search", tag = "Search", params(Asked, Paging),
    responses((status = 200, body = view::Found)))]
async fn find(
    Given(state): Given<State>,
    asker: Asker,
    Listed { paging, filters }: Listed<Asked>,
    conditions: Conditions,
) -> Result<Response, Failure> {
    asker.may(Scope::Read)?;
    let fields = Page::<view::Message>::fields(&paging)?;
    let (limit, list) = (paging.limit()?, paging.list(&state, &asker, "search"));
    let after: Option<String> = list.position()?;
    let query = Query::read(&filters.q).map_err(|mistake| {
        let detail = format!("{} (from byte {} of `q`, {} bytes)", mistake.what.trim_end_matches('.'), mistake.at, mistake.length);
        Failure::bad_request(&format!("query_{}", mistake.code), detail, mistake.mend)
    })?;
    let order = match filters.order.unwrap_or_default() {
        SearchOrder::Newest => Order::Newest,
        SearchOrder::Ranked => Order::Ranked,
    };
    let after: Option<Cursor> = after.and_then(|text| text.parse().ok());
    let sight = Sight::of(&state.db, &asker).await?;
    let wanted = Wanted { query: &query, order, after, limit, now: state.clock.now() };
    let found = search(&state.db, asker.workspace, &sight, wanted).await?;
    let clauses = query.chips().into_iter().map(|chip| view::Clause {
        key: chip.key.to_owned(),
        value: chip.value,
        is_negated: chip.negated,
        text: chip.text,
    });
    let answered = view::Found {
        next: found.next.map(|next| list.cursor(&next.to_string())),
        looked_at: found.page.looked_at,
        is_complete: found.page.complete,
        unknown: found.page.unknown,
        clauses: clauses.collect(),
        data: found.data,
    };
    Ok(answer::picking_each(&answered, "data", &fields, &conditions))
}
