//! What each bad input gets: one row a rule.

use super::{
    super::{Pdu, RequestPdu, ResponsePdu},
    frame, vectors,
};
use crate::protocol::{Frame, FrameError, Rules, Status, Tag};

/// Replaces the octets from `at` on, `gone` of them, and sets `command_length` right.
fn patched(wire: &[u8], at: usize, gone: usize, new: &[u8]) -> Vec<u8> {
    let mut patched = [&wire[..at], new, &wire[at + gone..]].concat();
    let length = u32::try_from(patched.len()).unwrap();
    patched[..4].copy_from_slice(&length.to_be_bytes());
    patched
}

fn decode(wire: &[u8], rules: Rules) -> Result<RequestPdu, Status> {
    RequestPdu::decode(frame(wire), rules).map_err(|error| error.status())
}

/// Offsets into [`vectors::SUBMIT_SM_EMPTY`], where every field is one octet or an empty address.
mod at {
    pub(super) const SERVICE_TYPE: usize = 16;
    pub(super) const SOURCE_TON: usize = 17;
    pub(super) const SOURCE_NPI: usize = 18;
    pub(super) const SOURCE: usize = 19;
    pub(super) const DESTINATION_TON: usize = 20;
    pub(super) const DESTINATION_NPI: usize = 21;
    pub(super) const DESTINATION: usize = 22;
    pub(super) const ESM_CLASS: usize = 23;
    pub(super) const PRIORITY: usize = 25;
    pub(super) const SCHEDULE: usize = 26;
    pub(super) const VALIDITY: usize = 27;
    pub(super) const REGISTERED: usize = 28;
    pub(super) const REPLACE: usize = 29;
    pub(super) const SM_LENGTH: usize = 32;
    pub(super) const END: usize = 33;
}

/// A C-octet string of so many octets, the NUL left out.
fn long(octets: usize) -> Vec<u8> {
    vec![b'7'; octets]
}

#[test]
fn a_field_over_its_maximum() {
    let submit = vectors::SUBMIT_SM_EMPTY;
    let bind = vectors::BIND_RECEIVER;
    let query = vectors::QUERY_SM;
    let data = vectors::DATA_SM;
    let multi = vectors::SUBMIT_MULTI;
    // The vector, the offset of the field's text, its octets there, the most it may have, the answer.
    for (wire, at, gone, most, status) in [
        (submit, at::SERVICE_TYPE, 0, 5, Status::RINVSERTYP),
        (submit, at::SOURCE, 0, 20, Status::RINVSRCADR),
        (submit, at::DESTINATION, 0, 20, Status::RINVDSTADR),
        (submit, at::SCHEDULE, 0, 16, Status::RINVSCHED),
        (submit, at::VALIDITY, 0, 16, Status::RINVEXPIRY),
        (bind, 16, 2, 15, Status::RINVSYSID),
        (bind, 19, 0, 8, Status::RINVPASWD),
        (bind, 20, 3, 12, Status::RINVSYSTYP),
        (bind, 27, 5, 40, Status::RBINDFAIL),
        (query, 16, 3, 64, Status::RINVMSGID),
        (query, 22, 3, 20, Status::RINVSRCADR),
        (data, 22, 3, 64, Status::RINVSRCADR),
        (data, 28, 3, 64, Status::RINVDSTADR),
        (multi, 27, 3, 20, Status::RINVDSTADR),
        (multi, 32, 7, 20, Status::RINVDLNAME),
    ] {
        let over = patched(wire, at, gone, &long(most + 1));
        assert_eq!(decode(&over, Rules::Strict), Err(status), "{} octets at {at}", most + 1);
        assert!(decode(&over, Rules::Lenient).is_ok(), "{} octets at {at}", most + 1);
        let full = patched(wire, at, gone, &long(most));
        // Sixteen digits are no time; they are looked at once the length is right.
        let is_time = matches!(status, Status::RINVSCHED | Status::RINVEXPIRY);
        assert_eq!(decode(&full, Rules::Strict).is_ok(), !is_time, "{most} octets at {at}");
        let lenient = patched(wire, at, gone, &long(255));
        assert!(decode(&lenient, Rules::Lenient).is_ok(), "255 octets at {at}");
        let endless = patched(wire, at, gone, &long(256));
        assert_eq!(decode(&endless, Rules::Lenient), Err(status), "256 octets at {at}");
    }
}

