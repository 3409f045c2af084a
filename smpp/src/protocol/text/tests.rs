//! What holds for every text and for any octets.

use ::gsm7::{Gsm7Reader, Gsm7Writer};
use proptest::prelude::*;

use super::{gsm7, *};
use crate::{DataSm, DeliverSm, EsmClass, SubmitSm, TlvList, protocol::udh::Udh};

/// Texts that are likely to be carried by the small alphabets, and any others.
fn texts() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z @£€{}\\[\\]|^\r\n]{0,400}",
        "[a-z ğışçİŞĞ€]{0,400}",
        "[a-z ãõáéíóúçÀÂÊÔ∞^]{0,400}",
        "[\\PC]{0,300}",
        "(👨‍👩‍👧|🇳🇱|e\u{301}|😀|x|\r\n){0,120}",
        any::<String>(),
    ]
}

fn encodings() -> impl Strategy<Value = Encoding> {
    let language = || {
        proptest::sample::select(vec![
            None,
            Some(Language::Turkish),
            Some(Language::Spanish),
            Some(Language::Portuguese),
        ])
    };
    prop_oneof![
        (language(), language())
            .prop_map(|(locking, single)| Encoding::Gsm7(Tables { locking, single })),
        proptest::sample::select(vec![
            Encoding::Ascii,
            Encoding::Latin1,
            Encoding::Cyrillic,
            Encoding::Hebrew,
            Encoding::Ucs2,
        ]),
    ]
}

fn methods() -> impl Strategy<Value = Method> {
    prop_oneof![
        any::<u8>().prop_map(Method::Udh8),
        any::<u16>().prop_map(Method::Udh16),
        any::<u16>().prop_map(Method::Sar),
        Just(Method::Payload),
    ]
}

fn read(part: &Part) -> String {
    Decoder::new().decode(part.user_data(), part.data_coding(), part.udh()).into_owned()
}

/// The most a part may have on the air, in bits; the header that the SMSC makes of SAR TLVs is counted in.
fn bits(part: &Part, method: Method) -> usize {
    let header = part.udh().map_or(0, Udh::octets);
    let sar = match method {
        Method::Sar(reference) if part.total() > 1 => {
            let element = if reference < 256 { 5 } else { 6 };
            if header == 0 { element + 1 } else { element }
        }
        _ => 0,
    };
    let header = header + sar;
    match part.data_coding() {
        0 => header * 8 + usize::from(septets::fill_bits(header)) + part.user_data().len() * 7,
        _ => (header + part.user_data().len()) * 8,
    }
}

