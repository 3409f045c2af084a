//! Delivery receipts.

use wirepath_smpp::{
    MessageState, Receipt, ReceiptBuilder, ReceiptForm,
    protocol::receipt::{ReceiptDate, SourceOrder, merge},
};

use crate::Octets;

/// The target: what is parsed has its parts inside the body; what is built is read back.
pub fn any_octets(data: &[u8]) {
    parses(data);
    reads_back(&mut Octets::new(data));
}

/// # Panics
///
/// If a part is not from the body, or an owned copy differs.
pub fn parses(body: &[u8]) {
    let Some(receipt) = Receipt::parse(body) else { return };
    let raw = receipt.raw();
    let parts = [
        receipt.id(),
        receipt.sub(),
        receipt.dlvrd(),
        receipt.submit_date(),
        receipt.done_date(),
        receipt.stat(),
        receipt.err(),
        receipt.text(),
    ];
    assert!(parts.iter().flatten().count() >= 2, "fewer are no receipt");
    for part in parts.into_iter().flatten() {
        assert!(
            raw.as_ptr_range().contains(&part.as_ptr()) || part.as_ptr() == raw.as_ptr_range().end
        );
    }
    for value in parts.iter().take(7).flatten() {
        assert!(!value.is_empty() && !value.contains(&b' '), "a value ends at a blank");
    }
    for date in [receipt.submitted_at(), receipt.done_at()].into_iter().flatten() {
        assert!((1..=12).contains(&date.month()) && (1..=31).contains(&date.day()));
        assert!(date.hour() < 24 && date.minute() < 60 && date.second() < 60);
        let _ = (date.to_system_time(48), date.to_system_time(-48));
    }
    assert!(!format!("{receipt:?}").is_empty());
    assert_eq!(receipt.clone().into_owned(), receipt);
    // Parsing what was narrowed again finds the same.
    let again = Receipt::parse(raw).unwrap_or_else(|| panic!("{receipt:?} does not parse twice"));
    assert_eq!(again.id(), receipt.id());
    assert_eq!(again.stat(), receipt.stat());
}

/// The octets of a value that survive as they are.
fn value(octets: &[u8]) -> Vec<u8> {
    let kept = octets.iter().filter(|octet| octet.is_ascii_graphic() && !b",;".contains(octet));
    kept.copied().collect()
}

fn date(octets: &mut Octets<'_>) -> Option<ReceiptDate> {
    let (month, day) = (octets.next_u8() % 12 + 1, octets.next_u8() % 28 + 1);
    let (hour, minute) = (octets.next_u8() % 24, octets.next_u8() % 60);
    ReceiptDate::parse(format!("24{month:02}{day:02}{hour:02}{minute:02}").as_bytes())
}

fn reads_back(octets: &mut Octets<'_>) {
    let form = match octets.next_u8() % 3 {
        0 => ReceiptForm::Canonical,
        1 => ReceiptForm::Short,
        _ => ReceiptForm::HexId,
    };
    let state = MessageState::from_code(octets.next_u8() % 10);
    let counts = (octets.next_u16() % 1000, octets.next_u16() % 1000);
    let (submitted, done) = (date(octets), date(octets));
    let length = usize::from(octets.next_u8() % 65);
    let id = value(octets.take(length));
    let err = value(octets.take(3));
    // A blank at the edge of the text is its own; a NUL would make the body look like UCS-2.
    let text: Vec<u8> = octets.take(20).iter().map(|octet| (octet % 0x5F) + b' ').collect();
    if id.is_empty() || err.is_empty() {
        return;
    }
    let mut builder =
        ReceiptBuilder::new(&id, state).counts(counts.0, counts.1).err(&err).text(&text).form(form);
    if let (Some(submitted), Some(done)) = (submitted, done) {
        builder = builder.submitted(submitted).done(done);
    }
    let body = builder.to_vec();
    let receipt = Receipt::parse(&body).unwrap_or_else(|| panic!("{builder:?} is no receipt"));
    if form != ReceiptForm::HexId {
        assert_eq!(receipt.id(), Some(&id[..]));
    }
    assert_eq!(receipt.state(), Some(state));
    assert_eq!(receipt.err(), Some(&err[..]));
    assert_eq!(receipt.text(), Some(&text[..]));
    assert_eq!(receipt.submitted_at(), submitted);
    assert_eq!(receipt.done_at(), done);
    assert_eq!(receipt.sub().is_none(), form == ReceiptForm::Short);

    let tlvs = builder.tlvs();
    let merged = merge(
        Some(receipt),
        tlvs.iter().next().map(|(_, id)| id),
        Some(state.code()),
        None,
        SourceOrder::TlvFirst,
    );
    let merged = merged.unwrap_or_else(|| panic!("{builder:?} is lost when merged"));
    assert_eq!((merged.id(), merged.state()), (Some(&id[..]), Some(state)));
}
