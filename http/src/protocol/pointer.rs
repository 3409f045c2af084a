//! JSON pointers (RFC 6901).

/// Appends a reference token. RFC 6901 §3: `~` goes first, because the slash's own escape has one.
pub(crate) fn push(pointer: &mut String, token: &str) {
    pointer.push('/');
    for character in token.chars() {
        match character {
            '~' => pointer.push_str("~0"),
            '/' => pointer.push_str("~1"),
            _ => pointer.push(character),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_of_rfc_6901() {
        for (token, pointer) in [
            ("foo", "/foo"),
            ("", "/"),
            ("a/b", "/a~1b"),
            ("m~n", "/m~0n"),
            ("~1", "/~01"),
            ("k\"l", "/k\"l"),
            (" ", "/ "),
        ] {
            let mut written = String::from("/x");
            push(&mut written, token);
            assert_eq!(written, format!("/x{pointer}"));
        }
    }
}
