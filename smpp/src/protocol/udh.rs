//! The User Data Header in front of a message (3GPP TS 23.040 §9.2.3.24).
//!
//! A message whose `esm_class` has the UDHI bit (SMPP 3.4 §5.2.12, 0x40) begins with one: its length,
//! then information elements. They say, among other things, which part of a long message this is.
//!
//! ```
//! use wirepath_smpp::protocol::udh::Udh;
//!
//! let (udh, text) = Udh::parse(b"\x05\x00\x03\xA7\x02\x01Hello, ").unwrap();
//! let part = udh.concatenation().unwrap();
//! assert_eq!((part.reference, part.total, part.sequence), (0xA7, 2, 1));
//! assert_eq!(text, b"Hello, ");
//! ```

use std::iter::FusedIterator;

/// A User Data Header, read in place.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub struct Udh<'a> {
    elements: &'a [u8],
}

/// An information element: what it is (IEI), and its data.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub struct Element<'a> {
    /// The identifier: the constants of [`Udh`] name some.
    pub id: u8,
    /// The data, whose length depends on the identifier.
    pub data: &'a [u8],
}

/// Which part of a long message this is.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub struct Concatenation {
    /// The same in all parts of one message, and different from the sender's other messages.
    pub reference: u16,
    /// Whether the reference has 16 bits on the wire. References of 8 and of 16 bits are apart: 7 in
    /// one is not 7 in the other.
    pub wide: bool,
    /// How many parts there are, from 1.
    pub total: u8,
    /// Which of them this is, from 1.
    pub sequence: u8,
}

/// The ports that a message is sent between, for what is not text.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub struct Ports {
    /// The receiver's port.
    pub destination: u16,
    /// The sender's port.
    pub source: u16,
}

impl<'a> Udh<'a> {
    /// Concatenation with a reference of 8 bits (§9.2.3.24.1).
    pub const CONCATENATION_8: u8 = 0x00;
    /// Ports of 8 bits (§9.2.3.24.3).
    pub const PORTS_8: u8 = 0x04;
    /// Ports of 16 bits (§9.2.3.24.4).
    pub const PORTS_16: u8 = 0x05;
    /// Concatenation with a reference of 16 bits (§9.2.3.24.8).
    pub const CONCATENATION_16: u8 = 0x08;
    /// National language single shift table (§9.2.3.24.15).
    pub const SINGLE_SHIFT: u8 = 0x24;
    /// National language locking shift table (§9.2.3.24.16).
    pub const LOCKING_SHIFT: u8 = 0x25;

    /// Splits the header off a message; what is behind it is the message's own.
    ///
    /// `None` if the message is shorter than its header says. Elements that do not fill the header
    /// exactly are no reason to lose the text behind them: see [`Udh::is_well_formed`].
    pub fn parse(message: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (&len, rest) = message.split_first()?;
        let (elements, rest) = rest.split_at_checked(usize::from(len))?;
        Some((Self { elements }, rest))
    }

    /// How many octets the header takes, its own length octet included.
    pub fn octets(self) -> usize {
        1 + self.elements.len()
    }

    /// The elements in their order, up to the first that is longer than what is left.
    pub fn elements(self) -> Elements<'a> {
        Elements { rest: self.elements }
    }

    /// Whether the elements fill the header to its end.
    ///
    /// ```
    /// use wirepath_smpp::protocol::udh::Udh;
    ///
    /// let (udh, text) = Udh::parse(b"\x03\x00\x03\xA7text").unwrap();
    /// assert!(!udh.is_well_formed());
    /// assert_eq!(udh.elements().count(), 0);
    /// assert_eq!(text, b"text");
    /// ```
    pub fn is_well_formed(self) -> bool {
        let mut elements = self.elements();
        elements.by_ref().for_each(drop);
        elements.rest.is_empty()
    }

    /// The data of the element with this identifier: the last one, should there be several (§9.2.3.24).
    pub fn element(self, id: u8) -> Option<&'a [u8]> {
        self.elements().filter(|element| element.id == id).last().map(|element| element.data)
    }

    /// Which part of a long message this is.
    ///
    /// An element that says "part 0", "part 3 of 2" or "of 0" is ignored, as the specification wants,
    /// and so is one of the wrong length. The last one that remains counts.
    pub fn concatenation(self) -> Option<Concatenation> {
        self.elements().filter_map(Concatenation::of).last()
    }

    /// The ports, of 8 or 16 bits; the last element that has them counts.
    pub fn ports(self) -> Option<Ports> {
        let ports = |element: Element<'_>| match (element.id, element.data) {
            (Self::PORTS_8, &[destination, source]) => {
                Some(Ports { destination: destination.into(), source: source.into() })
            }
            (Self::PORTS_16, &[d0, d1, s0, s1]) => Some(Ports {
                destination: u16::from_be_bytes([d0, d1]),
                source: u16::from_be_bytes([s0, s1]),
            }),
            _ => None,
        };
        self.elements().filter_map(ports).last()
    }
}

impl Concatenation {
    fn of(element: Element<'_>) -> Option<Self> {
        let (reference, wide, total, sequence) = match (element.id, element.data) {
            (Udh::CONCATENATION_8, &[reference, total, sequence]) => {
                (reference.into(), false, total, sequence)
            }
            (Udh::CONCATENATION_16, &[high, low, total, sequence]) => {
                (u16::from_be_bytes([high, low]), true, total, sequence)
            }
            _ => return None,
        };
        (1..=total).contains(&sequence).then_some(Self { reference, wide, total, sequence })
    }

