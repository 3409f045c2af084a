use wirepath_http::route;

#[route("/{a}/{b}", methods = [FETCH], stat = App)]
fn root<T>(a: &str) -> u8 {
    0
}

fn main() {}