proptest! {
    #[test]
    fn what_is_encoded_is_read_again(text in texts(), encoding in encodings()) {
        match encoding.encode(&text) {
            Ok(octets) => prop_assert_eq!(encoding.decode(&octets), text.as_str()),
            Err(error) => {
                prop_assert!(text[error.at..].starts_with(error.char));
                prop_assert_eq!(encoding.units(&text), Err(error));
            }
        }
        let octets = Encoding::Ucs2.encode(&text).unwrap();
        prop_assert_eq!(Encoding::Ucs2.decode(&octets), text);
    }

    #[test]
    fn the_chosen_encoding_carries_the_text(text in texts(), latin1: bool, languages in proptest::collection::vec(0..3_usize, 0..3)) {
        let options = languages
            .iter()
            .fold(Options::new(Method::Udh8(1)), |options, &at| options.national(Language::ALL[at]))
            .latin1(latin1);
        let encoding = Encoding::choose(&text, options);
        let octets = encoding.encode(&text).unwrap();
        prop_assert_eq!(encoding.decode(&octets), text);
    }

    #[test]
    fn parts_give_the_text_back(text in texts(), method in methods(), latin1: bool, national: bool) {
        let mut options = Options::new(method).latin1(latin1);
        if national {
            options = Language::ALL.into_iter().fold(options, Options::national);
        }
        let parts = parts(&text, options).unwrap();
        let mut heard = String::new();
        for (at, part) in parts.iter().enumerate() {
            prop_assert_eq!(usize::from(part.sequence()), at + 1);
            prop_assert_eq!(usize::from(part.total()), parts.len());
            if method != Method::Payload {
                prop_assert!(bits(part, method) <= 1120, "{} bits", bits(part, method));
                prop_assert!(part.short_message().len() <= 160);
            }
            if parts.len() > 1 && !matches!(method, Method::Sar(_)) {
                let concatenation = part.udh().and_then(Udh::concatenation).unwrap();
                prop_assert_eq!((concatenation.sequence, concatenation.total), (part.sequence(), part.total()));
            }
            heard += &read(part);
        }
        prop_assert_eq!(heard, text);
    }

    #[test]
    fn no_cluster_is_cut(clusters in proptest::collection::vec(proptest::sample::select(vec!["👨‍👩‍👧", "🇳🇱", "e\u{301}", "😀", "x", "\r\n", "€"]), 0..200)) {
        use unicode_segmentation::UnicodeSegmentation;
        let text = clusters.concat();
        let whole: Vec<_> = text.graphemes(true).collect();
        let parts = parts(&text, Options::new(Method::Udh16(1))).unwrap();
        let texts: Vec<_> = parts.iter().map(read).collect();
        let apart: Vec<_> = texts.iter().flat_map(|text| text.graphemes(true)).collect();
        prop_assert_eq!(apart, whole);
    }

    #[test]
    fn any_octets_are_read(octets: Vec<u8>, data_coding: u8, packed: bool, header: Vec<u8>, default in encodings()) {
        let decoder = Decoder::new().packed(packed).default_alphabet(default);
        let udh = Udh::parse(&header).map(|(udh, _)| udh);
        let text = decoder.decode(&octets, data_coding, udh);
        prop_assert!(text.chars().count() <= octets.len() * 8 / 7 + 1);
    }

    #[test]
    fn septets_agree_with_another_codec(text in "[a-zA-Z0-9 @£$¥èéΔΦΓ€{}|~^\\\\\\[\\]äöñüà]{0,170}") {
        let mut writer = Gsm7Writer::new(Vec::new());
        writer.write_str(&text).unwrap();
        let theirs = writer.into_writer().unwrap();
        let septets = gsm7::encode(&text, Tables::DEFAULT).unwrap();
        // Its padding is not compared: it puts a carriage return where one bit is left over, not where seven are.
        let unpacked = septets::unpack(&theirs, 0);
        prop_assert_eq!(unpacked.get(..septets.len()), Some(&septets[..]));
        let heard: Result<String, _> = Gsm7Reader::new(&septets::pack(&septets, 0)[..]).collect();
        let padding = if septets.len() % 8 == 7 { "@" } else { "" };
        prop_assert_eq!(heard.unwrap(), text + padding);
    }
}

#[test]
fn limits() {
    let turkish = |locking, single| Encoding::Gsm7(Tables { locking, single });
    let language = Some(Language::Turkish);
    for (encoding, method, alone, each) in [
        (Encoding::GSM7, Method::Udh8(0), 160, 153),
        (Encoding::GSM7, Method::Udh16(0), 160, 152),
        (Encoding::GSM7, Method::Sar(255), 160, 153),
        (Encoding::GSM7, Method::Sar(256), 160, 152),
        (Encoding::Ucs2, Method::Udh8(0), 70, 67),
        (Encoding::Ucs2, Method::Udh16(0), 70, 66),
        (Encoding::Latin1, Method::Udh8(0), 140, 134),
        (Encoding::Latin1, Method::Udh16(0), 140, 133),
        (turkish(None, language), Method::Udh8(0), 155, 149),
        (turkish(language, language), Method::Udh8(0), 152, 146),
        (turkish(Some(Language::Spanish), None), Method::Udh8(0), 160, 153),
    ] {
        let lengths = |len: usize| {
            let text = "a".repeat(len);
            let parts = split(&text, encoding, method).unwrap();
            parts.iter().map(|part| read(part).len()).collect::<Vec<_>>()
        };
        assert_eq!(lengths(0), [0]);
        assert_eq!(lengths(alone), [alone], "{encoding:?}");
        assert_eq!(lengths(alone + 1), [each, alone + 1 - each], "{encoding:?} {method:?}");
        let most = "a".repeat(each * 255);
        assert_eq!(split(&most, encoding, method).unwrap().len(), 255);
        let error = split(&(most + "a"), encoding, method).unwrap_err();
        assert_eq!(error, SplitError::TooManyParts { parts: 256 });
    }
}

