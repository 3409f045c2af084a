use wirepath_http::{State, on_response};

#[on_response]
async fn seen(State(_db): State<u8>) {}

fn main() {}
