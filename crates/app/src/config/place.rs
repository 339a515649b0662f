//! Which cloud is meant, by its name, by addresses of a known one, or by addresses of its own.

use graph::Cloud;
use url::Url;

use super::value::Wrong;

/// The cloud that is named, or that the addresses belong to.
pub fn cloud(named: Option<Cloud>, authority: Option<Url>, graph: Option<Url>) -> Result<Cloud, Wrong> {
    let known = || Cloud::names().filter_map(Cloud::named);
    let of_graph = graph.as_ref().and_then(|url| known().find(|cloud| cloud.graph_root() == trimmed(url)));
    let of_authority = authority.as_ref().and_then(|url| known().find(|cloud| cloud.authority() == trimmed(url)));
    let base = named.or_else(|| of_graph.clone()).or_else(|| of_authority.clone()).unwrap_or_else(Cloud::global);
    // Two clouds may share a sign-in host; none shares Graph's.
    let stranger = of_graph.filter(|cloud| cloud.graph_root() != base.graph_root());
    let stranger = stranger.or_else(|| of_authority.filter(|cloud| cloud.authority() != base.authority()));
    if let Some(stranger) = stranger {
        return Err(Wrong {
            why: format!("Tokens of the cloud {} are worth nothing in the cloud {}", stranger.name(), base.name()),
            mend: "Give microsoft.cloud alone, or an authority and a Graph host of one cloud.".to_owned(),
        });
    }
    let authority = authority.as_ref().map_or(base.authority(), trimmed);
    let graph = graph.as_ref().map_or(base.graph_root(), trimmed);
    if (authority, graph) == (base.authority(), base.graph_root()) {
        return Ok(base);
    }
    Cloud::custom(authority, graph)
        .map_err(|error| Wrong { why: error.to_string(), mend: "Write whole addresses such as https://graph.microsoft.com.".to_owned() })
}

fn trimmed(url: &Url) -> &str {
    url.as_str().trim_end_matches('/')
}
