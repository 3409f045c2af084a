use wirepath_http::get;

#[get("/")]
fn root() -> &'static str {
    "root"
}

fn main() {}
