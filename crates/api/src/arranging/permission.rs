//! What Microsoft has to permit, and how a permission that is missing is got.

use base::Problem;
use http::StatusCode;
use store::connection::ConnectionKind;
use store::grant::Grant;

use crate::failure::Failure;

/// What arranging a mailbox needs at Microsoft (graph.md 12.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permission {
    /// To change folders.
    WriteMail,
    /// To read settings and rules.
    ReadSettings,
    /// To change settings and rules.
    WriteSettings,
}

impl Permission {
    /// What is to be asked for.
    const fn name(self) -> &'static str {
        match self {
            Permission::WriteMail => "Mail.ReadWrite",
            Permission::ReadSettings => "MailboxSettings.Read",
            Permission::WriteSettings => "MailboxSettings.ReadWrite",
        }
    }

    /// Whether a person's grant holds it. What an administrator has granted to the application, the grant does not tell.
    pub(super) fn is_in(self, grant: &Grant) -> bool {
        grant.permits(self.name()) || (self == Permission::ReadSettings && grant.permits(Permission::WriteSettings.name()))
    }

    /// That it is missing, and how it is got.
    pub(super) fn missing(self, kind: ConnectionKind) -> Failure {
        let name = self.name();
        let action = match (kind, self) {
            (ConnectionKind::Application, _) => format!(
                "Ask an administrator to add the application permission `{name}` to the registration in Entra ID, grant consent, and look \
                 that no access policy leaves the mailbox out. Changes take up to two hours."
            ),
            (ConnectionKind::Delegated, Permission::WriteMail) => {
                "Take `microsoft.read_only` out of the configuration, start Rapport again, and have the mailbox's person connect it again."
                    .to_owned()
            }
            (ConnectionKind::Delegated, _) => format!(
                "Add the delegated permission `{name}` to the registration in Entra ID and to `microsoft.extra_scopes` \
                 (MICROSOFT_EXTRA_SCOPES), start Rapport again, and have the mailbox's person connect it again."
            ),
        };
        let detail = format!("It needs Microsoft's permission `{name}`, which this connection does not have.");
        let title = "Microsoft has not permitted this for the mailbox.";
        Failure::new(StatusCode::FORBIDDEN, Problem::new("permission_missing", title, detail, action))
    }
}
