//! Microsoft's sign-in codes in plain words.
//!
//! One row for each trouble that an administrator or a user of a mail connection meets (identity-and-security.md 2):
//! what happened, why, what to do and who can do it. The codes choose words only; what the program does follows from
//! the OAuth error (see [`super::OauthError::recourse`]), except for the [`PASSING`] ones, which come under
//! `invalid_grant` and would otherwise cost a living grant. Some codes never come back to us, because Microsoft
//! shows them on its own page: they are here so that a person can look up what they read there.

use base::Problem;

use crate::oauth::error::OauthError;

/// What stands in the way of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    /// Nothing that lasts.
    Passing,
    /// How the application is registered or configured: every grant of it is refused.
    Registration,
    /// This grant: the person or their administrator must act.
    Grant,
}

/// Codes of troubles that pass by themselves, whatever OAuth error they come with.
const PASSING: &[u32] = &[50033, 50053, 50196, 70012, 90006, 90012, 90024, 90033, 90055, 90090];

struct Row {
    codes: &'static [u32],
    title: &'static str,
    detail: &'static str,
    action: &'static str,
}

const RECONNECT: &str = "Open Connections and choose Reconnect, then sign in with the same account.";

#[rustfmt::skip]
const ROWS: &[Row] = &[
    // The person or their administrator must act.
    Row { codes: &[65001], title: "Microsoft refused our access: nobody has consented to it",
        detail: "The user or an administrator has not granted, or has withdrawn, the permissions this application asks for.",
        action: "Open Connections and choose Reconnect, and accept the permissions; or ask an administrator of Microsoft 365 to grant consent for everybody." },
    Row { codes: &[65004], title: "The sign-in was cancelled",
        detail: "The permissions were not accepted on Microsoft's page.",
        action: "Start the connection again and accept the permissions." },
    Row { codes: &[90094], title: "An administrator has to consent first",
        detail: "The organisation does not let its users grant these permissions themselves.",
        action: "Send the administrator-consent link from Connections to an administrator of Microsoft 365, then connect again." },
    Row { codes: &[90095], title: "Consent has been requested from an administrator",
        detail: "The organisation lets an administrator decide about these permissions, and the request is waiting.",
        action: "Wait until an administrator has approved the request in Entra ID (Enterprise applications, Admin consent requests), then connect again." },
    Row { codes: &[700082], title: "The connection was not used for 90 days and has ended",
        detail: "Microsoft ends a permission that nobody has used for 90 days.",
        action: RECONNECT },
    Row { codes: &[70008], title: "The sign-in took too long, or the connection was idle too long",
        detail: "A sign-in must be finished within about ten minutes, and a permission used within 90 days.",
        action: RECONNECT },
    Row { codes: &[700084], title: "The connection ended after 24 hours",
        detail: "The redirect address is registered as a single-page application, whose permissions last one day.",
        action: "In Entra ID, under Authentication, register the redirect address for the platform Web instead of Single-page application; then reconnect." },
    Row { codes: &[50173], title: "Microsoft has ended all sessions of this account",
        detail: "The password was changed or reset, or an administrator signed the user out everywhere.",
        action: RECONNECT },
    Row { codes: &[50132, 50133, 50144, 50055], title: "The account's password has expired or was changed",
        detail: "Microsoft accepts nothing of this account until its password is renewed and used once.",
        action: "Change the password at Microsoft if it has expired, then open Connections and choose Reconnect." },
    Row { codes: &[50076, 50074, 50078, 50158], title: "Microsoft asks for a second proof of identity",
        detail: "A policy of the organisation now demands multi-factor authentication for this access.",
        action: "Open Connections and choose Reconnect, and approve Microsoft's prompt." },
    Row { codes: &[50079, 50072], title: "The account has to set up multi-factor authentication",
        detail: "A policy of the organisation demands a second proof of identity, and the account has none yet.",
        action: "Open Connections and choose Reconnect, and finish the security set-up that Microsoft shows." },
    Row { codes: &[70043, 70044], title: "The organisation's policy has ended the session",
        detail: "A Conditional Access policy limits how long a sign-in lasts, so this connection ends again and again.",
        action: "Reconnect now; and ask an administrator to exempt this application from the sign-in frequency, or use application permissions." },
    Row { codes: &[53003], title: "A Conditional Access policy blocks the access",
        detail: "The organisation's rules do not allow this application, account, or network address.",
        action: "Ask an administrator to look at the sign-in log in Entra ID and to exclude this application or the server's address from the policy; then reconnect." },
    Row { codes: &[53000, 53001, 53002, 53009, 50097, 50129, 50187, 50131], title: "A Conditional Access policy demands a managed device",
        detail: "A server cannot be a managed device or a protected app, so it cannot satisfy the policy.",
        action: "Ask an administrator to exclude this application from the policy, or to grant application permissions; then reconnect." },
    Row { codes: &[530032, 530035], title: "The organisation's security defaults block this sign-in",
        detail: "A security policy of the whole organisation refuses this way of signing in.",
        action: "Sign in through the browser by choosing Reconnect; if it is refused again, ask an administrator to look at the sign-in log in Entra ID." },
    Row { codes: &[53004, 53010, 53011], title: "Microsoft considers the account at risk",
        detail: "A risk policy blocks the account until it has been cleared.",
        action: "Ask an administrator to clear the user's risk in Entra ID, then reconnect." },
    Row { codes: &[50105], title: "The user is not assigned to the application",
        detail: "The application demands assignment, and this user has none.",
        action: "Ask an administrator to add the user or a group under Enterprise applications, this application, Users and groups; then reconnect." },
    Row { codes: &[501051], title: "The application is not assigned to the role it needs",
        detail: "The target demands that applications be assigned a role.",
        action: "Ask an administrator to assign the application role and to grant consent." },
    Row { codes: &[50057], title: "The account is disabled",
        detail: "An administrator has disabled this user in Entra ID.",
        action: "Ask an administrator to enable the user again, or remove the connection." },
    Row { codes: &[50034], title: "The account does not exist",
        detail: "The user is not in this organisation's directory: mistyped, deleted, or of another organisation.",
        action: "Check the address; if the user was deleted, remove the connection." },
    Row { codes: &[50020, 90072, 500208, 16000], title: "The account belongs to another organisation",
        detail: "The account signed in with is a personal one, or one of an organisation that this connection is not for.",
        action: "Sign out of the other account at Microsoft, and connect with a work account of this organisation." },
    Row { codes: &[50126, 50056], title: "Microsoft did not accept the user name or password",
        detail: "The sign-in at Microsoft did not succeed.",
        action: "Start the connection again and sign in on Microsoft's page." },
    Row { codes: &[50058, 50085, 50089], title: "Nobody is signed in at Microsoft any more",
        detail: "The session in the browser has ended, or the page was open too long.",
        action: "Start the connection again." },
    Row { codes: &[54005], title: "This sign-in has already been used",
        detail: "The page was loaded twice, or something opened the link before you did. Each sign-in counts once.",
        action: "If the connection shows as connected, nothing is to be done; otherwise start it again." },
    Row { codes: &[70000, 9002313], title: "Microsoft does not recognise the stored permission",
        detail: "The permission was issued to another application or is damaged.",
        action: RECONNECT },
    Row { codes: &[700003], title: "The device that this connection was made with was removed",
        detail: "Microsoft ends permissions that were given on a device that is no longer registered.",
        action: RECONNECT },
    Row { codes: &[50147, 501491, 501481], title: "The sign-in could not be matched with its beginning",
        detail: "It was started in another tab or browser, or this server was restarted in between.",
        action: "Start the connection again, in one tab." },
    Row { codes: &[700005], title: "The sign-in ended at another organisation than it began at",
        detail: "A code can be redeemed only where it was asked for.",
        action: "Check the tenant in the configuration, then start the connection again." },
    Row { codes: &[500021, 500212, 500213], title: "A policy between organisations blocks the access",
        detail: "Tenant restrictions or cross-tenant access settings refuse it.",
        action: "Ask the administrators of the network and of the organisation to allow this application." },
    Row { codes: &[650052], title: "The organisation does not have the service that is asked for",
        detail: "Exchange Online or another service that the permissions belong to is not part of its subscription.",
        action: "Ask an administrator whether the organisation has Exchange Online." },
    // The application's registration or our configuration must be put right.
    Row { codes: &[7000215, 70002], title: "Microsoft does not accept the client secret",
        detail: "The configured secret is wrong. Often the secret's ID was copied instead of its Value.",
        action: "In Entra ID, under Certificates & secrets, create a new client secret, and put its Value (not its ID) into the configuration." },
    Row { codes: &[7000222], title: "The client secret has expired",
        detail: "No connection of this application can be renewed until it has a new secret. Connections and mail are kept.",
        action: "In Entra ID, under Certificates & secrets, create a new client secret, and put its Value into the configuration." },
    Row { codes: &[7000218], title: "The client secret is missing",
        detail: "The application is registered as confidential, and no secret or certificate is configured.",
        action: "Put the client secret or the certificate into the configuration." },
    Row { codes: &[700025], title: "The application is registered as a public client, and a secret was sent",
        detail: "The redirect address is registered for the platform Mobile and desktop.",
        action: "In Entra ID, under Authentication, register the redirect address for the platform Web." },
    Row { codes: &[700027, 50012, 700021], title: "Microsoft does not accept the certificate",
        detail: "The configured certificate is not one of those uploaded for the application.",
        action: "In Entra ID, under Certificates & secrets, upload the public certificate that is configured here, and compare the thumbprints." },
    Row { codes: &[700024], title: "This server's clock is wrong",
        detail: "What it signed is outside the time in which Microsoft accepts it.",
        action: "Set this server's clock, and keep it set by a time service (NTP)." },
    Row { codes: &[700213, 700211, 700212], title: "Microsoft does not accept the federated credential",
        detail: "Its subject, issuer or audience differs from what is registered.",
        action: "Compare the federated credential under Certificates & secrets with what this server presents." },
    Row { codes: &[700016], title: "Microsoft does not know the application in this organisation",
        detail: "The client ID or the tenant ID is wrong, or no administrator of this organisation has consented yet.",
        action: "Compare the client ID and the tenant ID with the application's Overview in Entra ID; then send the administrator-consent link to an administrator." },
    Row { codes: &[7000112, 70001, 700011], title: "The application is disabled",
        detail: "An administrator has disabled it for sign-in, or removed it from the organisation.",
        action: "Ask an administrator to set \"Enabled for users to sign-in\" under Enterprise applications, this application, Properties; or to consent again." },
    Row { codes: &[50011], title: "The redirect address is not registered",
        detail: "Microsoft compares it letter by letter: http or https, host, port, path, closing slash.",
        action: "In Entra ID, under Authentication, add exactly the redirect address that the set-up page shows, for the platform Web." },
    Row { codes: &[500113], title: "The application has no redirect address",
        detail: "Microsoft does not know where to send the browser after the sign-in.",
        action: "In Entra ID, under Authentication, add the redirect address that the set-up page shows, for the platform Web." },
    Row { codes: &[9002326, 9002327], title: "The redirect address is registered for the wrong platform",
        detail: "It is registered as a single-page application, which a server cannot use.",
        action: "In Entra ID, under Authentication, register it for the platform Web." },
    Row { codes: &[50194], title: "The application is for one organisation only",
        detail: "It was asked for through the shared address of all organisations.",
        action: "Put the organisation's tenant ID into the configuration, or make the application multi-tenant in Entra ID." },
    Row { codes: &[90002, 50059, 9001023, 90038], title: "Microsoft does not know the organisation",
        detail: "The tenant in the configuration is missing or mistyped, or it belongs to another of Microsoft's clouds.",
        action: "Put the tenant ID from the application's Overview in Entra ID into the configuration, and check which cloud is configured." },
    Row { codes: &[50049], title: "Microsoft does not know the sign-in address",
        detail: "The configured cloud does not exist.",
        action: "Check which of Microsoft's clouds is configured." },
    Row { codes: &[500011, 65005, 650054, 650056, 650057], title: "The application's permissions do not fit what is asked for",
        detail: "A permission is missing in the registration, or it belongs to a service that the organisation does not have.",
        action: "In Entra ID, under API permissions, add the Microsoft Graph permissions that the set-up page lists, and grant consent." },
    Row { codes: &[650053], title: "A permission is asked for that does not exist",
        detail: "A scope in the configuration is mistyped.",
        action: "Compare the configured extra scopes with the names under API permissions in Entra ID." },
    Row { codes: &[70011, 28000, 28002, 700022, 700023, 1002012], title: "The permissions are asked for in a wrong form",
        detail: "Scopes of several services are mixed, or a scope is mistyped.",
        action: "Check the configured extra scopes: only Microsoft Graph's, separated by spaces." },
    Row { codes: &[700054, 70005, 70007], title: "The way of signing in is not enabled for the application",
        detail: "The registration does not allow the kind of answer that was asked for.",
        action: "In Entra ID, under Authentication, register the redirect address for the platform Web." },
    // It passes.
    Row { codes: &[50053], title: "Microsoft has locked sign-ins for a while",
        detail: "There were too many failed sign-ins, or the address of this server is considered malicious.",
        action: "Nothing now: it is tried again. If it stays, ask an administrator to look at the sign-in log in Entra ID." },
    Row { codes: &[50196], title: "Microsoft has seen the same request too often",
        detail: "It refuses the repetition for a while.",
        action: "Nothing now: it is tried again. If it stays, report it to us with the trace id." },
];

