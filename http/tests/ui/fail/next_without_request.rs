use wirepath_http::{Response, middleware, middleware::Next};

#[middleware]
async fn guard(_next: Next) -> Response {
    unimplemented!()
}

fn main() {}
