use wirepath_smpp::{FromRef, State, SubmitSm, handlers, on_pdu};

#[derive(Clone)]
struct Esmes;

struct App;

struct Other;

impl FromRef<Other> for Esmes {
    fn from_ref(_: &Other) -> Self {
        Self
    }
}

#[on_pdu("submit_sm")]
async fn relay(_: SubmitSm, State(_): State<Esmes>) {}

fn main() {
    let _ = handlers![relay].with_state(std::sync::Arc::new(App));
}
