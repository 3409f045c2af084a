use wirepath_smpp::{State, SubmitSm, handlers, on_pdu};

#[derive(Clone)]
struct Esmes;

#[on_pdu("submit_sm")]
async fn relay(_: SubmitSm, State(_): State<Esmes>) {}

struct App;

fn main() {
    let _ = handlers![relay].with_state(std::sync::Arc::new(App));
}
