use wirepath_smpp::{Bind, handlers, on_bind};

#[on_bind]
async fn authorise(bind: Bind) -> u32 {
    u32::from(bind.interface_version())
}

fn main() {
    let _ = handlers![authorise].with_state(std::sync::Arc::new(()));
}
