//! The tracker: the key of tokens, made once for a database and sealed in it, and under which addresses ours are known again.

use std::sync::Arc;

use base::random;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use model::compose::history::Trackers;
use model::compose::prefix::Prefix;
use model::id::WorkspaceId;
use store::vault::Vault;
use store::{Db, StoreError, Transaction, setting, tracking_setting};
use tokio::sync::OnceCell;
use url::Url;

use super::token::Signer;

const SETTING: &str = "tracking.key";
const PLACE: &str = "setting/tracking.key";

/// Makes and knows what is ours. Cheap to clone; clones share everything.
#[derive(Clone)]
pub struct Tracker {
    db: Db,
    vault: Vault,
    base: Url,
    signer: Arc<OnceCell<Signer>>,
}

/// What is a workspace's own in the addresses of a mail.
pub struct Ours {
    prefixes: Vec<Prefix>,
    signer: Signer,
}

impl Tracker {
    /// A tracker that has not read its key yet; `base` is where this server is reached.
    pub fn new(db: Db, vault: Vault, base: Url) -> Self {
        Tracker { db, vault, base, signer: Arc::default() }
    }

    /// The signer of tokens.
    ///
    /// # Errors
    /// When the database does not answer, or holds a key that this vault did not seal.
    pub async fn signer(&self) -> Result<&Signer, StoreError> {
        self.signer.get_or_try_init(|| self.read()).await
    }

    async fn read(&self) -> Result<Signer, StoreError> {
        let kept = match setting::find(&self.db, SETTING).await? {
            Some(kept) => Some(kept),
            None => {
                // Two nodes may begin at once: the first one's key is kept.
                let fresh = STANDARD.encode(self.vault.seal(PLACE, &random::bytes::<32>()));
                self.db.commit(Transaction::new("tracking.key").with(setting::ensure(SETTING, &fresh)).durable()).await?;
                setting::find(&self.db, SETTING).await?
            }
        };
        let sealed = kept.and_then(|kept| STANDARD.decode(kept).ok());
        let clear = sealed.and_then(|sealed| self.vault.open_bytes(PLACE, &sealed).ok());
        let key = clear.and_then(|clear| clear.expose().as_slice().try_into().ok());
        key.map(|key| Signer::new(&key)).ok_or_else(|| StoreError::Broken("the key of tracking does not open".to_owned()))
    }

    /// Under which addresses a workspace's pixels and links live or have lived.
    ///
    /// # Errors
    /// As [`Db::query`].
    pub async fn ours(&self, workspace: WorkspaceId) -> Result<Ours, StoreError> {
        let wanted = tracking_setting::find(&self.db, workspace).await?;
        let own = wanted.domains.iter().filter_map(|domain| Url::parse(domain).ok()).chain([self.base.clone()]);
        let prefixes = own.filter_map(|base| Prefix::read(base.join("/t/").ok()?.as_str())).collect();
        Ok(Ours { prefixes, signer: self.signer().await?.clone() })
    }

    /// Where pixels and links of this workspace live from now on.
    pub fn base(&self, wanted: &tracking_setting::TrackingSetting) -> Url {
        wanted.proved_domain().and_then(|domain| Url::parse(domain).ok()).unwrap_or_else(|| self.base.clone())
    }
}

impl Ours {
    /// The addresses below which ours are.
    pub fn prefixes(&self) -> &[Prefix] {
        &self.prefixes
    }

    /// HTML in which our links lead where they led before, and without pixels.
    pub fn taken_from(&self, html: &str) -> String {
        let original_of = |url: &Url| self.signer.original_of(url);
        model::compose::history::without_trackers(html, &Trackers { own: &self.prefixes, original_of: &original_of })
    }

    /// Where one of our links led before.
    pub fn original_of(&self, url: &Url) -> Option<String> {
        self.signer.original_of(url)
    }
}
