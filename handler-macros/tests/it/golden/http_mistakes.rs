#[get("orders/{id}")]
fn not_async(id: u64) {}

#[route("/orders/{id}/{item}", methods = [GET, FETCH])]
async fn without_its_parameter(item: u64) {}

#[middleware(order = 1, path = "/x")]
async fn with_a_path() {}

#[post("/orders", answers = [20, 201, 201], hidden = true, tags = [])]
async fn with_a_status_that_is_none() {}

#[middleware(hidden)]
async fn with_a_flag() {}
