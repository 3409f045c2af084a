use wirepath_http::get;

struct Order;

#[get("/")]
async fn root() -> Order {
    Order
}

fn main() {}
