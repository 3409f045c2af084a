use wirepath_http::get;

#[get("orders")]
async fn orders() {}

#[get("/orders/:id")]
async fn order(id: u64) {
    let _ = id;
}

fn main() {}
