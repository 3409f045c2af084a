//! What peers send, and what they might.

use proptest::prelude::*;

use super::super::message_state::MessageState;
use super::*;
use crate::protocol::{
    Frame, Rules, TlvList,
    pdu::{DataSm, DeliverSm, EsmClass, Pdu as _, RequestPdu, SubmitSm},
};

/// One body and what is in it: id, sub, dlvrd, dates, stat, err, text.
struct Form {
    from: &'static str,
    body: &'static str,
    fields: [Option<&'static str>; 8],
}

fn fields<'a>(receipt: &'a Receipt<'_>) -> [Option<&'a [u8]>; 8] {
    [
        receipt.id(),
        receipt.sub(),
        receipt.dlvrd(),
        receipt.submit_date(),
        receipt.done_date(),
        receipt.stat(),
        receipt.err(),
        receipt.text(),
    ]
}

/// `some![a, -, b]`: the fields of a form, a dash for a missing one.
macro_rules! some {
    (@ -) => { None };
    (@ $value:literal) => { Some($value) };
    ($($value:tt)+) => { [$(some!(@ $value)),+] };
}

const FORMS: &[Form] = &[
    Form {
        from: "appendix B",
        body: "id:0123456789 sub:001 dlvrd:001 submit date:9907231215 done date:9907231216 stat:DELIVRD err:000 text:Hello world",
        fields: some!("0123456789" "001" "001" "9907231215" "9907231216" "DELIVRD" "000" "Hello world"),
    },
    Form {
        from: "Kannel: a UUID, one digit of counts, no text",
        body: "id:6ba7b810-9dad-11d1-80b4-00c04fd430c8 sub:001 dlvrd:1 submit date:240229120000 done date:240229120004 stat:DELIVRD err:000 text:",
        fields: some!("6ba7b810-9dad-11d1-80b4-00c04fd430c8" "001" "1" "240229120000" "240229120004" "DELIVRD" "000" ""),
    },
    Form {
        from: "Jasmin: no counts, no text",
        body: "id:4d5e submit date:2402291200 done date:2402291201 stat:UNDELIV err:011",
        fields: some!("4d5e" - - "2402291200" "2402291201" "UNDELIV" "011" -),
    },
    Form {
        from: "SMPPSim: a capital T",
        body: "id:0 sub:001 dlvrd:001 submit date:0806231233 done date:0806231234 stat:DELIVRD err:000 Text:Hello",
        fields: some!("0" "001" "001" "0806231233" "0806231234" "DELIVRD" "000" "Hello"),
    },
    Form {
        from: "cloudhopper: an id beyond 64 bits, zero dates",
        body: "id:91234567890123456789012345678901 sub:001 dlvrd:000 submit date:0000000000 done date:0000000000 stat:EXPIRED err:0 text:x",
        fields: some!("91234567890123456789012345678901" "001" "000" "0000000000" "0000000000" "EXPIRED" "0" "x"),
    },
    Form {
        from: "blanks after colons",
        body: "id: 77 sub: 1 dlvrd: 0 submit date: 2402291200 done date: 2402291201 stat: REJECTD err: 12 text: hi",
        fields: some!("77" "1" "0" "2402291200" "2402291201" "REJECTD" "12" " hi"),
    },
    Form {
        from: "upper-case keys, lower-case state, letters in err",
        body: "ID:0077 SUB:001 DLVRD:001 SUBMIT DATE:20240229120000 DONE DATE:20240229120001 STAT:delivrd ERR:E1 TEXT:hi",
        fields: some!("0077" "001" "001" "20240229120000" "20240229120001" "delivrd" "E1" "hi"),
    },
    Form {
        from: "empty fields",
        body: "id:77 sub: dlvrd: submit date: done date: stat:FAILED err: text:",
        fields: some!("77" - ---"FAILED" - ""),
    },
    Form {
        from: "sixteen characters of date",
        body: "id:77 sub:001 dlvrd:001 submit date:240229120000000+ done date:240229120001004+ stat:DELIV err:0000 text:",
        fields: some!("77" "001" "001" "240229120000000+" "240229120001004+" "DELIV" "0000" ""),
    },
    Form {
        from: "another order, underscores, `status`, unknown keys",
        body: "stat:DELIVRD id:77 msc:4912345 done_date:2402291200 submit_date:2402291159 err:000 smsc:x",
        fields: some!("77" - - "2402291159" "2402291200" "DELIVRD" "000" -),
    },
    Form {
        from: "commas, lines",
        body: "id:77,sub:001, dlvrd:001\r\nsubmit date:2402291200;done date:2402291201\nstat:DELIVRD\terror:000",
        fields: some!("77" "001" "001" "2402291200" "2402291201" "DELIVRD" "000" -),
    },
    Form {
        from: "a date with a blank in it",
        body: "id:77 submit date:2024-02-29 12:00:00 done date:2024-02-29 12:00:01 stat:DELIVRD",
        fields: some!("77" - - "2024-02-29" "2024-02-29" "DELIVRD" - -),
    },
    Form {
        from: "keys again inside the text",
        body: "id:77 sub:001 dlvrd:001 submit date:2402291200 done date:2402291201 stat:UNDELIV err:004 text:id:99 stat:DELIVRD err:000",
        fields: some!("77" "001" "001" "2402291200" "2402291201" "UNDELIV" "004" "id:99 stat:DELIVRD err:000"),
    },
    Form {
        from: "keys twice without a text: the first wins",
        body: "id:77 stat:UNDELIV err:004 id:99 stat:DELIVRD",
        fields: some!("77" - - - - "UNDELIV" "004" -),
    },
    Form {
        from: "the id only in a TLV",
        body: "sub:001 dlvrd:001 submit date:2402291200 done date:2402291201 stat:DELIVRD err:000 text:",
        fields: some!(- "001" "001" "2402291200" "2402291201" "DELIVRD" "000" ""),
    },
    Form {
        from: "colons and signs in the id, NULs at the end",
        body: "  id:a:b/c+d=_ sub:001 dlvrd:001 submit date:2402291200 done date:2402291201 stat:DELIVRD err:000 text:hi\0\0",
        fields: some!("a:b/c+d=_" "001" "001" "2402291200" "2402291201" "DELIVRD" "000" "hi"),
    },
];

