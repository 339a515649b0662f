//! Users of the directory: the list, one of them, the count.
//!
//! Eleven properties come back by default, others by `$select`; paging goes by `$skiptoken` (reference:
//! Graph, section 10).

use serde_json::{Map, Value, json};

use super::access::no_me;
use super::call::{Call, Owner};
use super::reply::Reply;
use super::select::unknown;
use crate::Refusal;
use crate::directory::{User, UserKind};

const STANDARD: [&str; 11] = [
    "businessPhones",
    "displayName",
    "givenName",
    "id",
    "jobTitle",
    "mail",
    "mobilePhone",
    "officeLocation",
    "preferredLanguage",
    "surname",
    "userPrincipalName",
];

/// What can be selected beyond the standard ones.
const FURTHER: [&str; 22] = [
    "accountEnabled",
    "assignedLicenses",
    "city",
    "companyName",
    "country",
    "createdDateTime",
    "department",
    "employeeId",
    "employeeType",
    "faxNumber",
    "imAddresses",
    "mailNickname",
    "onPremisesSyncEnabled",
    "otherMails",
    "postalCode",
    "proxyAddresses",
    "securityIdentifier",
    "showInAddressList",
    "state",
    "streetAddress",
    "usageLocation",
    "userType",
];

/// Names that a single user takes and a list refuses.
const SINGLE_ONLY: [&str; 11] = [
    "aboutMe",
    "birthday",
    "hireDate",
    "interests",
    "mySite",
    "pastProjects",
    "preferredName",
    "responsibilities",
    "schools",
    "skills",
    "mailboxSettings",
];

const PAGE: usize = 100;
const PAGE_MAX: usize = 999;

/// `/me` or `/users/{id}`
///
/// # Errors
/// 404 `Request_ResourceNotFound`, 403 `Authorization_RequestDenied`.
pub fn get(call: &Call<'_>, owner: &Owner) -> Result<Reply, Refusal> {
    let name = match (owner, &call.caller.user) {
        (Owner::User(name), _) => name,
        (Owner::Me, Some(user)) => user,
        (Owner::Me, None) => return Err(no_me()),
    };
    let user = call.world.directory.user(name).filter(|user| user.tenant_id == call.caller.tenant_id);
    let is_self = user.is_some_and(|user| Some(&user.id) == call.caller.user.as_ref());
    check_rights(call, is_self)?;
    let user = user.ok_or_else(|| {
        let message = format!("Resource '{name}' does not exist or one of its queried reference-property objects are not present.");
        Refusal::new(404, "Request_ResourceNotFound", message)
    })?;
    let (names, context) = selected(call, true)?;
    let context = call.context(&format!("users{context}/$entity"));
    let mut answer = Map::from_iter([("@odata.context".to_owned(), json!(context))]);
    answer.extend(written(user, &names));
    Ok(Reply::json(Value::Object(answer).to_string()).with_header("x-ms-resource-unit", "1"))
}

/// `/users`
///
/// # Errors
/// 400 for options out of range or not understood, 403 `Authorization_RequestDenied`.
pub fn list(call: &Call<'_>) -> Result<Reply, Refusal> {
    check_rights(call, false)?;
    let top = match call.options.top()? {
        Some(top) if top == 0 || top > PAGE_MAX => {
            let message = format!("Invalid page size specified: '{top}'. Must be between 1 and {PAGE_MAX} inclusive.");
            return Err(Refusal::new(400, "Request_BadRequest", message));
        }
        top => top.unwrap_or(PAGE),
    };
    if call.options.get("$skip").is_some() {
        return Err(Refusal::new(400, "Request_BadRequest", "'$skip' is not supported by the service."));
    }
    let (names, context) = selected(call, false)?;
    let users = matching(call)?;
    let behind = call.options.get("$skiptoken").map(read_place).transpose()?;
    let start = behind.map_or(0, |behind| users.partition_point(|user| user.id <= behind));
    let page = &users[start..users.len().min(start + top)];
    let mut answer = Map::from_iter([("@odata.context".to_owned(), json!(call.context(&format!("users{context}"))))]);
    if call.options.count()? && start == 0 {
        answer.insert("@odata.count".to_owned(), json!(users.len()));
    }
    if let (true, Some(last)) = (users.len() > start + top, page.last()) {
        let options = call.options.with_skip("$skiptoken", &place(&last.id));
        answer.insert("@odata.nextLink".to_owned(), json!(format!("{}/users?{options}", call.root())));
    }
    let value: Vec<Value> = page.iter().map(|user| Value::Object(written(user, &names))).collect();
    answer.insert("value".to_owned(), value.into());
    Ok(Reply::json(Value::Object(answer).to_string()).with_header("x-ms-resource-unit", "2"))
}