    /// Appends a whole header with this element alone: 6 octets, or 7 if the reference is wide.
    ///
    /// A reference that is not wide is cut to its lower 8 bits.
    ///
    /// ```
    /// use wirepath_smpp::protocol::udh::Concatenation;
    ///
    /// let mut message = Vec::new();
    /// Concatenation { reference: 0xA7, wide: false, total: 2, sequence: 1 }.write(&mut message);
    /// assert_eq!(message, [5, 0, 3, 0xA7, 2, 1]);
    /// ```
    pub fn write(self, out: &mut Vec<u8>) {
        let [high, low] = self.reference.to_be_bytes();
        if self.wide {
            out.extend([6, Udh::CONCATENATION_16, 4, high, low, self.total, self.sequence]);
        } else {
            out.extend([5, Udh::CONCATENATION_8, 3, low, self.total, self.sequence]);
        }
    }
}

/// The elements of a header: see [`Udh::elements`].
#[derive(Clone, Debug)]
pub struct Elements<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for Elements<'a> {
    type Item = Element<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        let (&[id, len], rest) = self.rest.split_first_chunk()?;
        let (data, rest) = rest.split_at_checked(usize::from(len))?;
        self.rest = rest;
        Some(Element { id, data })
    }
}

impl FusedIterator for Elements<'_> {}

impl<'a> IntoIterator for Udh<'a> {
    type Item = Element<'a>;
    type IntoIter = Elements<'a>;

    fn into_iter(self) -> Self::IntoIter {
        self.elements()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hex_literal::hex;
    use proptest::prelude::*;

    fn udh(message: &[u8]) -> Udh<'_> {
        Udh::parse(message).unwrap().0
    }

    fn part(reference: u16, wide: bool, total: u8, sequence: u8) -> Option<Concatenation> {
        Some(Concatenation { reference, wide, total, sequence })
    }

    #[test]
    fn golden_headers() {
        assert_eq!(udh(&hex!("05 00 03 A7 03 02")).concatenation(), part(0xA7, false, 3, 2));
        assert_eq!(udh(&hex!("06 08 04 BEEF FF FF")).concatenation(), part(0xBEEF, true, 255, 255));
        let both = hex!("0B 05 04 0B84 23F0 00 03 01 02 01 41");
        let (header, rest) = Udh::parse(&both).unwrap();
        assert_eq!(header.ports(), Some(Ports { destination: 2948, source: 9200 }));
        assert_eq!(header.concatenation(), part(1, false, 2, 1));
        assert_eq!((header.octets(), rest), (12, &b"A"[..]));
        assert!(header.is_well_formed());
        let ports = udh(&hex!("04 04 02 F5 F6")).ports();
        assert_eq!(ports, Some(Ports { destination: 0xF5, source: 0xF6 }));
        assert_eq!(udh(&hex!("03 25 01 02")).element(Udh::LOCKING_SHIFT), Some(&[2][..]));
        assert_eq!(udh(&[0]).elements().count(), 0);
        assert!(udh(&[0]).is_well_formed());
    }

    #[test]
    fn the_last_valid_element_counts() {
        let twice = hex!("0A 00 03 01 02 01 00 03 07 02 02");
        assert_eq!(udh(&twice).concatenation(), part(7, false, 2, 2));
        let then_invalid = hex!("0A 00 03 01 02 01 00 03 07 02 03");
        assert_eq!(udh(&then_invalid).concatenation(), part(1, false, 2, 1));
    }

    #[test]
    fn impossible_parts_are_ignored() {
        for header in [
            &hex!("05 00 03 A7 02 00")[..],
            &hex!("05 00 03 A7 00 00"),
            &hex!("05 00 03 A7 00 01"),
            &hex!("05 00 03 A7 02 03"),
            &hex!("04 00 02 A7 02"),
            &hex!("06 00 04 A7 02 01 00"),
            &hex!("05 08 03 A7 02 01"),
        ] {
            assert_eq!(udh(header).concatenation(), None, "{header:02X?}");
        }
    }

    #[test]
    fn truncation_at_every_length() {
        let whole = hex!("0B 05 04 0B84 23F0 00 03 01 02 01");
        for end in 0..whole.len() {
            assert_eq!(Udh::parse(&whole[..end]), None, "cut to {end}");
        }
        // The header is whole, but its last element claims more than is left.
        for len in 1..11_u8 {
            let mut message = whole;
            message[0] = len;
            assert_eq!(udh(&message).is_well_formed(), len == 6, "{len}");
        }
    }

    proptest! {
        #[test]
        fn any_octets_get_an_answer(message: Vec<u8>) {
            if let Some((header, rest)) = Udh::parse(&message) {
                prop_assert_eq!(header.octets() + rest.len(), message.len());
                let _ = (header.concatenation(), header.ports(), header.is_well_formed());
            }
        }

        #[test]
        fn parts_round_trip(reference: u16, wide: bool, total in 1..=255_u8, sequence in 1..=255_u8) {
            prop_assume!(sequence <= total);
            let reference = if wide { reference } else { reference & 0xFF };
            let part = Concatenation { reference, wide, total, sequence };
            let mut message = Vec::new();
            part.write(&mut message);
            message.extend(b"text");
            let (header, rest) = Udh::parse(&message).unwrap();
            prop_assert!(header.is_well_formed());
            prop_assert_eq!(header.concatenation(), Some(part));
            prop_assert_eq!(rest, b"text");
        }
    }
}
