//! Names of files that clients have chosen.

/// The longest name, in octets: what file systems take, with room for what is put behind it.
const LONGEST: usize = 200;

/// A name for a file in a folder of ours, of the one that a client gave: its last part, in letters, digits, `.`, `-` and `_`,
/// with a letter or a digit first. It never leads out of the folder, hides, or means something to a shell.
///
/// None if nothing is left.
pub(crate) fn safe(given: &str) -> Option<String> {
    // Some browsers send the whole path, in the way of their system.
    let last = given.rsplit(['/', '\\']).next().unwrap_or_default();
    let last = last.trim_start_matches(|c: char| !c.is_alphanumeric());
    let mut name = String::with_capacity(last.len());
    for c in last.chars() {
        let c = if c.is_alphanumeric() || ".-_".contains(c) { c } else { '_' };
        if name.len() + c.len_utf8() > LONGEST {
            break;
        }
        name.push(c);
    }
    (!name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_leads_elsewhere() {
        for (given, expected) in [
            ("photo.png", Some("photo.png")),
            ("Übersicht 2024 (neu).pdf", Some("Übersicht_2024__neu_.pdf")),
            ("../../etc/passwd", Some("passwd")),
            ("..\\..\\windows\\win.ini", Some("win.ini")),
            ("/etc/passwd", Some("passwd")),
            ("C:\\a:b", Some("a_b")),
            (".bashrc", Some("bashrc")),
            ("-rf", Some("rf")),
            ("a\0b\n;rm", Some("a_b__rm")),
            ("..", None),
            ("a/..", None),
            ("/", None),
            ("", None),
            ("...", None),
        ] {
            assert_eq!(safe(given).as_deref(), expected, "{given}");
        }
    }

    #[test]
    fn long_names_are_cut_between_characters() {
        let name = safe(&"é".repeat(300)).unwrap();
        assert_eq!(name, "é".repeat(LONGEST / 2));
    }
}