/// `/users/$count`, which wants `ConsistencyLevel: eventual`.
///
/// # Errors
/// 400 without that header, 403 `Authorization_RequestDenied`.
pub fn count(call: &Call<'_>) -> Result<Reply, Refusal> {
    check_rights(call, false)?;
    if !is_eventual(call) {
        let message = "$count is not currently supported without the ConsistencyLevel:eventual header.";
        return Err(Refusal::new(400, "Request_BadRequest", message));
    }
    Ok(Reply::raw("text/plain", matching(call)?.len().to_string().into()))
}

fn check_rights(call: &Call<'_>, is_self: bool) -> Result<(), Refusal> {
    const ALL: [&str; 6] = [
        "User.ReadBasic.All",
        "User.Read.All",
        "User.ReadWrite.All",
        "Directory.Read.All",
        "Directory.ReadWrite.All",
        "Directory.AccessAsUser.All",
    ];
    let own = is_self && (call.caller.holds("User.Read") || call.caller.holds("User.ReadWrite"));
    if own || ALL.iter().any(|name| call.caller.holds(name)) {
        return Ok(());
    }
    Err(Refusal::new(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation."))
}

fn selected(call: &Call<'_>, single: bool) -> Result<(Vec<&'static str>, String), Refusal> {
    let Some(text) = call.options.get("$select").map(str::trim).filter(|text| !text.is_empty()) else {
        return Ok((STANDARD.to_vec(), String::new()));
    };
    let mut names = Vec::new();
    for name in text.split(',').map(str::trim) {
        let known = STANDARD.iter().chain(&FURTHER).find(|known| known.eq_ignore_ascii_case(name));
        match known {
            Some(known) => names.push(*known),
            None if SINGLE_ONLY.iter().any(|known| known.eq_ignore_ascii_case(name)) => {
                if !single {
                    return Err(Refusal::new(400, "Request_BadRequest", format!("Property '{name}' is only supported on a single user.")));
                }
            }
            None => return Err(unknown(name, "user")),
        }
    }
    Ok((names, format!("({})", text.split(',').map(str::trim).collect::<Vec<_>>().join(","))))
}

fn matching<'a>(call: &'a Call<'_>) -> Result<Vec<&'a User>, Refusal> {
    let mut users: Vec<&User> = call.world.directory.users().filter(|user| user.tenant_id == call.caller.tenant_id).collect();
    if let Some(text) = call.options.get("$filter") {
        let filter = UserFilter::read(text)?;
        users.retain(|user| filter.passes(user));
    }
    if let Some(text) = call.options.get("$search") {
        if !is_eventual(call) {
            let message = "Request with $search query parameter only works through MSGraph with a special request header: 'ConsistencyLevel: eventual'";
            return Err(Refusal::new(400, "Request_UnsupportedQuery", message));
        }
        let wanted = search_terms(text);
        users.retain(|user| wanted.iter().any(|(name, value)| begins(&property(user, name), value)));
    }
    users.sort_by(|one, other| one.id.cmp(&other.id));
    Ok(users)
}

fn is_eventual(call: &Call<'_>) -> bool {
    call.request.header("ConsistencyLevel").eq_ignore_ascii_case("eventual")
}

/// One comparison, or several joined by `or`.
struct UserFilter(Vec<(String, &'static str, String)>);

impl UserFilter {
    fn read(text: &str) -> Result<Self, Refusal> {
        text.split(" or ")
            .map(comparison)
            .collect::<Option<Vec<_>>>()
            .map(Self)
            .ok_or_else(|| Refusal::new(400, "Request_UnsupportedQuery", "Unsupported or invalid query filter clause specified."))
    }

    fn passes(&self, user: &User) -> bool {
        self.0.iter().any(|(name, how, wanted)| {
            let value = property(user, name);
            match *how {
                "any" => value.as_array().is_some_and(|list| list.iter().any(|item| same(item, wanted))),
                "startswith" => begins(&value, wanted),
                "ne" => !same(&value, wanted),
                _ => same(&value, wanted),
            }
        })
    }
}

fn comparison(text: &str) -> Option<(String, &'static str, String)> {
    let text = text.trim();
    if let Some(inner) = text.strip_prefix("startswith(").or_else(|| text.strip_prefix("startsWith(")) {
        let (name, value) = inner.strip_suffix(')')?.split_once(',')?;
        return Some((name.trim().to_owned(), "startswith", literal(value)?));
    }
    if let Some((name, lambda)) = text.split_once("/any(") {
        let (_, value) = lambda.strip_suffix(')')?.split_once(" eq ")?;
        return Some((name.to_owned(), "any", literal(value)?));
    }
    for (word, how) in [(" eq ", "eq"), (" ne ", "ne")] {
        if let Some((name, value)) = text.split_once(word) {
            return Some((name.trim().to_owned(), how, literal(value)?));
        }
    }
    None
}

fn literal(text: &str) -> Option<String> {
    let text = text.trim();
    match text {
        "true" | "false" | "null" => Some(text.to_owned()),
        _ => text.strip_prefix('\'')?.strip_suffix('\'').map(|inner| inner.replace("''", "'")),
    }
}

fn same(value: &Value, wanted: &str) -> bool {
    match value {
        Value::String(text) => text.eq_ignore_ascii_case(wanted),
        Value::Bool(truth) => truth.to_string() == wanted,
        Value::Null => wanted == "null",
        _ => false,
    }
}

fn begins(value: &Value, wanted: &str) -> bool {
    value.as_str().is_some_and(|text| text.to_lowercase().starts_with(&wanted.to_lowercase()))
}

/// `"displayName:ann" OR "mail:ann"`
fn search_terms(text: &str) -> Vec<(String, String)> {
    let quoted = text.split('"').skip(1).step_by(2);
    quoted.filter_map(|term| term.split_once(':')).map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

fn written(user: &User, names: &[&'static str]) -> Map<String, Value> {
    names.iter().map(|name| ((*name).to_owned(), property(user, name))).collect()
}

fn property(user: &User, name: &str) -> Value {
    match name {
        "id" => json!(user.id),
        "displayName" => json!(user.display_name),
        "givenName" => json!(user.given_name),
        "surname" => json!(user.surname),
        "mail" => json!(user.mail),
        "userPrincipalName" => json!(user.user_principal_name),
        "preferredLanguage" => json!(user.preferred_language),
        "accountEnabled" => json!(user.account_enabled),
        "userType" => json!(if user.kind == UserKind::Guest { "Guest" } else { "Member" }),
        "createdDateTime" => json!(super::message_json::whole_seconds(user.created)),
        "mailNickname" => json!(user.user_principal_name.split('@').next()),
        "proxyAddresses" => {
            let primary = user.mail.iter().map(|mail| format!("SMTP:{mail}"));
            primary.chain(user.aliases.iter().map(|alias| format!("smtp:{alias}"))).collect()
        }
        "businessPhones" | "otherMails" | "imAddresses" | "assignedLicenses" => {
            user.properties.get(name).cloned().unwrap_or_else(|| json!([]))
        }
        _ => user.properties.get(name).cloned().unwrap_or(Value::Null),
    }
}

/// A place in the list as an opaque word.
fn place(id: &str) -> String {
    use base64::Engine as _;
    format!("m~{}", base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(id))
}

fn read_place(word: &str) -> Result<String, Refusal> {
    use base64::Engine as _;
    let decoded = word.strip_prefix("m~").and_then(|word| base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(word).ok());
    let text = decoded.and_then(|bytes| String::from_utf8(bytes).ok());
    text.ok_or_else(|| Refusal::new(400, "Request_BadRequest", "The specified page token value is invalid."))
}
