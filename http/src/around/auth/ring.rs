//! The cryptography of tokens: that of `ring`, which is here for TLS.

use jsonwebtoken::{
    Algorithm, AlgorithmFamily, DecodingKey, EncodingKey,
    crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils},
    errors::{ErrorKind, Result},
    signature::{Error, Signer, Verifier},
};
use ring::{hmac, signature};

/// Makes it that of the process, unless the program has chosen one already.
pub(super) fn install() {
    static PROVIDER: CryptoProvider = CryptoProvider {
        signer_factory: |algorithm, key| Ok(Box::new(Secret::new(*algorithm, key)?)),
        verifier_factory: |algorithm, key| Ok(Box::new(Key::new(*algorithm, key)?)),
        key_utils: KeyUtils::new_unimplemented(),
    };
    // The error is that there is one, and every one can do what is asked for here.
    let _ = PROVIDER.install_default();
}

/// Checks signatures.
pub(super) struct Key(Algorithm, DecodingKey);

impl Key {
    fn new(algorithm: Algorithm, key: &DecodingKey) -> Result<Self> {
        let is_known = matches!(algorithm, Algorithm::HS256 | Algorithm::RS256 | Algorithm::ES256);
        // An RSA key is no secret of HMAC's.
        match is_known && algorithm.family() == key.family() {
            true => Ok(Self(algorithm, key.clone())),
            false => Err(ErrorKind::InvalidAlgorithm.into()),
        }
    }

    /// Whether a public key is one: a point on the curve, a modulus of the length that is asked for.
    pub(super) fn fits(algorithm: Algorithm, key: &DecodingKey) -> bool {
        let Ok(octets) = key.try_get_as_bytes() else { return false };
        match algorithm.family() {
            // Uncompressed, as PEM files have it (SEC 1 §2.3.3).
            AlgorithmFamily::Ec => octets.len() == 65 && octets.first() == Some(&4),
            AlgorithmFamily::Rsa => octets.len() >= 256,
            _ => true,
        }
    }
}

impl Verifier<Vec<u8>> for Key {
    fn verify(&self, message: &[u8], given: &Vec<u8>) -> std::result::Result<(), Error> {
        let key = self.1.try_get_as_bytes().map_err(|_| Error::new())?;
        let checked = match self.0 {
            Algorithm::HS256 => {
                hmac::verify(&hmac::Key::new(hmac::HMAC_SHA256, key), message, given)
            }
            Algorithm::RS256 => {
                let algorithm = &signature::RSA_PKCS1_2048_8192_SHA256;
                signature::UnparsedPublicKey::new(algorithm, key).verify(message, given)
            }
            _ => {
                let algorithm = &signature::ECDSA_P256_SHA256_FIXED;
                signature::UnparsedPublicKey::new(algorithm, key).verify(message, given)
            }
        };
        checked.map_err(|_| Error::new())
    }
}

impl JwtVerifier for Key {
    fn algorithm(&self) -> Algorithm {
        self.0
    }
}

/// Signs with HS256, for programs that make their own tokens, and for tests.
struct Secret(hmac::Key);

impl Secret {
    fn new(algorithm: Algorithm, key: &EncodingKey) -> Result<Self> {
        match (algorithm, key.family()) {
            (Algorithm::HS256, AlgorithmFamily::Hmac) => {
                Ok(Self(hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes())))
            }
            _ => Err(ErrorKind::InvalidAlgorithm.into()),
        }
    }
}

impl Signer<Vec<u8>> for Secret {
    fn try_sign(&self, message: &[u8]) -> std::result::Result<Vec<u8>, Error> {
        Ok(hmac::sign(&self.0, message).as_ref().to_vec())
    }
}

impl JwtSigner for Secret {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS256
    }
}
