#[route_message]
async fn pick(message: Message, State(prefixes): State<Prefixes>) -> Option<Route> {
    prefixes.owner(message.destination()).map(Route::esme)
}
