use wirepath_smpp::{Extract, Nothing, Request, Status, SubmitSm, handlers, on_pdu};

struct Tenant;

impl Extract for Tenant {
    type Needs = Nothing;

    fn extract(_: &Request, _: Nothing) -> Result<Self, Status> {
        Ok(Self)
    }
}

#[on_pdu("submit_sm")]
pub async fn relay(_: SubmitSm, _: Tenant) {}

fn main() {
    let _ = handlers![relay].with_state(std::sync::Arc::new(()));
}
