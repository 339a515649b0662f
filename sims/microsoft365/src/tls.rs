//! TLS for the simulator: a certificate authority made at start, and a server certificate signed by it.
//!
//! The server certificate names `localhost`, the loopback addresses and Microsoft's own hosts, so that a client may be
//! pointed here by name (reference: identity, section 5).

use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose, date_time_ymd,
};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

/// The names in the server certificate.
pub const NAMES: [&str; 8] = [
    "localhost",
    "127.0.0.1",
    "::1",
    "login.microsoftonline.com",
    "graph.microsoft.com",
    "login.microsoftonline.us",
    "graph.microsoft.us",
    "microsoft365-sim",
];

/// A certificate authority with one server certificate.
#[derive(Debug)]
pub struct Authority {
    /// The authority's certificate, for clients to trust.
    pub ca_pem: String,
    /// For the listener; it speaks HTTP/2 and HTTP/1.1.
    pub server: Arc<ServerConfig>,
}

impl Authority {
    /// Makes a new one; `more_names` are added to [`NAMES`].
    ///
    /// # Errors
    /// A text if a name can't stand in a certificate.
    pub fn make(more_names: &[String]) -> Result<Self, String> {
        let issuer = certificate_authority().map_err(|error| format!("the certificate authority could not be made: {error}"))?;
        let key = KeyPair::generate().map_err(|error| error.to_string())?;
        let names: Vec<String> = NAMES.iter().map(|name| (*name).to_owned()).chain(more_names.iter().cloned()).collect();
        let mut params = CertificateParams::new(names).map_err(|error| format!("a server name is not usable: {error}"))?;
        dates(&mut params);
        params.distinguished_name.push(DnType::CommonName, "microsoft365-sim");
        params.use_authority_key_identifier_extension = true;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let certificate = params.signed_by(&key, &issuer).map_err(|error| error.to_string())?;
        let private = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let chain = vec![certificate.der().clone(), issuer.der().clone()];
        let server = server_config(chain, private).map_err(|error| error.to_string())?;
        Ok(Self { ca_pem: issuer.pem(), server: Arc::new(server) })
    }
}

fn certificate_authority() -> Result<CertifiedIssuer<'static, KeyPair>, rcgen::Error> {
    let mut params = CertificateParams::default();
    dates(&mut params);
    params.distinguished_name.push(DnType::CommonName, "microsoft365-sim test authority");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    CertifiedIssuer::self_signed(params, KeyPair::generate()?)
}

/// Valid whatever the machine's clock says within reason: nothing depends on when it was made.
fn dates(params: &mut CertificateParams) {
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(2049, 1, 1);
}

fn server_config(
    chain: Vec<rustls::pki_types::CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
) -> Result<ServerConfig, rustls::Error> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    let mut config = builder.with_no_client_auth().with_single_cert(chain, key)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}
