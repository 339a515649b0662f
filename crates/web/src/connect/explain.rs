//! What can go wrong on the way to a connected mailbox, in words with the next step.

use base::Problem;
use http::StatusCode;

use crate::failure::Failure;

fn refused(code: &str, title: &str, detail: impl Into<String>, action: &str) -> Failure {
    Failure::new(StatusCode::BAD_REQUEST, Problem::new(code, title, detail, action))
}

/// No registration is configured.
pub fn no_registration() -> Failure {
    refused(
        "registration_missing",
        "Rapport is not registered with Microsoft yet.",
        "Neither MICROSOFT_CLIENT_ID nor microsoft.client_id is set, so Microsoft does not know who is asking.",
        "An administrator registers Rapport in Entra ID (the README says how, step by step), sets the client id and secret, and starts \
         Rapport again.",
    )
}

/// No client at Google is configured.
pub fn no_google_client() -> Failure {
    refused(
        "google_not_configured",
        "Rapport is no client of Google's yet.",
        "google.client_id is not set, so Google does not know who is asking.",
        "An administrator makes an OAuth client of the kind \u{201c}Web application\u{201d} in the Google Cloud console (docs/OPERATING.md says \
         how), sets google.client_id and google.client_secret, and starts Rapport again.",
    )
}

/// The box for contacts was left empty on Google's page.
pub fn google_box_not_ticked() -> Failure {
    refused(
        "google_contacts_not_granted",
        "Google was not told to show the contacts.",
        "On Google's page the box for contacts was not ticked.",
        "Connect again, and tick \u{201c}See and download your contacts\u{201d}.",
    )
}

/// Google gave no token that lasts.
pub fn google_not_lasting() -> Failure {
    refused(
        "google_no_refresh_token",
        "Google's permission would end within the hour.",
        "It came without a refresh token.",
        "Take Rapport's access away at myaccount.google.com/connections, and connect again.",
    )
}

/// No application registration is configured.
pub fn no_application() -> Failure {
    refused(
        "application_missing",
        "There is no app-only registration.",
        "A shared mailbox is reached by the application's own permission, and EMAILBOT_M365_CLIENT_ID is not set.",
        "An administrator sets EMAILBOT_M365_TENANT_ID, EMAILBOT_M365_CLIENT_ID and EMAILBOT_M365_CLIENT_SECRET and starts Rapport again.",
    )
}

/// An address that is none.
pub fn not_an_address() -> Failure {
    refused(
        "address_invalid",
        "That is not an e-mail address.",
        "It has no name before or no domain after its @.",
        "Write it whole, such as support@contoso.example.",
    )
}

/// Somebody without a session began, and nobody may.
pub fn not_open() -> Failure {
    let problem = Problem::new(
        "connect_not_open",
        "Only an administrator can connect a mailbox here.",
        "Nobody is signed in to the console, and no organisation's people may come in by themselves.",
        "Sign in to the console first, or ask the administrator to let your organisation in: `rapport workspaces --help` says how.",
    );
    Failure::new(StatusCode::FORBIDDEN, problem)
}

/// A place to go back to that is not listed.
pub fn foreign_return() -> Failure {
    refused(
        "return_to_refused",
        "The page that sent you here may not have you sent back.",
        "Its address is not on the list of those that Rapport returns to.",
        "An administrator adds its origin to server.return_origins, or leaves return_to out.",
    )
}

/// Neither a code nor an error came back.
pub fn empty_callback() -> Failure {
    refused(
        "callback_empty",
        "Microsoft sent nothing back.",
        "The address holds neither a code nor an error, as if it had been opened by hand.",
        "Begin again at Connect a mailbox.",
    )
}

/// The state is unknown, used or too old.
pub fn flow_over() -> Failure {
    refused(
        "flow_over",
        "This sign-in has expired or has already been used.",
        "A sign-in lasts ten minutes and works once; going back in the browser repeats one that is over.",
        "Begin again at Connect a mailbox.",
    )
}

/// Another browser came back than the one that began.
pub fn other_browser() -> Failure {
    refused(
        "flow_of_another_browser",
        "This sign-in was begun in another browser.",
        "To keep others from connecting their mailbox in your name, it must end where it began. The same happens if cookies are blocked or \
         the address changed between localhost and 127.0.0.1.",
        "Begin again here, at Connect a mailbox, and stay in this browser.",
    )
}

