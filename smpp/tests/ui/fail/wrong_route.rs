use wirepath_smpp::{Message, handlers, route_message};

#[route_message]
async fn pick(message: Message) -> String {
    message.text().into_owned()
}

fn main() {
    let _ = handlers![pick].with_state(std::sync::Arc::new(()));
}
