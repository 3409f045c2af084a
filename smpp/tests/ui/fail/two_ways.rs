use wirepath_smpp::{Message, Route, handlers, route_message};

#[route_message]
async fn pick(_: Message) -> Route {
    Route::bind("alpha")
}

#[route_message]
async fn choose(_: Message) -> Route {
    Route::bind("beta")
}

fn main() {
    let _ = handlers![pick, choose].with_state(std::sync::Arc::new(()));
}