/// The account was proven wrong.
pub fn not_proven(reason: &dyn std::error::Error) -> Failure {
    refused(
        "identity_not_proven",
        "Microsoft's answer does not prove who signed in.",
        format!("Rapport checks the signature, the time and the addressee of it: {reason}."),
        "Begin again. If it stays so, an administrator runs `rapport doctor`, which looks at the clock and at Microsoft's keys.",
    )
}

/// The account belongs to an organisation that no workspace is for.
pub fn foreign_tenant(tenant: &str) -> Failure {
    let problem = Problem::new(
        "tenant_not_open",
        "Your organisation is not known here.",
        format!("No workspace is for people of the Microsoft 365 organisation {tenant}, nor for those of your address's domain."),
        "Sign in with your work account, or ask the administrator to let your organisation in: `rapport workspaces --help` says how.",
    );
    Failure::new(StatusCode::FORBIDDEN, problem)
}

/// Somebody else's account was chosen.
pub fn other_account(wanted: &str, chosen: &str) -> Failure {
    refused(
        "account_of_another",
        "That is another account than yours.",
        format!("You are known here as {wanted} and chose {chosen} at Microsoft."),
        "Begin again and choose your own account. Only an administrator can connect others.",
    )
}

/// A provider that the flow was not begun for.
pub fn other_provider(begun: &str) -> Failure {
    refused(
        "provider_of_another_flow",
        "That is another provider than this sign-in was begun for.",
        format!("It was begun for {begun}."),
        "Send the same provider, or begin again.",
    )
}

/// A person whose address is not known cannot be told from others.
pub fn no_address() -> Failure {
    refused(
        "address_missing",
        "Your address is not known.",
        "The token that you sent names no e-mail address, so your account cannot be told from others.",
        "An administrator has the CRM put the address into the token, or names its claim in api.jwt_email_claim.",
    )
}

/// A redirect address that is not registered.
pub fn foreign_redirect(listed: &[url::Url]) -> Failure {
    let listed: Vec<&str> = listed.iter().map(url::Url::as_str).collect();
    refused(
        "redirect_uri_unknown",
        "That redirect address is not registered.",
        format!("Registered are: {}.", listed.join(", ")),
        "Use one of them exactly (scheme, host, port and last slash count), or add it in Entra ID and to microsoft.redirect_uris.",
    )
}

/// What was sent as a token is no user's.
pub fn token_of_no_person() -> Failure {
    refused(
        "token_of_no_person",
        "That token is no user's.",
        "An address may carry only a user's token (JWT), never an API key: addresses are written down in many places.",
        "Have the CRM make a token for its user, valid for a minute or two.",
    )
}

/// A provider that there is not.
pub fn unknown_provider(name: &str) -> Failure {
    refused(
        "provider_unknown",
        "That cannot be connected.",
        format!("The provider is \"{}\".", name.chars().take(64).collect::<String>()),
        "Use microsoft_outlook for mail, microsoft_calendar for the calendar or microsoft_contacts for contacts.",
    )
}

/// The consent did not give what is needed.
pub fn scope_missing(scope: &str) -> Failure {
    refused(
        "scope_missing",
        "The consent does not cover what Rapport needs.",
        format!("Microsoft granted no {scope}: a box was left out, or an administrator allows less."),
        "Connect again and accept all permissions, or ask an administrator to grant them in Entra ID under Enterprise applications.",
    )
}

/// A session of another program for which it kept no token.
pub fn no_tokens_for_session() -> Problem {
    Problem::new(
        "tokens_missing",
        "No Microsoft tokens found for session.",
        "The row holds no refresh token: the person never connected there, or has disconnected",
        "Have the person connect here: /auth/microsoft?provider=microsoft_contacts.",
    )
}

/// A token that is not sent as we send tokens.
pub fn token_of_another_type() -> Problem {
    Problem::new(
        "token_type_unknown",
        "The session's token is of another type.",
        "Microsoft's tokens are Bearer tokens, and the row says something else",
        "Check that the table is that of Outlook's tokens (`tokens.table` in integrations.json), or have the person connect here.",
    )
}

/// A grant of which Microsoft does not say whose it is.
pub fn nobody_known() -> Problem {
    Problem::new(
        "account_unknown",
        "Whose account the session's token is for cannot be learnt.",
        "It came without an ID token of that account, and without User.Read Microsoft does not say who it is",
        "Have the person connect here: /auth/microsoft?provider=microsoft_contacts.",
    )
}

/// An account that somebody has disconnected here.
pub fn disconnected_here() -> Problem {
    Problem::new(
        "account_disconnected",
        "The session's account was disconnected here.",
        "What a person has disconnected is not connected again by a table",
        "Have the person connect again, if that is wanted.",
    )
}
