use wirepath_http::sse;

#[sse("/a")]
async fn a() -> impl futures_util::Stream<Item = u8> {
    futures_util::stream::iter([1])
}

fn main() {}
