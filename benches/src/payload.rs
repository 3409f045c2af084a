//! The message that every driver sends.

use bytes::BytesMut;
use wirepath_smpp::{BindKind, BindRequest, BuildError, Pdu, SubmitSm};

pub(crate) const SOURCE: &str = "12345";
pub(crate) const DESTINATION: &str = "31600000000";
pub(crate) const TEXT: &[u8] = b"perf test message";

/// The `submit_sm`.
pub(crate) fn submit_sm() -> Result<SubmitSm, BuildError> {
    SubmitSm::builder().source(SOURCE).destination(DESTINATION).short_message(TEXT).build()
}

/// The `submit_sm` as octets; its sequence number is to be written over octets 12 to 15.
pub(crate) fn submit_sm_octets() -> Result<BytesMut, BuildError> {
    let mut out = BytesMut::new();
    submit_sm()?.encode(0, &mut out);
    Ok(out)
}

/// A transceiver bind under sequence number 1, as octets.
pub(crate) fn bind_octets(system_id: &str, password: &str) -> Result<BytesMut, BuildError> {
    let bind = BindRequest::builder()
        .system_id(system_id)
        .password(password)
        .interface_version(0x34)
        .build(BindKind::Transceiver)?;
    let mut out = BytesMut::new();
    bind.encode(1, &mut out);
    Ok(out)
}
