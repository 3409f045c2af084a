//! User data headers.

use wirepath_smpp::protocol::udh::{Concatenation, Udh};

use crate::Octets;

/// The target: a message with a header, and a concatenation that is written.
pub fn any_octets(data: &[u8]) {
    parses(data);
    reads_back(&mut Octets::new(data));
}

/// # Panics
///
/// If header and rest are not the message, or the elements not the header.
pub fn parses(message: &[u8]) {
    let Some((udh, rest)) = Udh::parse(message) else {
        assert!(message.first().is_none_or(|length| usize::from(*length) >= message.len()));
        return;
    };
    assert_eq!(udh.octets() + rest.len(), message.len());
    assert_eq!(rest, &message[udh.octets()..]);
    // Written one behind the other the elements are the header, as far as they go.
    let written: Vec<u8> = udh
        .elements()
        .flat_map(|element| [&[element.id, element.data.len() as u8], element.data].concat())
        .collect();
    let header = &message[1..udh.octets()];
    assert_eq!(header.get(..written.len()), Some(&written[..]));
    assert_eq!(udh.is_well_formed(), written.len() == header.len());
    for element in udh {
        assert!(udh.element(element.id).is_some());
    }
    if let Some(part) = udh.concatenation() {
        assert!((1..=part.total).contains(&part.sequence));
        assert!(part.wide || part.reference < 0x100);
    }
    let _ = udh.ports();
}

fn reads_back(octets: &mut Octets<'_>) {
    let wide = octets.next_u8() & 1 == 1;
    let reference = octets.next_u16() & if wide { 0xFFFF } else { 0xFF };
    let total = octets.next_u8().max(1);
    let sequence = octets.next_u8() % total + 1;
    let part = Concatenation { reference, wide, total, sequence };
    let mut message = Vec::new();
    part.write(&mut message);
    let length = message.len();
    message.extend(octets.take(200));
    let (udh, rest) = Udh::parse(&message).unwrap_or_else(|| panic!("{part:?} is no header"));
    assert_eq!((udh.octets(), rest), (length, &message[length..]));
    assert!(udh.is_well_formed());
    assert_eq!(udh.concatenation(), Some(part));
}
