use wirepath_http::sse;

#[sse("/a")]
async fn a() -> u8 {
    1
}

fn main() {}
