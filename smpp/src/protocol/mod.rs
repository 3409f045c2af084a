//! The pure protocol: bytes in, bytes out, `Instant`s as arguments. No socket, no clock, no task.

pub mod address;
pub mod build;
pub mod command;
pub mod decode;
pub(crate) mod field;
pub mod frame;
pub mod header;
pub mod inline;
pub mod long;
pub mod message_id_form;
pub mod message_state;
pub mod pace;
pub mod pdu;
pub mod proxy;
pub mod receipt;
pub mod session;
pub mod status;
pub mod text;
pub mod time;
pub mod tlv;
pub mod tlv_tag;
pub mod udh;
pub mod window;

pub use self::{
    address::{Address, Npi, Ton},
    build::BuildError,
    command::CommandId,
    decode::{DecodeError, Rules},
    field::Argument,
    frame::{Frame, FrameError},
    header::Header,
    inline::{Inline, MessageId, SystemId},
    message_state::MessageState,
    receipt::{Receipt, ReceiptBuilder, ReceiptForm},
    session::{Due, Phase, Role, Session as SessionState, Timers, Verdict, may_send},
    status::Status,
    time::{AbsoluteTime, RelativeTime, SmppTime},
    tlv::{Tlv, TlvList, Tlvs},
    tlv_tag::Tag,
    window::Window,
};
