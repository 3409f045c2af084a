//! The handler macros: what they expand to works, and what they refuse they refuse well.

use std::sync::Arc;

use wirepath_smpp::{
    AlertNotification, Bind, BindReply, CommandId, Extract, Frame, Nothing, On, Request,
    RequestPdu, ResponsePdu, Session, Smpp, State, Status, SubmitMulti, SubmitSm, SubmitSmResp,
    UnbindCause, handlers, on_bind, on_pdu, on_session,
};
