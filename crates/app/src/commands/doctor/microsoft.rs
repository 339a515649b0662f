//! What is at Microsoft's: the sign-in host, its clock against ours, Graph, and whether the secrets are accepted.
//!
//! Nothing is changed there and no mail is read. Whether a secret is right is asked by a token of the application's own,
//! which every registration may have; what it permits is not looked at, because tokens are opaque to us.

use std::time::Duration;

use base::{Clock, Timestamp};
use bytes::Bytes;
use http::{Request, Response, StatusCode, header};
use transport::Transport;
use url::Url;

use super::finding::Finding;
use crate::config::Settings;
use crate::wire::{House, transport};

/// Microsoft refuses assertions and we misjudge expiries beyond a few minutes.
const SKEW_WRONG: Duration = Duration::from_secs(240);
const SKEW_NOTE: Duration = Duration::from_secs(30);

/// Asks the sign-in host, Graph, and for a token of each registration.
pub async fn findings(settings: &Settings, clock: &Clock) -> Vec<Finding> {
    let transport = match transport(settings) {
        Ok(transport) => transport,
        Err(failure) => return vec![Finding::wrong("Microsoft", failure.problems[0].detail.clone(), failure.problems[0].action.clone())],
    };
    let mut findings = sign_in_host(settings, clock, &transport).await;
    findings.push(graph_host(settings, &transport).await);
    findings.extend(secrets(settings, clock).await);
    findings
}

async fn sign_in_host(settings: &Settings, clock: &Clock, transport: &impl Transport) -> Vec<Finding> {
    let tenant = settings.microsoft.as_ref().map_or("common", |own| &own.tenant);
    let address = settings.cloud.identity_url(tenant, "v2.0/.well-known/openid-configuration");
    let what = "sign-in host";
    let host = host_of(&address);
    let answer = match get(transport, &address).await {
        Ok(answer) => answer,
        Err(why) => return vec![unreachable(what, &host, &why), Finding::left_out("clock", "the sign-in host did not answer")],
    };
    let reached = match answer.status() {
        StatusCode::OK => Finding::well(what, format!("{host} answers and knows the tenant {tenant}")),
        StatusCode::BAD_REQUEST => Finding::wrong(
            what,
            format!("{host} does not know the tenant {tenant} (AADSTS90002)"),
            "copy \"Directory (tenant) ID\" from the registration's Overview page into MICROSOFT_TENANT_ID",
        ),
        other => Finding::wrong(what, format!("{host} answers {other}"), "look whether a proxy stands in between, and try again"),
    };
    vec![reached, skew(&answer, clock.now())]
}

/// The difference of the clocks, by the `Date` of an answer (a whole second).
fn skew(answer: &Response<Bytes>, now: Timestamp) -> Finding {
    let date = answer.headers().get(header::DATE).and_then(|value| value.to_str().ok()).and_then(read_http_date);
    let Some(theirs) = date else { return Finding::left_out("clock", "the sign-in host did not say what time it is") };
    let away = theirs.since(now).max(now.since(theirs));
    let found = format!("{} s away from Microsoft's", away.as_secs());
    let mend = "set this machine's clock by NTP; tokens are refused or used too long otherwise";
    match away {
        _ if away >= SKEW_WRONG => Finding::wrong("clock", found, mend),
        _ if away >= SKEW_NOTE => Finding::note("clock", found, mend),
        _ => Finding::well("clock", found),
    }
}

/// `Sun, 06 Nov 1994 08:49:37 GMT`, the only form that servers still send (RFC 9110, 5.6.7).
fn read_http_date(text: &str) -> Option<Timestamp> {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let words: Vec<&str> = text.split(' ').collect();
    let [_, day, month, year, time, "GMT"] = words.as_slice() else { return None };
    let month = MONTHS.iter().position(|name| name == month)? + 1;
    Timestamp::parse(&format!("{year}-{month:02}-{day:0>2}T{time}Z"))
}

