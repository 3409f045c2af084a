//! The nearest known name.

/// The known name that `given` was probably meant to be, if one is near enough.
///
/// ```
/// use wirepath_runtime::config::nearest;
///
/// assert_eq!(nearest("cert_pth", ["key_path", "cert_path"]), Some("cert_path"));
/// assert_eq!(nearest("colour", ["key_path", "cert_path"]), None);
/// ```
pub fn nearest<'a>(given: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // The distance is quadratic in length, and a name worth comparing is short.
    const LONGEST: usize = 64;
    if given.len() > LONGEST {
        return None;
    }
    let given = given.to_ascii_lowercase().replace('-', "_");
    let allowed = (given.chars().count() / 3).max(1);
    known
        .into_iter()
        .filter(|name| name.len() <= LONGEST)
        .map(|name| (strsim::damerau_levenshtein(&given, &name.to_ascii_lowercase()), name))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_are_found_and_far_ones_are_not() {
        let known = ["host", "port", "system_id", "system_type"];
        assert_eq!(nearest("prot", known), Some("port"));
        assert_eq!(nearest("system-id", known), Some("system_id"));
        assert_eq!(nearest("SystemId", known), Some("system_id"));
        assert_eq!(nearest("window", known), None);
        assert_eq!(nearest("", known), None);
        assert_eq!(nearest(&"x".repeat(1_000_000), known), None);
    }
}