#[test]
fn pairs_stay_together() {
    let lengths = |text: &str| {
        let parts = parts(text, Options::new(Method::Udh8(1))).unwrap();
        parts.iter().map(|part| part.user_data().len()).collect::<Vec<_>>()
    };
    assert_eq!(lengths(&("a".repeat(152) + "€" + &"b".repeat(20))), [152, 22]);
    assert_eq!(lengths(&("é".repeat(10) + &"😀".repeat(40) + "ї")), [2 * 66, 2 * 25]);
    // A cluster that no part can hold is cut between characters.
    let zalgo = "z".to_owned() + &"\u{301}".repeat(100);
    assert_eq!(lengths(&zalgo), [134, 2 * 34]);
}

#[test]
fn headers_and_tlvs_of_parts() {
    let text = "a".repeat(200);
    let part = |method| split(&text, Encoding::GSM7, method).unwrap().into_iter().nth(1).unwrap();
    assert_eq!(part(Method::Udh8(0xA7)).body()[..6], [5, 0, 3, 0xA7, 2, 2]);
    assert_eq!(part(Method::Udh16(0xBEEF)).body()[..7], [6, 8, 4, 0xBE, 0xEF, 2, 2]);
    assert_eq!(part(Method::Udh8(1)).esm_class(), EsmClass::UDHI);
    let sar = part(Method::Sar(0x1234));
    assert_eq!((sar.esm_class(), sar.udh()), (0, None));
    let pdu =
        SubmitSm::builder().short_message(sar.short_message()).tlvs(sar.tlvs()).build().unwrap();
    assert_eq!(pdu.tlvs().sar_msg_ref_num(), Some(0x1234));
    assert_eq!(pdu.tlvs().sar_total_segments(), Some(2));
    assert_eq!(pdu.tlvs().sar_segment_seqnum(), Some(2));

    let payload = split(&text, Encoding::Ucs2, Method::Payload).unwrap();
    assert_eq!(payload.len(), 1);
    let part = payload.iter().next().unwrap();
    assert!(part.short_message().is_empty());
    let pdu = DataSm::builder().data_coding(8).tlvs(part.tlvs()).build().unwrap();
    assert_eq!(pdu.text(), text);
    let error = split(&"a".repeat(32_768), Encoding::Ucs2, Method::Payload).unwrap_err();
    assert_eq!(error, SplitError::PayloadTooLong { octets: 65_536 });
    assert!(split(&"a".repeat(65_535), Encoding::GSM7, Method::Payload).is_ok());

    let turkish = Encoding::Gsm7(Tables { locking: None, single: Some(Language::Turkish) });
    let alone = split("ş", turkish, Method::Udh8(1)).unwrap();
    assert_eq!(alone.iter().next().unwrap().body(), b"\x03\x24\x01\x01\x1Bs");
    let error = split("щ", turkish, Method::Udh8(1)).unwrap_err();
    assert_eq!(error.to_string(), "'щ' at octet 0 of the text is not in the alphabet");
}

#[test]
fn national_tables_only_where_the_header_is_ours() {
    let options = |method| Options::new(method).national(Language::Turkish);
    let encoding = |method| parts("ş", options(method)).unwrap().encoding();
    assert!(matches!(encoding(Method::Udh8(1)), Encoding::Gsm7(_)));
    assert_eq!(encoding(Method::Sar(1)), Encoding::Ucs2);
    assert_eq!(encoding(Method::Payload), Encoding::Ucs2);
}

#[test]
fn the_text_of_pdus() {
    let short = DeliverSm::builder().short_message(b"caf\x05").build().unwrap();
    assert_eq!(short.text(), "café");
    let tlvs = TlvList::new().message_payload(b"payload");
    let both = SubmitSm::builder().short_message(b"short").tlvs(tlvs).build().unwrap();
    assert_eq!(both.text(), "payload");
    let latin1 = SubmitSm::builder().data_coding(3).short_message(b"\xFCber").build().unwrap();
    assert_eq!(latin1.text(), "über");
    let part = SubmitSm::builder()
        .esm_class(EsmClass::UDHI)
        .data_coding(8)
        .short_message(b"\x05\x00\x03\xA7\x02\x01\x04\x10")
        .build()
        .unwrap();
    assert_eq!(part.text(), "А");
    let packed = DeliverSm::builder()
        .short_message(b"\xE8\x32\x9B\xFD\x46\x97\xD9\xEC\x37")
        .build()
        .unwrap();
    assert_eq!(packed.text_with(Decoder::new().packed(true)), "hellohello");
}
