use std::rc::Rc;

use wirepath_http::get;

#[get("/")]
async fn root() {
    let kept = Rc::new(1);
    std::future::ready(()).await;
    drop(kept);
}

fn main() {}
