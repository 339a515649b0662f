//! Files, which are too large to be in memory whole: their answer is given as it comes.

use bytes::{Bytes, BytesMut};
use futures::StreamExt as _;
use http::{HeaderValue, Response, header};

use super::Client;
use crate::access::Access;
use crate::call::Call;
use crate::error::GraphError;
use crate::transport::{Fault, Pieces, TransportError};

/// The longest refusal that is read.
const REFUSAL_BYTES_MAX: usize = 64 * 1024;

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
        let mut token = self.shared.tokens.token(&access.grant).await?;
        let mut replaced = false;
        loop {
            let permit = self.admit(access, call.weight).await?;
            let sent = self.shared.sender.open(self.request(call, &token)?).await;
            let answer = sent.map_err(|error| GraphError::Lost { error, effect: call.effect })?;
            if answer.status().is_success() {
                let length = answer.headers().get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
                // The slot goes with the pieces, and is free when they are.
                let pieces = answer.into_body().map(move |piece| (piece, &permit).0).boxed();
                return Ok(Opened { length, pieces });
            }
            let claims = crate::oauth::challenge::claims(answer.headers());
            let refusal = whole(answer).await.map_err(|error| GraphError::Lost { error, effect: call.effect })?;
            match self.judge(access, call.effect, call.addressed(), refusal) {
                Ok(_) => return Err(GraphError::Unaskable("a refusal that is none")),
                Err(error) if error.wants_another_token() && !replaced => {
                    drop(permit);
                    token = self.shared.tokens.replace(&access.grant, &token, claims.as_deref()).await?;
                    replaced = true;
                }
                Err(error) => return Err(error),
            }
        }
    }
}

async fn whole(answer: Response<Pieces>) -> Result<Response<Bytes>, TransportError> {
    let (parts, mut pieces) = answer.into_parts();
    let mut body = BytesMut::new();
    while let Some(piece) = pieces.next().await {
        body.extend_from_slice(&piece?);
        if body.len() > REFUSAL_BYTES_MAX {
            return Err(TransportError::answer_lost(Fault::TooLarge));
        }
    }
    Ok(Response::from_parts(parts, body.freeze()))
}
