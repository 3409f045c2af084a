use wirepath_smpp::{Route, SubmitSm, handlers, route_message};

#[route_message]
async fn pick(_: SubmitSm) -> Route {
    Route::bind("alpha")
}

fn main() {
    let _ = handlers![pick].with_state(std::sync::Arc::new(()));
}
