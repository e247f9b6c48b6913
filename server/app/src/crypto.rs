//! Secrets at rest: AES-256-GCM with a random nonce, or plaintext where no key is loaded.
//!
//! Stored bytes are nonce, ciphertext, tag; the version column says how to read them, so that rows
//! written before a key existed stay readable (#85).

use aes_gcm::{
    Aes256Gcm, KeyInit,
    aead::{Aead, Nonce},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use secrecy::{ExposeSecret, SecretBox, SecretString};

/// Bytes of an AES-GCM nonce.
const NONCE_BYTES: usize = 12;

/// How a stored value is to be read.
const VERSION_PLAIN: i32 = 0;
const VERSION_AES_GCM: i32 = 1;

/// Why a key or a stored value cannot be used.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum CryptoError {
    /// Neither base64 of 32 bytes nor 32 raw bytes.
    #[error("the key must be 32 bytes, raw or as standard base64")]
    BadKey,
    /// The row is encrypted and no key is loaded.
    #[error("the value is encrypted and no key is loaded")]
    NoKey,
    /// Written by something this program does not know.
    #[error("unknown encryption_version")]
    UnknownVersion(i32),
    /// Wrong key, or damaged bytes.
    #[error("the value does not decrypt")]
    Damaged,
    /// The value could not be encrypted.
    #[error("the value does not encrypt")]
    Encrypt,
}

/// The 32-byte storage key.
pub struct SecretsKey(SecretBox<[u8; 32]>);

impl SecretsKey {
    /// Standard base64 that decodes to 32 bytes, else the raw text when it is exactly 32 bytes.
    ///
    /// # Errors
    /// [`CryptoError::BadKey`] for anything else.
    pub fn parse(text: &str) -> Result<Self, CryptoError> {
        let decoded = STANDARD.decode(text).ok().and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
        let key = decoded.or_else(|| text.as_bytes().try_into().ok()).ok_or(CryptoError::BadKey)?;
        Ok(Self(SecretBox::new(Box::new(key))))
    }

    fn cipher(&self) -> Aes256Gcm {
        Aes256Gcm::new(self.0.expose_secret().into())
    }
}

impl Clone for SecretsKey {
    fn clone(&self) -> Self {
        Self(SecretBox::new(Box::new(*self.0.expose_secret())))
    }
}

impl std::fmt::Debug for SecretsKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SecretsKey(..)")
    }
}

/// A value as it lies in the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed {
    /// Column `encrypted_value`.
    pub bytes: Vec<u8>,
    /// Column `encryption_version`.
    pub version: i32,
}

/// Encrypts with the key, or stores plaintext where there is none.
///
/// # Errors
/// [`CryptoError::Encrypt`] when the cipher refuses; nothing is stored then.
pub fn seal(key: Option<&SecretsKey>, plaintext: &str) -> Result<Sealed, CryptoError> {
    let Some(key) = key else {
        return Ok(Sealed { bytes: plaintext.as_bytes().to_vec(), version: VERSION_PLAIN });
    };
    let nonce: [u8; NONCE_BYTES] = rand::random();
    let sealed = key
        .cipher()
        .encrypt(&Nonce::<Aes256Gcm>::from(nonce), plaintext.as_bytes())
        .map_err(|_| CryptoError::Encrypt)?;
    Ok(Sealed { bytes: [nonce.as_slice(), &sealed].concat(), version: VERSION_AES_GCM })
}

/// Reads a stored value by its version.
///
/// # Errors
/// Why the value cannot be read; never its content.
pub fn open(key: Option<&SecretsKey>, sealed: &Sealed) -> Result<SecretString, CryptoError> {
    let bytes = match sealed.version {
        VERSION_PLAIN => sealed.bytes.clone(),
        VERSION_AES_GCM => decrypt(key.ok_or(CryptoError::NoKey)?, &sealed.bytes)?,
        other => return Err(CryptoError::UnknownVersion(other)),
    };
    String::from_utf8(bytes).map(SecretString::from).map_err(|_| CryptoError::Damaged)
}

fn decrypt(key: &SecretsKey, bytes: &[u8]) -> Result<Vec<u8>, CryptoError> {
    let (nonce, ciphertext) = bytes.split_first_chunk::<NONCE_BYTES>().ok_or(CryptoError::Damaged)?;
    key.cipher().decrypt(&Nonce::<Aes256Gcm>::from(*nonce), ciphertext).map_err(|_| CryptoError::Damaged)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn key(text: &str) -> SecretsKey {
        SecretsKey::parse(text).expect("a key")
    }

    #[test]
    fn a_key_is_base64_or_raw_and_nothing_else() {
        assert!(SecretsKey::parse(&STANDARD.encode([7; 32])).is_ok());
        assert!(
            SecretsKey::parse("0123456789abcdef0123456789abcdef").is_ok(),
            "valid base64 of 24 bytes, but raw"
        );
        for bad in ["", "short", "0123456789abcdef0123456789abcde", &STANDARD.encode([7; 31])] {
            assert_eq!(SecretsKey::parse(bad).err(), Some(CryptoError::BadKey), "{bad:?}");
        }
    }

    /// Ledger: EDGE-77.
    #[test]
    fn a_row_is_read_by_its_version() {
        let (one, other) = (key("0123456789abcdef0123456789abcdef"), key("fedcba9876543210fedcba9876543210"));
        let sealed = seal(Some(&one), "hello").expect("sealed");
        assert_eq!(sealed.version, 1);
        assert_eq!(open(None, &sealed).err(), Some(CryptoError::NoKey));
        assert_eq!(open(Some(&other), &sealed).err(), Some(CryptoError::Damaged));
        let old = seal(None, "hello").expect("sealed");
        assert_eq!((old.version, old.bytes.as_slice()), (0, b"hello".as_slice()));
        assert_eq!(open(Some(&one), &old).expect("plain").expose_secret(), "hello");
        let future = Sealed { version: 99, ..old };
        assert_eq!(open(Some(&one), &future).err(), Some(CryptoError::UnknownVersion(99)));
        assert!(open(Some(&one), &Sealed { bytes: vec![1; 5], version: 1 }).is_err());
    }

    proptest! {
        #[test]
        fn every_value_survives_the_round_trip(text in any::<String>()) {
            let key = key("0123456789abcdef0123456789abcdef");
            let sealed = seal(Some(&key), &text).expect("sealed");
            let opened = open(Some(&key), &sealed).expect("opened");
            prop_assert_eq!(opened.expose_secret(), &text);
            prop_assert_ne!(seal(Some(&key), &text).expect("sealed"), sealed, "nonces differ");
        }
    }
}
