use wirepath_http::get;

#[get("/orders/{id}/items/{item}")]
async fn item(item: u64) -> String {
    item.to_string()
}

fn main() {}