#[test]
fn a_value_out_of_range() {
    let time = b"240230120000000+"; // there is no 30 February
    for (at, gone, new, status) in [
        (at::SOURCE_TON, 1, &[7][..], Status::RINVSRCTON),
        (at::SOURCE_NPI, 1, &[2], Status::RINVSRCNPI),
        (at::DESTINATION_TON, 1, &[0xFF], Status::RINVDSTTON),
        (at::DESTINATION_NPI, 1, &[5], Status::RINVDSTNPI),
        (at::ESM_CLASS, 1, &[0x40], Status::RINVESMCLASS),
        (at::PRIORITY, 1, &[4], Status::RINVPRTFLG),
        (at::SCHEDULE, 0, time, Status::RINVSCHED),
        (at::SCHEDULE, 0, b"24", Status::RINVSCHED),
        (at::VALIDITY, 0, time, Status::RINVEXPIRY),
        (at::VALIDITY, 0, b"240229120000000X", Status::RINVEXPIRY),
        (at::REGISTERED, 1, &[0x20], Status::RINVREGDLVFLG),
        (at::REPLACE, 1, &[2], Status::RINVREPFLAG),
    ] {
        let wire = patched(vectors::SUBMIT_SM_EMPTY, at, gone, new);
        assert_eq!(decode(&wire, Rules::Strict), Err(status), "{new:?} at {at}");
        assert!(decode(&wire, Rules::Lenient).is_ok(), "{new:?} at {at}");
    }
    // A header that is longer than the message, in the three PDUs beside submit_sm that can have one.
    for (wire, esm_class) in
        [(vectors::DELIVER_SM, 38), (vectors::DATA_SM, 32), (vectors::SUBMIT_MULTI, 40)]
    {
        let wire = patched(wire, esm_class, 1, &[0x40]);
        assert_eq!(decode(&wire, Rules::Strict), Err(Status::RINVESMCLASS));
        assert!(decode(&wire, Rules::Lenient).is_ok());
    }
}

#[test]
fn recipients() {
    let wire = vectors::SUBMIT_MULTI;
    let (count, flag) = (23, 24);
    let none = patched(wire, count, 17, &[0]);
    assert_eq!(decode(&none, Rules::Strict), Err(Status::RINVNUMDESTS));
    assert!(decode(&none, Rules::Lenient).is_ok());
    for rules in super::BOTH {
        let unknown = patched(wire, flag, 1, &[3]);
        assert_eq!(
            decode(&unknown, rules),
            Err(Status::RINVDESTFLAG),
            "nothing says how long it is"
        );
    }
    let ton = patched(wire, flag + 1, 1, &[9]);
    assert_eq!(decode(&ton, Rules::Strict), Err(Status::RINVDSTTON));
}

#[test]
fn a_body_cut_short() {
    let submit = vectors::SUBMIT_SM_EMPTY;
    for rules in super::BOTH {
        // sm_length beyond the body.
        let beyond = patched(submit, at::SM_LENGTH, 1, &[5, b'h', b'i']);
        assert_eq!(decode(&beyond, rules), Err(Status::RINVMSGLEN));
        // No NUL before the end.
        let unterminated = patched(submit, at::SOURCE, at::END - at::SOURCE, b"123");
        assert_eq!(decode(&unterminated, rules), Err(Status::RINVMSGLEN));
        // Cut behind the header.
        let bare = patched(submit, 16, 17, &[]);
        assert_eq!(decode(&bare, rules), Err(Status::RINVMSGLEN));
    }
    // 255 octets are no length that sm_length can have; they are there, so a lenient reader takes them.
    let over = patched(submit, at::SM_LENGTH, 1, &[&[255], &long(255)[..]].concat());
    assert_eq!(decode(&over, Rules::Strict), Err(Status::RINVMSGLEN));
    assert!(decode(&over, Rules::Lenient).is_ok());
}

