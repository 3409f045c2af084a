#[on_session("bound")]
async fn bound(session: Session) {}

#[on_session("unbound")]
async fn unbound(session: Session, cause: UnbindCause) {}
