//! A public function in a private module, with a type that only this crate has: it is public in name alone.
#![deny(warnings)]

use wirepath_smpp::{FromRef, handlers};

#[derive(Clone)]
struct Esmes;

struct App {
    esmes: Esmes,
}

impl FromRef<App> for Esmes {
    fn from_ref(app: &App) -> Self {
        app.esmes.clone()
    }
}

mod relay {
    use wirepath_smpp::{State, SubmitSm, on_pdu};

    use super::Esmes;

    #[on_pdu("submit_sm")]
    pub async fn submit(_: SubmitSm, State(_): State<Esmes>) {}
}

fn main() {
    let _ = handlers![relay::submit].with_state(std::sync::Arc::new(App { esmes: Esmes }));
}
