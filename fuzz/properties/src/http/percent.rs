//! Percent-decoding agrees with the percent-encoding crate, and undoes encoding.

use std::borrow::Cow;

use wirepath_http::protocol::percent;

/// The target: the octets as a part of a path and as a value of a form.
///
/// # Panics
///
/// If the other crate decodes something else, or if what was encoded does not come back.
pub fn any_octets(data: &[u8]) {
    let text = super::text(data);
    let ours = percent::path(&text).ok();
    let theirs = percent_encoding::percent_decode_str(&text).decode_utf8().ok();
    assert_eq!(ours, theirs, "{text:?}");
    if ours.as_deref() == Some(&*text) {
        assert!(matches!(ours, Some(Cow::Borrowed(_))), "{text:?} is not encoded and was copied");
    }
    let spaced = text.replace('+', " ");
    let theirs = percent_encoding::percent_decode_str(&spaced).decode_utf8().ok();
    assert_eq!(percent::form(&text).ok(), theirs, "{text:?} in a form");
    assert_eq!(percent::path(&percent::encode_segment(&text)).ok().as_deref(), Some(&*text));
}
