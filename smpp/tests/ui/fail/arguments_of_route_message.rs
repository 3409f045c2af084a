use wirepath_smpp::{Message, Route, handlers, route_message};

#[route_message("submit_sm")]
async fn pick(_: Message) -> Route {
    Route::bind("alpha")
}

fn main() {
    let _ = handlers![pick].with_state(std::sync::Arc::new(()));
}
