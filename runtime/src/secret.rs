//! Secrets that never print, and password checks.

use std::fmt;

use argon2::Argon2;
use argon2::password_hash::{PasswordHash, PasswordVerifier};
use blake2::{Blake2b512, Digest};
use serde::de::{self, Deserialize, Deserializer, Visitor};
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, Zeroizing};

/// The newtype name under which a [`Secret`] asks for its value, so that the configuration loader
/// knows to keep that value out of every error.
pub(crate) const MARKER: &str = "wirepath::Secret";

/// Bytes that must not be seen: a password, a token, a key.
///
/// `Debug` shows neither content nor length, there is no `Display`, and the memory is wiped on drop.
/// (The file or the environment that it came from is not in our hands.) Comparison takes the same time
/// wherever the difference lies.
///
/// # Examples
///
/// ```
/// use wirepath_runtime::secret::Secret;
///
/// let secret = Secret::from("s3cret");
/// assert_eq!(format!("{secret:?}"), "Secret(…)");
/// assert!(secret.matches(b"s3cret"));
/// assert!(!secret.matches(b"S3cret"));
/// ```
#[derive(Clone, Default)]
pub struct Secret(Zeroizing<Vec<u8>>);

impl Secret {
    /// The content. The name is there to be noticed in review.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// Whether the candidate is this secret.
    ///
    /// Both are hashed (BLAKE2b) and the hashes are compared in constant time: how long it takes
    /// depends neither on where the two differ nor, within a block of 128 octets, on how long the
    /// secret is.
    pub fn matches(&self, candidate: &[u8]) -> bool {
        Blake2b512::digest(&*self.0).ct_eq(&Blake2b512::digest(candidate)).into()
    }

    /// What it hashes to, for comparing one candidate with many secrets.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(&self.0)
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// What octets hash to (BLAKE2b): compared in constant time, whatever their length. It does not print either.
///
/// ```
/// use wirepath_runtime::secret::{Fingerprint, Secret};
///
/// let keys = ["one", "two"].map(|key| Secret::from(key).fingerprint());
/// let shown = Fingerprint::of(b"two");
/// assert_eq!(keys.iter().position(|key| key.matches(&shown)), Some(1));
/// ```
#[derive(Clone)]
pub struct Fingerprint([u8; 64]);

impl Fingerprint {
    /// Of a candidate.
    #[must_use]
    pub fn of(octets: &[u8]) -> Self {
        Self(Blake2b512::digest(octets).into())
    }

    /// Whether both are of the same octets.
    #[must_use]
    pub fn matches(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Fingerprint(…)")
    }
}

/// As [`Secret::matches`]; for telling whether a reloaded configuration differs.
impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.matches(&other.0)
    }
}

impl Eq for Secret {}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self::from(text.as_bytes())
    }
}

impl From<&[u8]> for Secret {
    fn from(bytes: &[u8]) -> Self {
        Self(Zeroizing::new(bytes.to_vec()))
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(Zeroizing::new(text.into_bytes()))
    }
}

impl From<Vec<u8>> for Secret {
    fn from(bytes: Vec<u8>) -> Self {
        Self(Zeroizing::new(bytes))
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;

        impl<'de> Visitor<'de> for Text {
            type Value = Secret;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_newtype_struct<D: Deserializer<'de>>(
                self,
                inner: D,
            ) -> Result<Secret, D::Error> {
                inner.deserialize_str(self)
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Secret, E> {
                Ok(Secret::from(text))
            }

            fn visit_string<E: de::Error>(self, text: String) -> Result<Secret, E> {
                Ok(Secret::from(text))
            }

            fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<Secret, E> {
                Ok(Secret::from(bytes))
            }
        }

        deserializer.deserialize_newtype_struct(MARKER, Text)
    }
}

/// What a peer's password is checked against: the password itself, or its Argon2 hash.
///
/// In configuration it is one string. A string that starts with `$argon2` is a hash in PHC form, as
/// the `argon2` command prints it; anything else is the password.
///
/// # Examples
///
/// ```
/// use wirepath_runtime::secret::Password;
///
/// let password: Password = "s3cret".parse()?;
/// assert!(password.verify(b"s3cret"));
/// assert!(!password.is_hashed());
///
/// let unfinished = "$argon2id$v=19$m=19456,t=2,p=1".parse::<Password>();
/// assert!(unfinished.is_err());
/// # Ok::<(), wirepath_runtime::secret::PasswordError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Password {
    /// The password as it is.
    Plain(Secret),
    /// Its Argon2 hash.
    Hashed(Argon2Hash),
}

