use wirepath_smpp::{AlertNotification, Status, handlers, on_pdu};

#[on_pdu("alert_notification")]
async fn alert(_: AlertNotification) -> Status {
    Status::ROK
}

fn main() {
    let _ = handlers![alert].with_state(std::sync::Arc::new(()));
}
