//! Golden vectors: octets ↔ value, both ways, for every PDU and every length that is too short.

mod refused;
mod requests;
mod responses;
mod vectors;

use std::fmt::Debug;

use bytes::{Bytes, BytesMut};

use super::{Pdu, RequestPdu, ResponsePdu};
use crate::protocol::{DecodeError, Frame, Header, Rules};

const BOTH: [Rules; 2] = [Rules::Strict, Rules::Lenient];

fn frame(wire: &[u8]) -> Frame {
    Frame::from_bytes(Bytes::copy_from_slice(wire)).expect("command_length is the length")
}

fn encoded(pdu: &impl Pdu, sequence: u32) -> Vec<u8> {
    let mut out = BytesMut::from(&b"before"[..]);
    pdu.encode(sequence, &mut out);
    out.split_off(6).to_vec()
}

/// `wire` with a `command_length` of `length`, cut there.
fn cut(wire: &[u8], length: usize) -> Vec<u8> {
    let mut short = wire[..length].to_vec();
    let announced = u32::try_from(length).unwrap().to_be_bytes();
    let head = short.len().min(4);
    short[..head].copy_from_slice(&announced[..head]);
    short
}

/// Everything that a vector says about its value. `shorter` are the lengths at which a PDU may end as well: before a TLV,
/// or, for a response, behind the header.
fn check<P: Pdu + PartialEq + Debug>(wire: &[u8], built: &P, shorter: &[usize]) -> P {
    let sequence = Header::peek(wire).unwrap().sequence;
    let decoded = P::decode(frame(wire), Rules::Strict).unwrap();
    assert_eq!(&decoded, built);
    assert_eq!(encoded(built, sequence), wire, "{built:?}");
    assert_eq!(encoded(&decoded, sequence), wire, "{built:?}");
    assert_eq!(P::decode(frame(wire), Rules::Lenient).unwrap(), decoded);

    for length in 0..wire.len() {
        let mut stream = BytesMut::from(&wire[..length]);
        assert_eq!(Frame::split(&mut stream, 1024), Ok(None), "a part of a PDU is none yet");
        let short = Bytes::from(cut(wire, length));
        let Some(short) = Frame::from_bytes(short) else {
            assert!(length < Header::LEN);
            continue;
        };
        for rules in BOTH {
            let decoded = P::decode(short.clone(), rules);
            assert_eq!(decoded.is_ok(), shorter.contains(&length), "{length}: {decoded:?}");
        }
    }
    decoded
}

fn request<P>(wire: &[u8], built: P, shorter: &[usize])
where
    P: Pdu + PartialEq + Debug + Into<RequestPdu>,
{
    let decoded = check(wire, &built, shorter);
    let any = RequestPdu::decode(frame(wire), Rules::Strict).unwrap();
    assert_eq!(any, decoded.into());
    assert_eq!(any.command(), built.command());
    assert_eq!(encoded(&any, Header::peek(wire).unwrap().sequence), wire);
    assert_eq!(ResponsePdu::decode(frame(wire), Rules::Strict), Err(DecodeError::WrongCommand));
}

fn response<P>(wire: &[u8], built: P, shorter: &[usize])
where
    P: Pdu + PartialEq + Debug + Into<ResponsePdu>,
{
    let decoded = check(wire, &built, shorter);
    let any = ResponsePdu::decode(frame(wire), Rules::Strict).unwrap();
    assert_eq!(any, decoded.into());
    assert_eq!(any.command(), built.command());
    assert_eq!(encoded(&any, Header::peek(wire).unwrap().sequence), wire);
    assert_eq!(RequestPdu::decode(frame(wire), Rules::Strict), Err(DecodeError::WrongCommand));
}

/// The table for other programs leaves none out.
#[test]
fn every_command_has_a_vector() {
    for command in crate::protocol::CommandId::ALL {
        let named = |(_, wire): &&(&str, &[u8])| frame(wire).command() == *command;
        assert!(vectors::ALL.iter().any(|vector| named(&vector)), "{command}");
    }
    for (name, wire) in vectors::ALL {
        let command = frame(wire).command();
        assert!(name.starts_with(command.name().unwrap()), "{name} is a {command}");
    }
}