/// Whether this code names a trouble that passes by itself.
pub(crate) fn is_passing(code: u32) -> bool {
    PASSING.contains(&code)
}

/// The refusal in words for people.
pub(crate) fn problem(error: &OauthError) -> Problem {
    let row = ROWS.iter().find(|row| row.codes.iter().any(|code| error.codes.contains(code)));
    match row {
        Some(row) => Problem::new(error.code_name(), row.title, row.detail, row.action),
        None => by_cause(error),
    }
}

/// A problem for one of Microsoft's codes as a person reads it on Microsoft's own page; `None` for unknown ones.
pub fn explain(code: u32) -> Option<Problem> {
    let row = ROWS.iter().find(|row| row.codes.contains(&code))?;
    Some(Problem::new(format!("AADSTS{code}"), row.title, row.detail, row.action))
}

fn by_cause(error: &OauthError) -> Problem {
    let (title, detail, action) = match error.cause() {
        Cause::Passing => (
            "Microsoft's sign-in service cannot answer at the moment",
            "It is busy or disturbed; the connection itself is not affected.",
            "Nothing now: it is tried again. If it lasts for hours, look at Microsoft 365's service health.",
        ),
        Cause::Registration => (
            "Microsoft does not accept this application",
            "Its registration in Entra ID and the configuration here do not fit together.",
            "Compare the client ID, the tenant ID, the secret or certificate, and the redirect address with Entra ID.",
        ),
        Cause::Grant => ("Microsoft refused our access", "The permission of this connection has ended or was withdrawn.", RECONNECT),
    };
    Problem::new(error.code_name(), title, detail, action)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use base::Recourse;

    fn refusal(status: u16, error: &str, code: u32) -> OauthError {
        OauthError { codes: vec![code], ..OauthError::bare(status, error) }
    }

    #[test]
    fn no_code_has_two_explanations() {
        let mut seen = BTreeSet::new();
        for code in ROWS.iter().flat_map(|row| row.codes) {
            assert!(seen.insert(code), "{code} is explained twice");
        }
    }

    #[test]
    fn every_code_that_people_meet_is_explained_in_whole_sentences() {
        for code in [
            65001, 50011, 7000215, 7000222, 700082, 50173, 50076, 50079, 53003, 90094, 90095, 700016, 54005, 70008, 500113, 7000218,
            700027, 50105, 50057, 65004, 700024, 90002, 50194, 70043, 7000112,
        ] {
            let problem = explain(code).unwrap_or_else(|| panic!("{code} has no words"));
            assert_eq!(problem.code, format!("AADSTS{code}"));
            assert!(!problem.title.ends_with('.') && problem.detail.ends_with('.') && problem.action.ends_with('.'), "{code}");
        }
        assert_eq!(explain(1), None);
    }

    #[test]
    fn a_refusal_reads_as_one_message() {
        let message = refusal(401, "invalid_client", 7_000_222).problem().to_string();
        assert_eq!(
            message,
            "The client secret has expired\n\
             No connection of this application can be renewed until it has a new secret. Connections and mail are kept (AADSTS7000222)\n\
             Next: In Entra ID, under Certificates & secrets, create a new client secret, and put its Value into the configuration."
        );
    }

    #[test]
    fn a_dead_grant_a_wrong_registration_and_a_passing_trouble_are_told_apart() {
        for (status, error, code, dead, wait) in [
            (400, "invalid_grant", 50173, true, None),
            (400, "invalid_grant", 65001, true, None),
            (400, "interaction_required", 50076, true, None),
            (400, "invalid_grant", 53003, true, None),
            (401, "invalid_client", 7_000_215, false, Some(900)),
            (400, "unauthorized_client", 700_016, false, Some(900)),
            (400, "invalid_scope", 70011, false, Some(900)),
            (400, "invalid_request", 90002, false, Some(900)),
            (400, "invalid_grant", 70012, false, Some(30)),
            (429, "temporarily_unavailable", 90055, false, Some(30)),
            (503, "", 1, false, Some(30)),
            (503, "invalid_grant", 1, false, Some(30)),
        ] {
            let expected = if dead { Recourse::Reauthorize } else { Recourse::RetryAfter(std::time::Duration::from_secs(wait.unwrap())) };
            assert_eq!(refusal(status, error, code).recourse(), expected, "{status} {error} {code}");
        }
    }

    #[test]
    fn an_unknown_code_is_explained_by_its_cause() {
        assert_eq!(refusal(400, "invalid_grant", 1).problem().title, "Microsoft refused our access");
        assert_eq!(refusal(401, "invalid_client", 2).problem().title, "Microsoft does not accept this application");
    }
}