#[test]
fn every_known_form_is_read() {
    for form in FORMS {
        let receipt = Receipt::parse(form.body.as_bytes()).expect(form.from);
        let expected = form.fields.map(|field| field.map(str::as_bytes));
        assert_eq!(fields(&receipt), expected, "{}", form.from);
        assert_eq!(receipt.raw(), form.body.as_bytes());
        assert!(receipt.state().is_some(), "{}", form.from);
        let owned = receipt.clone().into_owned();
        assert_eq!(owned, receipt);
    }
}

#[test]
fn what_only_looks_like_a_receipt_is_none() {
    for body in [
        "",
        "id:",
        "id:77",
        "id: 77 text: hello",
        "Please tell me id:77 stat:DELIVRD",
        "stat:DELIVRD err:000",
        "identity:77 stat:DELIVRD",
        "text:id:77 stat:DELIVRD",
        "sub:001 dlvrd:001 submit date:2402291200 done date:2402291201 err:000",
        "id stat",
        ":::: id:77",
    ] {
        assert_eq!(Receipt::parse(body.as_bytes()), None, "{body:?}");
    }
}

/// A body that was cut off has the fields so far, the last of them perhaps cut too, and no others.
fn check_truncation(body: &[u8]) {
    let Some(whole) = Receipt::parse(body) else { return };
    for end in 0..body.len() {
        let Some(cut) = Receipt::parse(&body[..end]) else { continue };
        for (part, whole) in fields(&cut).into_iter().zip(fields(&whole)) {
            let Some(part) = part else { continue };
            let whole = whole.unwrap_or_else(|| panic!("{part:?} came of nothing at {end}"));
            assert!(whole.starts_with(part), "{part:?} of {whole:?} at {end}");
        }
    }
}

