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
