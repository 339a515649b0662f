//! Files, which are too large to be in memory whole: their answer is given as it comes.

use bytes::{Bytes, BytesMut};
use futures::future::BoxFuture;
use futures::{FutureExt as _, StreamExt as _};
use http::{HeaderValue, Request, Response, header};

use super::Client;
use crate::access::Access;
use crate::call::Call;
use crate::error::GraphError;
use crate::sender::Sender;
use transport::{Fault, Pieces, TransportError};

/// The longest refusal that is read piece by piece.
const REFUSAL_BYTES_MAX: usize = 64 * 1024;

/// How a request is sent, and in what form its answer comes.
pub(super) type Send<B> = for<'a> fn(&'a Sender, Request<Bytes>) -> BoxFuture<'a, Result<Response<B>, TransportError>>;

/// What an answer holds.
pub(super) trait Content {
    /// All of it.
    fn whole(self) -> BoxFuture<'static, Result<Bytes, TransportError>>;
}

impl Content for Bytes {
    fn whole(self) -> BoxFuture<'static, Result<Bytes, TransportError>> {
        std::future::ready(Ok(self)).boxed()
    }
}

impl Content for Pieces {
    fn whole(mut self) -> BoxFuture<'static, Result<Bytes, TransportError>> {
        let read = async move {
            let mut whole = BytesMut::new();
            while let Some(piece) = self.next().await {
                whole.extend_from_slice(&piece?);
                if whole.len() > REFUSAL_BYTES_MAX {
                    return Err(TransportError::answer_lost(Fault::TooLarge));
                }
            }
            Ok(whole.freeze())
        };
        read.boxed()
    }
}

/// A file that Microsoft gives. Its mailbox's slot is held until it has been read or is dropped.
pub struct Opened {
    /// How long it is, if Microsoft has said so.
    pub length: Option<u64>,
    /// Its bytes. A piece that is an error means that the rest does not come.
    pub pieces: Pieces,
}

impl Client {
    /// Makes one call whose answer is a file.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub async fn open(&self, access: &Access, call: Call) -> Result<Opened, GraphError> {
        let call = call.header(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        let outcome = self.open_once(access, &call).await;
        match &outcome {
            Err(error) if self.sits_out(access.lane, error).await => self.open_once(access, &call).await,
            _ => outcome,
        }
    }

    async fn open_once(&self, access: &Access, call: &Call) -> Result<Opened, GraphError> {
        let (answer, permit) = self.exchange(access, call, |sender, request| sender.open(request).boxed()).await?;
        let length = answer.headers().get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
        // The slot goes with the pieces, and is free when they are.
        let pieces = answer.into_body().map(move |piece| (piece, &permit).0).boxed();
        Ok(Opened { length, pieces })
    }
}
