//! TLS towards others: this machine's certificates, read when the first handshake needs them.
//!
//! A server whose neighbours all speak HTTP starts without reading any, and starts also where a container
//! has none. Reading them once per client was most of a start's processor time.

use std::sync::{Arc, LazyLock, Once, OnceLock};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, Error, SignatureScheme};
use rustls_platform_verifier::Verifier;

/// Installs the process's TLS provider, for whatever builds a client of its own.
pub fn install_tls() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // Another part of the process may have installed one already, which is as good.
        let _ = ring::default_provider().install_default();
    });
}

/// The configuration of every client of this process; they share sessions and certificates.
#[must_use]
pub fn config() -> ClientConfig {
    static CONFIG: LazyLock<ClientConfig> = LazyLock::new(|| {
        let provider = Arc::new(ring::default_provider());
        let verifier = OnFirstUse { provider: provider.clone(), loaded: OnceLock::new() };
        ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("the provider knows the protocol versions it is built for")
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_no_client_auth()
    });
    CONFIG.clone()
}

/// The platform's own verifier, made when it is first asked.
#[derive(Debug)]
struct OnFirstUse {
    provider: Arc<CryptoProvider>,
    loaded: OnceLock<Result<Verifier, Error>>,
}

impl ServerCertVerifier for OnFirstUse {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let loaded = self.loaded.get_or_init(|| Verifier::new(self.provider.clone()));
        let verifier = loaded.as_ref().map_err(Clone::clone)?;
        verifier.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, signed, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, signed, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_that_no_authority_signed_is_refused() {
        let verifier = OnFirstUse { provider: Arc::new(ring::default_provider()), loaded: OnceLock::new() };
        assert!(verifier.loaded.get().is_none());
        let (name, forged) = (ServerName::try_from("a.example").unwrap(), CertificateDer::from(vec![0; 64]));
        let judged = verifier.verify_server_cert(&forged, &[], &name, &[], UnixTime::now());
        assert!(judged.is_err(), "{judged:?}");
        assert!(verifier.loaded.get().is_some(), "it was asked of the platform");
    }
}