#[test]
fn truncation_only_takes_away() {
    for form in FORMS {
        // NULs at the end are not text, but NULs before more text are.
        check_truncation(form.body.trim_end_matches('\0').as_bytes());
        let body = form.body.as_bytes();
        let mut found = 0;
        for end in 0..=body.len() {
            let now = Receipt::parse(&body[..end])
                .map_or(0, |cut| fields(&cut).into_iter().flatten().count());
            assert!(now >= found, "{} lost a field at {end}", form.from);
            found = now;
        }
    }
}

#[test]
fn receipts_in_utf16_are_read() {
    let body = "id:77 stat:DELIVRD err:000 text:Grüße 👋";
    let big: Vec<u8> = body.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let little: Vec<u8> = body.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let marked = [&[0xFE, 0xFF], &big[..]].concat();
    for wide in [&big, &little, &marked] {
        let receipt = Receipt::parse(wide).unwrap();
        assert_eq!(receipt.id(), Some(&b"77"[..]));
        assert_eq!(receipt.text(), Some("Grüße 👋".as_bytes()));
        assert_eq!(receipt.raw(), body.as_bytes());
        for end in 0..wide.len() {
            let cut = Receipt::parse(&wide[..end]);
            assert!(cut.is_none_or(|cut| cut.id() == Some(b"77")), "cut to {end}");
        }
    }
    // Half a pair at the end, a pair the wrong way round.
    let odd = [&big[..], &[0xD8]].concat();
    assert_eq!(Receipt::parse(&odd).unwrap().text(), Some("Grüße 👋".as_bytes()));
    let lone = [&big[..], &[0xDC, 0x00]].concat();
    assert_eq!(Receipt::parse(&lone).unwrap().text(), Some("Grüße 👋\u{FFFD}".as_bytes()));
}

#[test]
fn tlvs_and_text_are_merged_in_the_order_asked_for() {
    let text = || Receipt::parse(b"id:text stat:UNDELIV err:004");
    let tlv_first = merge(text(), Some(b"tlv\0"), Some(2), Some([3, 0, 1]), SourceOrder::TlvFirst);
    let receipt = tlv_first.unwrap();
    assert_eq!(receipt.id(), Some(&b"tlv"[..]));
    assert_eq!(receipt.state(), Some(MessageState::DELIVERED));
    assert_eq!(receipt.network_error_code(), Some([3, 0, 1]));
    assert_eq!(receipt.err(), Some(&b"004"[..]));

    let text_first = merge(text(), Some(b"tlv\0"), Some(2), None, SourceOrder::TextFirst);
    let receipt = text_first.unwrap();
    assert_eq!(receipt.id(), Some(&b"text"[..]));
    assert_eq!(receipt.state(), Some(MessageState::UNDELIVERABLE));
    assert_eq!(receipt.message_state(), Some(MessageState::DELIVERED));
}

#[test]
fn either_source_fills_what_the_other_lacks() {
    let tlvs = merge(None, Some(b"00ff"), Some(5), None, SourceOrder::TextFirst).unwrap();
    assert_eq!(tlvs.id(), Some(&b"00ff"[..]));
    assert_eq!(tlvs.state(), Some(MessageState::UNDELIVERABLE));
    assert_eq!(tlvs.raw(), b"");

    let text = Receipt::parse(b"id:77 stat:DELIVRD");
    let receipt = merge(text, Some(b"\0"), None, None, SourceOrder::TlvFirst).unwrap();
    assert_eq!(receipt.id(), Some(&b"77"[..]));
    assert_eq!(receipt.state(), Some(MessageState::DELIVERED));

    // A state of the vendor's own gives way to a text that is understood.
    let text = Receipt::parse(b"id:77 stat:DELIVRD");
    let receipt = merge(text, None, Some(200), None, SourceOrder::TlvFirst).unwrap();
    assert_eq!(receipt.state(), Some(MessageState::DELIVERED));

    assert_eq!(merge(None, None, None, Some([3, 0, 1]), SourceOrder::TlvFirst), None);
    assert_eq!(merge(None, Some(b""), None, None, SourceOrder::TlvFirst), None);
}

