use wirepath_http::get;

struct Number(u64);

#[get("/{number}")]
async fn root(number: Number) -> String {
    number.0.to_string()
}

fn main() {}
