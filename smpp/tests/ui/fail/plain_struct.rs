use wirepath_smpp::handlers;

struct Relay;

fn main() {
    let _ = handlers![Relay].with_state(std::sync::Arc::new(()));
}
