//! The handler macros: what they expand to works, and what they refuse they refuse well.

use std::sync::Arc;

use wirepath_smpp::{
    Bind, BindReply, CommandId, Extract, Frame, Nothing, On, RequestPdu, ResponsePdu, Request,
    Session, Smpp, State, Status, SubmitMulti, SubmitSm, SubmitSmResp, UnbindCause,
    AlertNotification, handlers, on_bind, on_pdu, on_session,
};
