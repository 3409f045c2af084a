use wirepath_smpp::{SubmitSm, on_pdu};

struct App;

impl App {
    #[on_pdu("submit_sm")]
    async fn relay(&self, _: SubmitSm) {}
}

fn main() {}