#[test]
fn optional_parameters() {
    let submit = vectors::SUBMIT_SM_EMPTY;
    let with = |tlvs: &[u8]| patched(submit, at::END, 0, tlvs);
    for rules in super::BOTH {
        // Longer than the rest; stray octets, one to three of them.
        for stream in [&b"\x14\x01\x00\x05abc"[..], b"\0", b"\0\0", b"\x02\x04\0"] {
            assert_eq!(decode(&with(stream), rules), Err(Status::RINVOPTPARSTREAM), "{stream:?}");
        }
        // Unknown, reserved and a vendor's: kept, byte for byte.
        let unknown = b"\x7F\xFF\0\x01z\x14\x00\0\0\0\0\0\x02hi";
        let Ok(RequestPdu::SubmitSm(pdu)) = decode(&with(unknown), rules) else { panic!() };
        assert_eq!(pdu.tlvs().as_bytes(), unknown);
        assert_eq!(pdu.tlvs().get(Tag(0x7FFF)), Some(&b"z"[..]));
    }
    // A length that the standard's own parameter cannot have.
    for stream in [&b"\x02\x04\0\x01\0"[..], b"\x04\x23\0\x04\0\0\0\0", b"\x00\x1E\0\0"] {
        assert_eq!(decode(&with(stream), Rules::Strict), Err(Status::RINVPARLEN), "{stream:?}");
        assert!(decode(&with(stream), Rules::Lenient).is_ok(), "{stream:?}");
    }
    // enquire_link and unbind have no body of their own, so octets behind the header are TLVs.
    let enquire = patched(vectors::ENQUIRE_LINK, 16, 0, b"\x14\0\0\0");
    assert!(decode(&enquire, Rules::Strict).is_ok());
    let enquire = patched(vectors::ENQUIRE_LINK, 16, 0, b"??");
    assert_eq!(decode(&enquire, Rules::Strict), Err(Status::RINVOPTPARSTREAM));
}

#[test]
fn an_unknown_command() {
    let wire = patched(vectors::UNBIND, 4, 4, &[0, 1, 2, 1]);
    assert!(matches!(decode(&wire, Rules::Strict), Ok(RequestPdu::Raw(_))));
    let wire = patched(vectors::UNBIND, 4, 4, &[0x80, 1, 2, 1]);
    assert!(matches!(ResponsePdu::decode(frame(&wire), Rules::Strict), Ok(ResponsePdu::Raw(_))));
}

#[test]
fn a_final_date_that_is_none() {
    let wire = patched(vectors::QUERY_SM_RESP, 20, 16, b"yesterday");
    let status = |rules| ResponsePdu::decode(frame(&wire), rules).map_err(|error| error.status());
    assert_eq!(status(Rules::Strict), Err(Status::RINVEXPIRY));
    assert!(matches!(
        status(Rules::Lenient),
        Ok(ResponsePdu::QuerySm(pdu)) if pdu.final_date.is_none() && pdu.error_code == 42
    ));
}

#[test]
fn a_length_out_of_bounds() {
    let split = |bytes: &[u8]| Frame::split(&mut bytes.into(), 64 * 1024).map(drop);
    for (bytes, length, sequence) in [
        (&b"\0\0\0\x0F\0\0\0\x15\0\0\0\0\0\0\0\x07"[..], 15, 7),
        (b"\0\0\0\0", 0, 0),
        (b"\0\x01\0\x01\0\0\0\x15\0\0\0\0\0\0\0\x07", 0x1_0001, 7),
        (b"GET / HTTP/1.1\r\n\r\n", 0x4745_5420, 0x2E31_0D0A),
        (b"\x16\x03\x01\x02", 0x1603_0102, 0),
    ] {
        let error = FrameError { length, max: 64 * 1024, sequence };
        assert_eq!(split(bytes), Err(error));
    }
    assert_eq!(FrameError::STATUS, Status::RINVCMDLEN);
}