impl Password {
    /// Whether the candidate is the password.
    ///
    /// For a plain password this takes about a microsecond. For a hash it takes as much CPU and memory
    /// as the hash asks for, typically tens of milliseconds: in async code run it with
    /// `tokio::task::spawn_blocking`, and bound how many run at once.
    /// [`is_hashed`](Self::is_hashed) tells which it is.
    pub fn verify(&self, candidate: &[u8]) -> bool {
        match self {
            Self::Plain(secret) => secret.matches(candidate),
            Self::Hashed(hash) => hash.verify(candidate),
        }
    }

    /// Whether [`verify`](Self::verify) has an Argon2 hash to compute.
    pub fn is_hashed(&self) -> bool {
        matches!(self, Self::Hashed(_))
    }
}

impl std::str::FromStr for Password {
    type Err = PasswordError;

    fn from_str(text: &str) -> Result<Self, PasswordError> {
        if text.starts_with("$argon2") {
            Argon2Hash::parse(text).map(Self::Hashed)
        } else {
            Ok(Self::Plain(Secret::from(text)))
        }
    }
}

impl From<Secret> for Password {
    fn from(secret: Secret) -> Self {
        Self::Plain(secret)
    }
}

impl<'de> Deserialize<'de> for Password {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let secret = Secret::deserialize(deserializer)?;
        match std::str::from_utf8(secret.expose()) {
            Ok(text) => text.parse().map_err(de::Error::custom),
            Err(_) => Ok(Self::Plain(secret)),
        }
    }
}

/// An Argon2 hash in PHC form, checked to be complete and usable.
///
/// It does not print either: whoever has it can try passwords against it at leisure.
#[derive(Clone, PartialEq, Eq)]
pub struct Argon2Hash(String);

/// A string that looks like an Argon2 hash and is none. It does not repeat the string.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a complete Argon2 hash ({0}): expected $argon2id$v=19$m=…,t=…,p=…$salt$hash")]
pub struct PasswordError(String);

impl Argon2Hash {
    fn parse(text: &str) -> Result<Self, PasswordError> {
        let hash = PasswordHash::new(text).map_err(|error| PasswordError(error.to_string()))?;
        argon2::Algorithm::try_from(hash.algorithm)
            .and_then(|_| argon2::Params::try_from(&hash))
            .map_err(|error| PasswordError(error.to_string()))?;
        match (hash.salt, hash.hash) {
            (Some(_), Some(_)) => Ok(Self(text.to_owned())),
            _ => Err(PasswordError("salt or hash is missing".to_owned())),
        }
    }

    fn verify(&self, candidate: &[u8]) -> bool {
        PasswordHash::new(&self.0)
            .is_ok_and(|hash| Argon2::default().verify_password(candidate, &hash).is_ok())
    }
}

impl fmt::Debug for Argon2Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Argon2Hash(…)")
    }
}

impl Drop for Argon2Hash {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use argon2::Params;
    use argon2::password_hash::{PasswordHasher, SaltString};

    fn hash_of(password: &[u8]) -> String {
        let cheap = Params::new(Params::MIN_M_COST, 1, 1, None).unwrap();
        let salt = SaltString::encode_b64(b"0123456789abcdef").unwrap();
        Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, cheap)
            .hash_password(password, &salt)
            .unwrap()
            .to_string()
    }

    #[test]
    fn nothing_of_a_secret_prints() {
        let secret = Secret::from("hunter2");
        for shown in [format!("{secret:?}"), format!("{secret:#?}"), format!("{:?}", Some(&secret))]
        {
            assert!(!shown.contains("hunter2") && !shown.contains('7'), "{shown}");
        }
        let hashed: Password = hash_of(b"hunter2").parse().unwrap();
        assert_eq!(format!("{hashed:?}"), "Hashed(Argon2Hash(…))");
    }

    #[test]
    fn secrets_match_only_themselves() {
        let secret = Secret::from("abc");
        assert!(secret.matches(b"abc"));
        for other in [&b""[..], b"ab", b"abcd", b"abd", b"abc\0"] {
            assert!(!secret.matches(other));
        }
        assert!(Secret::default().matches(b""));
    }

    #[test]
    fn a_hash_verifies_with_its_own_parameters() {
        let password: Password = hash_of(b"hunter2").parse().unwrap();
        assert!(password.is_hashed());
        assert!(password.verify(b"hunter2"));
        assert!(!password.verify(b"hunter3"));
        assert!(!password.verify(b""));
    }

    #[test]
    fn a_broken_hash_is_refused_without_being_repeated() {
        let whole = hash_of(b"x");
        let without_hash = &whole[..whole.rfind('$').unwrap()];
        for bad in [without_hash, "$argon2", "$argon2x$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$aGFzaGhhc2g"] {
            let error = bad.parse::<Password>().unwrap_err().to_string();
            assert!(!error.contains("c2FsdHNhbHQ"), "{error}");
        }
    }

    #[test]
    fn a_dollar_alone_makes_no_hash() {
        assert!(!"$ecret".parse::<Password>().unwrap().is_hashed());
    }
}
