//! A bucket of an S3-compatible store: an object for each message, under a key that is the same whenever it is put.
//!
//! Requests are signed by Signature Version 4 in their address, which therefore is never logged. The store is told the SHA-256 of
//! each object and refuses one that came broken. Source: Amazon S3 API reference, "PutObject".

use std::time::Duration;

use base::{Secret, Timestamp};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use model::archive::{Archive, Item, Kept, Target};
use rusty_s3::actions::{PutObject, S3Action as _};
use rusty_s3::{Credentials, UrlStyle};
use sha2::{Digest as _, Sha256};
use url::Url;

use super::archivist::Archivist;
use super::directory::file_name;
use super::place::{Trouble, later, shown, stop};
use crate::guard::Reach;

/// How long a signature holds.
const SIGNED_FOR: Duration = Duration::from_secs(900);
/// How much of a refusal is read.
const REFUSAL_BYTES_MAX: usize = 4096;
/// What the list of all is called.
const MANIFEST: &str = "manifest.jsonl";

/// A bucket, and the key that signs.
pub(super) struct Bucket {
    http: reqwest::Client,
    reach: Reach,
    bucket: rusty_s3::Bucket,
    credentials: Credentials,
    prefix: String,
}

/// A bucket's address.
pub(super) fn address(endpoint: Url, bucket: &str, region: &str, path_style: bool) -> Result<rusty_s3::Bucket, String> {
    let plain = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte));
    if !plain(bucket) || !plain(region) || bucket.len() > 255 || region.len() > 100 {
        return Err("a bucket and a region are named by letters, digits, dots and dashes".to_owned());
    }
    let style = if path_style { UrlStyle::Path } else { UrlStyle::VirtualHost };
    rusty_s3::Bucket::new(endpoint, style, bucket.to_owned(), region.to_owned())
        .map_err(|error| format!("the bucket has no address: {error}"))
}

impl Bucket {
    pub(super) fn new(archivist: &Archivist, archive: &Archive, secret: Option<Secret<String>>) -> Result<Bucket, Trouble> {
        let Target::Bucket { endpoint, region, bucket, prefix, path_style, access_key_id } = &archive.target else {
            unreachable!("only a bucket is opened as one")
        };
        let refused = |why: String| stop("archive_bucket_refused", "The bucket cannot be used.", why);
        let reach = archivist.settings.reach.clone();
        let endpoint = reach.read(endpoint).map_err(|forbidden| refused(forbidden.to_string()))?;
        let secret = secret.ok_or_else(|| refused("the secret of its key is missing".to_owned()))?;
        Ok(Bucket {
            http: archivist.http.clone(),
            bucket: address(endpoint, bucket, region, *path_style).map_err(refused)?,
            credentials: Credentials::new(access_key_id.clone(), secret.expose().clone()),
            prefix: prefix.clone(),
            reach,
        })
    }

    /// Puts a message.
    pub(super) async fn put(&self, item: &Item, original: Bytes, now: Timestamp) -> Result<Kept, Trouble> {
        let (file, size, sha256) = (self.key(&file_name(item)), original.len(), Sha256::digest(&original).to_vec());
        self.put_object(&file, (size as u64, &sha256), "message/rfc822", original.into(), now).await?;
        Ok(Kept { size_bytes: i64::try_from(size).unwrap_or(i64::MAX), sha256, file, start: None, altered: None })
    }

    /// Puts the manifest, of which size and SHA-256 are known before.
    pub(super) async fn put_manifest(&self, size: u64, sha256: &[u8], lines: reqwest::Body, now: Timestamp) -> Result<(), Trouble> {
        self.put_object(&self.key(MANIFEST), (size, sha256), "application/jsonl", lines, now).await
    }

    fn key(&self, name: &str) -> String {
        if self.prefix.is_empty() { name.to_owned() } else { format!("{}/{name}", self.prefix.trim_matches('/')) }
    }

    async fn put_object(
        &self,
        key: &str,
        (size, sha256): (u64, &[u8]),
        kind: &'static str,
        body: reqwest::Body,
        now: Timestamp,
    ) -> Result<(), Trouble> {
        let checksum = STANDARD.encode(sha256);
        let mut put = PutObject::new(&self.bucket, Some(&self.credentials), key);
        put.headers_mut().insert("x-amz-checksum-sha256", checksum.clone());
        let at = jiff::Timestamp::from_millisecond(now.millis()).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        let url = put.sign_with_time(SIGNED_FOR, &at);
        self.reach.judge(&url).map_err(|forbidden| stop("archive_bucket_refused", "The bucket cannot be used.", forbidden.to_string()))?;
        let request = self.http.put(url).header("x-amz-checksum-sha256", checksum).header("content-length", size);
        let sent = request.header("content-type", kind).body(body).send().await;
        match sent {
            Ok(answer) if answer.status().is_success() => Ok(()),
            Ok(answer) => Err(self.refusal(answer).await),
            Err(error) => Err(self.lost(&error)),
        }
    }

    async fn refusal(&self, mut answer: reqwest::Response) -> Trouble {
        let status = answer.status();
        let mut beginning = Vec::new();
        while let (true, Ok(Some(chunk))) = (beginning.len() < REFUSAL_BYTES_MAX, answer.chunk().await) {
            beginning.extend_from_slice(&chunk);
        }
        let text = String::from_utf8_lossy(&beginning).into_owned();
        let between = |tag: &str| text.split_once(&format!("<{tag}>")).and_then(|(_, rest)| rest.split_once('<')).map(|(inner, _)| inner);
        let said: String =
            [between("Code"), between("Message")].into_iter().flatten().collect::<Vec<_>>().join(": ").chars().take(300).collect();
        let detail = format!("{} answered with status {status}. {said}", shown(&self.bucket.object_url("")));
        if status.is_server_error() || matches!(status.as_u16(), 408 | 429) {
            return later("archive_bucket_busy", "The store does not take objects now.", detail);
        }
        stop("archive_bucket_refused", "The store refuses what is put.", detail)
    }

    fn lost(&self, error: &reqwest::Error) -> Trouble {
        let what = if error.is_connect() {
            "no connection could be made: the name, the port, the certificate, or an address that is not called"
        } else if error.is_timeout() {
            "no answer came in time"
        } else {
            "the connection broke"
        };
        later("archive_bucket_away", "The store cannot be reached.", format!("{}: {what}.", shown(&self.bucket.object_url(""))))
    }
}
