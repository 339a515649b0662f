//! The real way out: notifications posted over HTTP to wherever a client's subscription says.
//!
//! It trusts any certificate, because what it calls are test servers, and follows no redirects, as Graph doesn't.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::HeaderMap;

use crate::outside::{Outside, Reply};

/// Graph gives an endpoint ten seconds for the validation and up to thirty for a notification.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Posts over HTTP.
#[derive(Debug, Clone)]
pub struct HttpOutside {
    client: reqwest::Client,
}

impl HttpOutside {
    /// A way out.
    ///
    /// # Errors
    /// A sentence if no HTTP client can be made on this machine.
    #[allow(clippy::disallowed_methods, reason = "the simulator is no part of the product and has its own way out")]
    pub fn new() -> Result<Self, String> {
        let builder = reqwest::Client::builder().timeout(TIMEOUT).redirect(reqwest::redirect::Policy::none()).no_proxy();
        let tls = rustls::ClientConfig::builder_with_provider(std::sync::Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?
            .dangerous()
            .with_custom_certificate_verifier(std::sync::Arc::new(any_certificate::TrustAll))
            .with_no_client_auth();
        let client = builder.tls_backend_preconfigured(tls).build().map_err(|error| format!("no HTTP client: {error}"))?;
        Ok(Self { client })
    }
}

#[async_trait]
impl Outside for HttpOutside {
    async fn post(&self, url: &str, headers: HeaderMap, body: Bytes) -> Reply {
        let answer = self.client.post(url).headers(headers).body(body).send().await.map_err(|error| error.without_url().to_string())?;
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let body = answer.bytes().await.map_err(|error| error.without_url().to_string())?;
        Ok((status, headers, body))
    }
}

mod any_certificate {
    use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
    use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
    use rustls::{DigitallySignedStruct, Error, SignatureScheme};

    /// Takes every certificate: the other end is a test server.
    #[derive(Debug)]
    pub struct TrustAll;

    impl ServerCertVerifier for TrustAll {
        fn verify_server_cert(
            &self,
            _end_entity: &CertificateDer<'_>,
            _intermediates: &[CertificateDer<'_>],
            _server_name: &ServerName<'_>,
            _ocsp_response: &[u8],
            _now: UnixTime,
        ) -> Result<ServerCertVerified, Error> {
            Ok(ServerCertVerified::assertion())
        }

        fn verify_tls12_signature(
            &self,
            _message: &[u8],
            _certificate: &CertificateDer<'_>,
            _signature: &DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, Error> {
            Ok(HandshakeSignatureValid::assertion())
        }

        fn verify_tls13_signature(
            &self,
            _message: &[u8],
            _certificate: &CertificateDer<'_>,
            _signature: &DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, Error> {
            Ok(HandshakeSignatureValid::assertion())
        }

        fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
            rustls::crypto::aws_lc_rs::default_provider().signature_verification_algorithms.supported_schemes()
        }
    }
}
