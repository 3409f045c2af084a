//! What axum's extractors look for in a request: the extensions that axum's router and server would have put there.

use axum::extract::{ConnectInfo, DefaultBodyLimit};
use http::{Extensions, Uri};
use tower_service::Service;

use crate::{
    handler::{Rest, RouteInfo},
    protocol::Template,
};

/// Puts it there: the parameters of the path, the route's template, the client's address. Done for axum's extractors only.
pub(crate) async fn prepare<R: Rest>(rest: &mut R) {
    let Some(uri) = rest.arrived().map(|arrived| arrived.uri().clone()) else { return };
    let Some(around) = rest.around() else { return };
    let peer = around.connected.peer;
    let from_router = match around.route.template.as_ref() {
        Some(template) => of_router(around.route, template, uri).await,
        None => None,
    };
    let Some(arrived) = rest.arrived() else { return };
    // Once for a request, by the first of its extractors.
    if arrived.extensions().get::<Prepared>().is_some() {
        return;
    }
    let mut request = arrived.take();
    if request.body().is_limited() {
        // axum's own limit is for servers without one.
        DefaultBodyLimit::disable().apply(&mut request);
    }
    let extensions = request.extensions_mut();
    extensions.insert(Prepared);
    extensions.extend(from_router.unwrap_or_default());
    if let Some(peer) = peer {
        extensions.insert(ConnectInfo(peer));
    }
    *arrived = request.into();
}

#[derive(Clone, Copy)]
struct Prepared;

/// The types that axum's router leaves in a request have no name outside of it. So one of these gets the path, and gives
/// back what it would have shown to a handler.
async fn of_router(route: &RouteInfo, template: &Template, uri: Uri) -> Option<Extensions> {
    let router = route.of_axum.get_or_init(|| {
        let handler = async |mut request: axum::extract::Request| {
            let mut response: axum::response::Response = http::Response::default();
            std::mem::swap(response.extensions_mut(), request.extensions_mut());
            response
        };
        axum::Router::new().route(&template.pattern(), axum::routing::any(handler))
    });
    let mut request: axum::extract::Request = http::Request::default();
    *request.uri_mut() = uri;
    let Ok(mut response) = router.clone().call(request).await;
    Some(std::mem::take(response.extensions_mut()))
}
