//! `X-Hub-Signature-256`.

use hmac::{Hmac, Mac};
use sha2::Sha256;
use wirepath::secret::Secret;

/// Whether a header's value, `sha256=` and 64 hexadecimal digits, is of this body and this key. The comparison takes the same
/// time wherever the difference lies.
pub(crate) fn is_right(key: &Secret, body: &[u8], header: &[u8]) -> bool {
    let Some(given) = header.strip_prefix(b"sha256=").and_then(digest) else { return false };
    // A key of any length will do.
    Hmac::<Sha256>::new_from_slice(key.expose())
        .is_ok_and(|mac| mac.chain_update(body).verify_slice(&given).is_ok())
}

fn digest(text: &[u8]) -> Option<[u8; 32]> {
    let (pairs, []) = text.as_chunks::<2>() else { return None };
    let pairs: &[[u8; 2]; 32] = pairs.try_into().ok()?;
    let mut digest = [0; 32];
    for (octet, [high, low]) in digest.iter_mut().zip(pairs) {
        let digit = |it: u8| char::from(it).to_digit(16).and_then(|it| u8::try_from(it).ok());
        *octet = digit(*high)? << 4 | digit(*low)?;
    }
    Some(digest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vector_of_rfc_4231() {
        // §4.3, test case 2.
        let (key, body) = (Secret::from("Jefe"), b"what do ya want for nothing?");
        let right = b"sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert!(is_right(&key, body, right));
        assert!(is_right(
            &key,
            body,
            &[&right[..7], &right[7..].to_ascii_uppercase()[..]].concat()
        ));
        assert!(!is_right(&Secret::from("jefe"), body, right));
        assert!(!is_right(&key, &body[1..], right));
        for wrong in [&b""[..], b"sha256=", b"sha1=00", &right[7..], &right[..70], &right[..69]] {
            assert!(!is_right(&key, body, wrong), "{}", wrong.escape_ascii());
        }
        let mut more = right.to_vec();
        more.extend_from_slice(b"00");
        assert!(!is_right(&key, body, &more));
        let mut other = *right;
        other[70] = b'4';
        assert!(!is_right(&key, body, &other));
        other[70] = b'g';
        assert!(!is_right(&key, body, &other));
    }
}