async fn graph_host(settings: &Settings, transport: &impl Transport) -> Finding {
    let what = "Graph";
    let root = settings.cloud.graph_root();
    let Ok(address) = Url::parse(&format!("{root}/v1.0/me")) else { return Finding::left_out(what, "its address is none") };
    let host = host_of(&address);
    match get(transport, &address).await {
        // Without a token it must refuse: that is Graph's own voice.
        Ok(answer) if answer.status() == StatusCode::UNAUTHORIZED => Finding::well(what, format!("{host} answers")),
        Ok(answer) => Finding::wrong(
            what,
            format!("{host} answers {}, which is not Graph's way", answer.status()),
            "check microsoft.graph_url and the proxy",
        ),
        Err(why) => unreachable(what, &host, &why),
    }
}

/// Whether each registration's secret is accepted in its tenant.
async fn secrets(settings: &Settings, clock: &Clock) -> Vec<Finding> {
    let house = match House::open(settings.clone(), clock.clone()).await {
        Ok(house) => house,
        Err(_) => return vec![Finding::left_out("client secret", "the database or the key did not open")],
    };
    let mut findings = Vec::new();
    if let Some(own) = &settings.microsoft {
        let what = "client secret (people)";
        let many = matches!(own.tenant.as_str(), "common" | "organizations" | "consumers");
        findings.push(match many {
            true => Finding::left_out(what, format!("cannot be tried at `{}`; connecting a mailbox shows it", own.tenant)),
            false => secret(&house, what, &own.client_id, &own.tenant).await,
        });
    }
    if let Some(own) = &settings.application {
        findings.push(secret(&house, "client secret (application)", &own.client_id, &own.tenant).await);
    }
    findings
}

async fn secret(house: &House, what: &str, client_id: &str, tenant: &str) -> Finding {
    match house.graph.application_token(client_id, tenant).await {
        Ok(_) => Finding::well(what, "accepted by Microsoft"),
        Err(error) => {
            let problem = error.problem();
            Finding::wrong(what, format!("{}: {} ({})", problem.title, problem.detail, problem.code), problem.action)
        }
    }
}

async fn get(transport: &impl Transport, address: &Url) -> Result<Response<Bytes>, String> {
    let request = Request::get(address.as_str()).body(Bytes::new()).map_err(|error| error.to_string())?;
    transport.send(request).await.map_err(|error| error.to_string())
}

fn unreachable(what: &str, host: &str, why: &str) -> Finding {
    Finding::wrong(what, format!("{host} cannot be reached: {why}"), "look at name resolution, firewall and proxy of this machine")
}

fn host_of(address: &Url) -> String {
    let host = address.host_str().unwrap_or_default();
    address.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

#[cfg(test)]
mod tests {
    use super::super::finding::Verdict;
    use super::*;

    #[test]
    fn the_date_of_an_answer_is_read() {
        assert_eq!(read_http_date("Sun, 06 Nov 1994 08:49:37 GMT"), Timestamp::parse("1994-11-06T08:49:37Z"));
        assert_eq!(read_http_date("yesterday"), None);
    }

    #[test]
    fn a_clock_that_is_minutes_off_is_wrong_in_both_directions() {
        let answer = Response::builder().header(header::DATE, "Sun, 06 Nov 1994 08:49:37 GMT").body(Bytes::new()).unwrap();
        let verdict = |now: &str| skew(&answer, Timestamp::parse(now).unwrap()).verdict;
        assert_eq!(verdict("1994-11-06T08:49:40Z"), Verdict::Well);
        assert_eq!(verdict("1994-11-06T08:50:37Z"), Verdict::Note);
        assert_eq!(verdict("1994-11-06T08:40:37Z"), Verdict::Wrong);
        assert_eq!(verdict("1994-11-06T08:59:37Z"), Verdict::Wrong);
    }
}
