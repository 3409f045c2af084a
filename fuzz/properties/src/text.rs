//! The text of messages: any octets are read, and what was encoded is read again.

use wirepath_smpp::{
    protocol::udh::Udh,
    text::{
        Decoder, Encoding, Language, Method, Options, Tables, gsm7, parts, septets, split_with,
    },
};

use crate::Octets;

/// The target: `data_coding`, flags, the length of a header, the header; the rest is the message, and a text.
pub fn any_octets(data: &[u8]) {
    let mut octets = Octets::new(data);
    let (data_coding, flags) = (octets.next_u8(), octets.next_u8());
    let length = usize::from(octets.next_u8() % 16);
    let header = octets.take(length);
    let message = octets.take(usize::MAX);
    reads(message, data_coding, flags, Udh::parse(header).map(|(udh, _)| udh));
    splits(&String::from_utf8_lossy(message), flags, octets_of(header));
}

fn octets_of(header: &[u8]) -> u16 {
    Octets::new(header).next_u16()
}

fn languages(flags: u8) -> impl Iterator<Item = Language> {
    Language::ALL
        .into_iter()
        .enumerate()
        .filter(move |(bit, _)| flags & (1 << bit) != 0)
        .map(|it| it.1)
}

/// # Panics
///
/// If the text is longer than its octets can say, or what was read is written otherwise.
pub fn reads(message: &[u8], data_coding: u8, flags: u8, udh: Option<Udh<'_>>) {
    for packed in [false, true] {
        let text = Decoder::new().packed(packed).decode(message, data_coding, udh);
        // Packed septets are the most characters that octets can have.
        assert!(text.chars().count() <= message.len() * 8 / 7 + 1);
    }
    let language = languages(flags).next();
    let tables = Tables {
        locking: language.filter(|_| flags & 8 != 0),
        single: language.filter(|_| flags & 16 != 0),
    };
    for encoding in [
        Encoding::Gsm7(tables),
        Encoding::Ascii,
        Encoding::Latin1,
        Encoding::Cyrillic,
        Encoding::Hebrew,
        Encoding::Ucs2,
    ] {
        let text = encoding.decode(message);
        // What was broken has become U+FFFD, which only UTF-16 has; two escapes have become a blank.
        let Ok(again) = encoding.encode(&text) else {
            assert!(
                encoding != Encoding::Ucs2 && text.contains('\u{FFFD}'),
                "{encoding:?} {text:?}"
            );
            continue;
        };
        assert_eq!(encoding.decode(&again), text, "{encoding:?}");
        let units = if encoding == Encoding::Ucs2 { again.len() / 2 } else { again.len() };
        assert_eq!(encoding.units(&text), Ok(units));
    }
    let fill = flags % 7;
    let unpacked = septets::unpack(message, fill);
    assert!(unpacked.iter().all(|septet| *septet < 0x80));
    let whole = septets::octets(unpacked.len(), fill);
    assert!(whole <= message.len() && septets::pack(&unpacked, fill).len() == whole);
    assert_eq!(&septets::unpack(&septets::pack(&unpacked, fill), fill)[..unpacked.len()], unpacked);
    let _ = gsm7::decode(&unpacked, tables);
}

/// # Panics
///
/// If the parts do not say the text, or one does not fit into a message.
pub fn splits(text: &str, flags: u8, reference: u16) {
    let method = match flags >> 6 {
        0 => Method::Udh8(reference.to_be_bytes()[1]),
        1 => Method::Udh16(reference),
        2 => Method::Sar(reference),
        _ => Method::Payload,
    };
    let packed = flags & 32 != 0;
    let options = Options::new(method).packed(packed).latin1(flags & 8 != 0);
    let options = languages(flags).fold(options, Options::national);
    let of_ucs2 = split_with(text, Encoding::Ucs2, options);
    for parts in [parts(text, options), of_ucs2].into_iter().flatten() {
        let decoder = Decoder::new().packed(packed);
        let read = |part: &wirepath_smpp::text::Part| {
            decoder.decode(part.user_data(), part.data_coding(), part.udh()).into_owned()
        };
        let heard: String = parts.iter().map(read).collect();
        match packed {
            false => assert_eq!(heard, text),
            // A carriage return that was doubled stays double (3GPP TS 23.038 §6.1.2.3.1).
            true => assert_eq!(heard.replace('\r', ""), text.replace('\r', "")),
        }
        for (number, part) in (1..).zip(&parts) {
            assert_eq!((part.sequence(), usize::from(part.total())), (number, parts.len()));
            let septets = matches!(parts.encoding(), Encoding::Gsm7(_)) && !packed;
            let octets = match (method, septets) {
                (Method::Payload, _) => 65_535,
                (_, true) => 160,
                (_, false) => 140,
            };
            assert!(part.body().len() <= octets, "{} octets", part.body().len());
        }
    }
}
