use wirepath_smpp::{SubmitSm, handlers, on_pdu};

#[on_pdu("submit_sm")]
async fn relay(_: SubmitSm, tenant: String) {
    drop(tenant);
}

fn main() {
    let _ = handlers![relay].with_state(std::sync::Arc::new(()));
}
