use wirepath_http::{Response, on_error};

#[on_error("/path")]
async fn failed(response: Response) -> Response {
    response
}

fn main() {}
