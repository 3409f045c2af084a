use wirepath_http::route;

#[route("/", methods = [GET, DELTE])]
async fn root() {}

fn main() {}
