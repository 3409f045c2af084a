//! Sets of octets.

/// Letters, digits, and some others: a table, of which one look-up says whether an octet belongs to them.
pub(crate) const fn alphanumeric_and(others: &[u8]) -> [bool; 256] {
    let mut table = [false; 256];
    let mut octet = 0;
    while octet < 128 {
        table[octet] = (octet as u8).is_ascii_alphanumeric();
        octet += 1;
    }
    let mut at = 0;
    while at < others.len() {
        table[others[at] as usize] = true;
        at += 1;
    }
    table
}

/// Whether all octets belong to a set.
#[inline(always)]
pub(crate) fn are_all(octets: &[u8], of: &[bool; 256]) -> bool {
    // Without a way out: what belongs there is what nearly always comes.
    octets.iter().fold(true, |all, octet| all & (of.get(usize::from(*octet)) == Some(&true)))
}

/// How many octets at the front belong to a set.
#[inline(always)]
pub(crate) fn front(octets: &[u8], of: &[bool; 256]) -> usize {
    let is = |octet: &u8| of.get(usize::from(*octet)) == Some(&true);
    let (parts, _) = octets.as_chunks::<4>();
    let whole = 4 * parts.iter().take_while(|part| are_all(*part, of)).count();
    whole + octets.get(whole..).unwrap_or_default().iter().take_while(|octet| is(octet)).count()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_front_is_what_belongs_there(octets in "[ab ]{0,20}") {
            let of = alphanumeric_and(b"");
            let octets = octets.as_bytes();
            let count = octets.iter().take_while(|octet| octet.is_ascii_alphanumeric()).count();
            prop_assert_eq!(front(octets, &of), count);
            prop_assert!(are_all(&octets[..count], &of));
        }
    }
}
