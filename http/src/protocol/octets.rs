//! Sets of octets.

/// Letters, digits, and some others: a table, of which one look-up says whether an octet belongs to them.
pub(crate) struct Set {
    /// 0 for those that belong there, so that of several octets one comparison says whether all do.
    table: [u8; 256],
}

impl Set {
    pub(crate) const fn alphanumeric_and(others: &[u8]) -> Self {
        let mut table = [1; 256];
        let mut octet = 0;
        while octet < 128 {
            table[octet] = !(octet as u8).is_ascii_alphanumeric() as u8;
            octet += 1;
        }
        let mut at = 0;
        while at < others.len() {
            table[others[at] as usize] = 0;
            at += 1;
        }
        Self { table }
    }

    #[inline(always)]
    fn lacks(&self, octet: u8) -> u8 {
        self.table.get(usize::from(octet)).copied().unwrap_or(1)
    }

    /// Whether all octets belong to it.
    #[inline(always)]
    pub(crate) fn has_all(&self, octets: &[u8]) -> bool {
        // Without a way out: what belongs there is what nearly always comes.
        octets.iter().fold(0, |lacks, octet| lacks | self.lacks(*octet)) == 0
    }

    /// How many octets at the front belong to it.
    #[inline(always)]
    pub(crate) fn front(&self, octets: &[u8]) -> usize {
        let (parts, _) = octets.as_chunks::<4>();
        let whole = 4 * parts.iter().position(|part| !self.has_all(part)).unwrap_or(parts.len());
        let rest = octets.get(whole..).unwrap_or_default();
        let end = rest.iter().position(|octet| self.lacks(*octet) != 0);
        whole + end.unwrap_or(rest.len())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn who_belongs_there() {
        let set = Set::alphanumeric_and(b"!\x80");
        for octet in 0..=u8::MAX {
            let belongs = octet.is_ascii_alphanumeric() || b"!\x80".contains(&octet);
            assert_eq!(set.has_all(&[octet]), belongs, "{octet}");
        }
        assert!(set.has_all(b""));
    }

    proptest! {
        #[test]
        fn the_front_is_what_belongs_there(octets in "[ab ]{0,20}") {
            let set = Set::alphanumeric_and(b"");
            let octets = octets.as_bytes();
            let count = octets.iter().take_while(|octet| octet.is_ascii_alphanumeric()).count();
            prop_assert_eq!(set.front(octets), count);
            prop_assert_eq!(set.has_all(octets), count == octets.len());
            prop_assert!(set.has_all(&octets[..count]));
        }
    }
}
