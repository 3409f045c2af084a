use wirepath_smpp::{SubmitSm, handlers};

async fn relay(_: SubmitSm) {}

fn main() {
    let _ = handlers![relay].with_state(std::sync::Arc::new(()));
}
