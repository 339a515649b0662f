//! Cursors: where the next page begins. Opaque: sealed with the data key and bound to the workspace, the list and its
//! filters, so that nobody can make one up or carry one to another list.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use model::id::WorkspaceId;
use serde::Serialize;
use serde::de::DeserializeOwned;
use store::vault::Vault;

use crate::failure::Failure;

/// Longer texts are no cursor of ours.
const CURSOR_BYTES_MAX: usize = 2_048;

fn place(workspace: WorkspaceId, list: &str, filters: &str) -> String {
    format!("cursor/{}/{list}?{filters}", workspace.number())
}

/// The cursor that leads on from `position`.
pub(crate) fn write<P: Serialize>(vault: &Vault, workspace: WorkspaceId, list: &str, filters: &str, position: &P) -> String {
    let position = serde_json::to_vec(position).expect("positions serialise");
    URL_SAFE_NO_PAD.encode(vault.seal(&place(workspace, list, filters), &position))
}

/// The position that a cursor of ours names.
///
/// # Errors
/// 400 for one that is not ours, or another list's.
pub(crate) fn read<P: DeserializeOwned>(
    vault: &Vault,
    workspace: WorkspaceId,
    list: &str,
    filters: &str,
    cursor: &str,
) -> Result<P, Failure> {
    let foreign = || {
        let detail = "The cursor is not one of this list with these filters: it was changed, or belongs to another request.";
        Failure::bad_request(
            "cursor_foreign",
            detail,
            "Send `next` of the page before, with the same filters, or begin again without a cursor.",
        )
    };
    if cursor.len() > CURSOR_BYTES_MAX {
        return Err(foreign());
    }
    let sealed = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| foreign())?;
    let clear = vault.open_bytes(&place(workspace, list, filters), &sealed).map_err(|_| foreign())?;
    serde_json::from_slice(clear.expose()).map_err(|_| foreign())
}