fn any_state() -> impl Strategy<Value = MessageState> {
    prop::sample::select(MessageState::ALL.to_vec())
}

fn any_date() -> impl Strategy<Value = ReceiptDate> {
    (946_684_800_u64..4_102_444_800).prop_map(|seconds| {
        let at = std::time::UNIX_EPOCH + std::time::Duration::from_secs(seconds / 60 * 60);
        ReceiptDate::from_system_time(at, 0).unwrap()
    })
}

/// A PDU of either kind with these, as it arrives.
fn arrived(esm_class: u8, text: &[u8], tlvs: TlvList) -> [RequestPdu; 2] {
    let payload = match text {
        [] => tlvs.clone(),
        text => tlvs.clone().message_payload(text),
    };
    let deliver = DeliverSm::builder().esm_class(esm_class).short_message(text).tlvs(tlvs);
    let data = DataSm::builder().esm_class(esm_class).tlvs(payload);
    let sent: [RequestPdu; 2] = [deliver.build().unwrap().into(), data.build().unwrap().into()];
    sent.map(|pdu| {
        let mut wire = bytes::BytesMut::new();
        pdu.encode(7, &mut wire);
        RequestPdu::decode(Frame::from_bytes(wire.freeze()).unwrap(), Rules::Strict).unwrap()
    })
}

const TEXT: &[u8] = b"id:255 sub:001 dlvrd:001 stat:ACCEPTD err:007 text:hi";

#[test]
fn a_pdu_gives_its_receipt_by_deliver_sm_and_by_data_sm() {
    let tlvs = TlvList::new()
        .receipted_message_id(b"FF")
        .message_state(MessageState::DELIVERED)
        .network_error_code(b"\x03\x00\x2A");
    for pdu in arrived(EsmClass::RECEIPT, TEXT, tlvs) {
        let receipt = pdu.receipt().unwrap();
        assert_eq!(receipt.id(), Some(&b"FF"[..]), "{pdu:?}");
        assert_eq!(receipt.state(), Some(MessageState::DELIVERED));
        assert_eq!(receipt.network_error_code(), Some([3, 0, 42]));
        assert_eq!((receipt.err(), receipt.text()), (Some(&b"007"[..]), Some(&b"hi"[..])));
        let by_text = match &pdu {
            RequestPdu::DeliverSm(pdu) => pdu.receipt_in(SourceOrder::TextFirst),
            RequestPdu::DataSm(pdu) => pdu.receipt_in(SourceOrder::TextFirst),
            _ => None,
        };
        let by_text = by_text.unwrap();
        assert_eq!(by_text.id(), Some(&b"255"[..]));
        assert_eq!(by_text.state(), Some(MessageState::ACCEPTED));
    }
}

#[test]
fn a_receipt_of_a_pdu_may_be_text_alone_or_tlvs_alone() {
    for pdu in arrived(EsmClass::RECEIPT, TEXT, TlvList::new()) {
        let receipt = pdu.receipt().unwrap();
        assert_eq!(receipt.id(), Some(&b"255"[..]), "{pdu:?}");
        assert_eq!((receipt.message_state(), receipt.network_error_code()), (None, None));
    }
    for pdu in arrived(EsmClass::RECEIPT, b"", TlvList::new().receipted_message_id(b"FF")) {
        let receipt = pdu.receipt().unwrap();
        assert_eq!((receipt.id(), receipt.raw()), (Some(&b"FF"[..]), &b""[..]), "{pdu:?}");
    }
}

