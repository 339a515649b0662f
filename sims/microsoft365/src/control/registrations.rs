//! App registrations: made, changed, given secrets and certificates; device sign-ins approved.

use jiff::Timestamp;
use rcgen::{CertificateParams, DnType, KeyPair, PKCS_RSA_SHA256, date_time_ymd};
use x509_parser::pem::Pem;

use super::{Control, ControlError};
use crate::directory::{App, Certificate, Secret};
use crate::identity::device;

/// A certificate made for an app, with its private key.
#[derive(Debug, Clone)]
pub struct NewCertificate {
    /// The certificate, PEM.
    pub certificate_pem: String,
    /// The private key, PKCS#8 PEM.
    pub private_key_pem: String,
    /// SHA-1 of the certificate, upper-case hexadecimal, as the portal shows it.
    pub thumbprint: String,
}

impl Control {
    /// Adds or replaces an app registration.
    pub fn put_app(&self, app: App) {
        self.sim.world().directory.put_app(app);
    }

    /// All app registrations.
    pub fn apps(&self) -> Vec<App> {
        self.sim.world().directory.apps().cloned().collect()
    }

    /// Changes an app registration.
    ///
    /// # Errors
    /// [`ControlError::NotFound`].
    pub fn change_app(&self, id: &str, change: impl FnOnce(&mut App)) -> Result<App, ControlError> {
        let mut world = self.sim.world();
        let app = world.directory.app_mut(id).ok_or_else(|| ControlError::NotFound(id.to_owned()))?;
        change(app);
        Ok(app.clone())
    }

    /// Gives an app another secret; one is drawn if `value` is `None`.
    ///
    /// # Errors
    /// [`ControlError::NotFound`].
    pub fn add_secret(&self, app: &str, value: Option<String>, expires: Option<Timestamp>) -> Result<Secret, ControlError> {
        let drawn = format!("Sim8Q~{}", self.sim.world().ids.token(25));
        let secret = Secret { value: value.unwrap_or(drawn), expires };
        self.change_app(app, |app| app.secrets.push(secret.clone()))?;
        Ok(secret)
    }

    /// Uploads a certificate for an app; gives its thumbprint.
    ///
    /// # Errors
    /// [`ControlError::NotFound`]; [`ControlError::Bad`] if the text holds no certificate.
    pub fn add_certificate(&self, app: &str, pem: &str) -> Result<String, ControlError> {
        let found = Pem::iter_from_buffer(pem.as_bytes()).flatten().find(|block| block.label == "CERTIFICATE");
        let der = found.map(|block| block.contents).ok_or_else(|| ControlError::Bad("the text holds no PEM certificate".to_owned()))?;
        let thumbprint = crate::identity::assertion::sha1(&der).iter().map(|byte| format!("{byte:02X}")).collect();
        self.change_app(app, |app| app.certificates.push(Certificate { der }))?;
        Ok(thumbprint)
    }

    /// Makes an RSA key and a certificate for an app and uploads it.
    ///
    /// # Errors
    /// [`ControlError::NotFound`].
    pub fn make_certificate(&self, app: &str) -> Result<NewCertificate, ControlError> {
        let failed = |error: rcgen::Error| ControlError::Bad(format!("no certificate could be made: {error}"));
        let key = KeyPair::generate_for(&PKCS_RSA_SHA256).map_err(failed)?;
        let mut params = CertificateParams::default();
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(2049, 1, 1);
        params.distinguished_name.push(DnType::CommonName, "microsoft365-sim client");
        let certificate = params.self_signed(&key).map_err(failed)?;
        let thumbprint = self.add_certificate(app, &certificate.pem())?;
        Ok(NewCertificate { certificate_pem: certificate.pem(), private_key_pem: key.serialize_pem(), thumbprint })
    }

    /// Signs a user in with a device's code, as the page does.
    ///
    /// # Errors
    /// [`ControlError::NotFound`]; [`ControlError::Bad`] with the platform's reason.
    pub fn approve_device(&self, user_code: &str, user: &str) -> Result<(), ControlError> {
        let user = self.user(user)?;
        device::approve(&mut self.sim.world(), user_code, &user).map_err(|error| ControlError::Bad(error.text()))
    }
}