#[test]
fn a_receipt_behind_a_user_data_header_is_read() {
    let text = [b"\x05\x00\x03\x07\x01\x01", TEXT].concat();
    for pdu in arrived(EsmClass::RECEIPT | EsmClass::UDHI, &text, TlvList::new()) {
        assert_eq!(pdu.receipt().unwrap().id(), Some(&b"255"[..]), "{pdu:?}");
    }
}

#[test]
fn a_pdu_is_a_receipt_only_if_esm_class_says_so_and_something_can_be_read() {
    let tlvs = || TlvList::new().receipted_message_id(b"FF");
    for esm_class in [0, EsmClass::INTERMEDIATE, 0x08, 0x10, 0x24, EsmClass::REPLY_PATH] {
        for pdu in arrived(esm_class, TEXT, tlvs()) {
            assert!(pdu.receipt().is_none(), "{pdu:?}");
        }
    }
    for pdu in arrived(EsmClass::RECEIPT, b"id: 7, please", TlvList::new()) {
        assert!(pdu.receipt().is_none(), "{pdu:?}");
    }
    let submit = SubmitSm::builder().esm_class(EsmClass::RECEIPT).short_message(TEXT).build();
    assert!(RequestPdu::from(submit.unwrap()).receipt().is_none());
}

proptest! {
    #[test]
    fn what_was_built_is_read_back(
        id in "[!-+\\--:<-~]{1,64}",
        state in any_state(),
        submitted in any_date(),
        done in any_date(),
        counts in (0..=999_u16, 0..=999_u16),
        err in "[0-9A-Za-z]{1,4}",
        text in "[ -~]{0,20}",
        short: bool,
    ) {
        let form = if short { ReceiptForm::Short } else { ReceiptForm::Canonical };
        let builder = ReceiptBuilder::new(id.as_bytes(), state)
            .submitted(submitted)
            .done(done)
            .counts(counts.0, counts.1)
            .err(err.as_bytes())
            .text(text.as_bytes())
            .form(form);
        let body = builder.to_vec();
        let receipt = Receipt::parse(&body).unwrap();
        prop_assert_eq!(receipt.id(), Some(id.as_bytes()));
        prop_assert_eq!(receipt.state(), Some(state));
        prop_assert_eq!(receipt.submitted_at().unwrap().to_system_time(0), submitted.to_system_time(0));
        prop_assert_eq!(receipt.done_at().unwrap().to_system_time(0), done.to_system_time(0));
        let sub = (!short).then(|| format!("{:03}", counts.0).into_bytes());
        prop_assert_eq!(receipt.sub(), sub.as_deref());
        prop_assert_eq!(receipt.err(), Some(err.as_bytes()));
        prop_assert_eq!(receipt.text(), Some(text.as_bytes()));

        let tlvs = builder.form(ReceiptForm::Tlv).tlvs();
        let tlvs: Vec<_> = tlvs.iter().collect();
        let merged = merge(None, Some(tlvs[0].1), Some(tlvs[1].1[0]), None, SourceOrder::TlvFirst);
        let merged = merged.unwrap();
        prop_assert_eq!(merged.id(), Some(id.as_bytes()));
        prop_assert_eq!(merged.state(), Some(state));
    }

    #[test]
    fn any_octets_get_an_answer(body: Vec<u8>) {
        if let Some(receipt) = Receipt::parse(&body) {
            let _ = (receipt.state(), receipt.submitted_at(), receipt.done_at());
        }
    }

    #[test]
    fn anything_like_a_receipt_is_cut_monotonically(
        words in prop::collection::vec(
            prop::sample::select(vec![
                "id:", "sub:", "dlvrd:", "submit date:", "done date:", "stat:", "err:", "Text:",
                "status:", "error:", "su", "d", " ", " ", " ", ",", "77", "DELIVRD", "x:y", "é",
            ]),
            0..25,
        ),
    ) {
        check_truncation(format!("id:1 {}", words.concat()).as_bytes());
    }
}
