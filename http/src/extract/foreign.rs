//! What axum's extractors look for in a request: the extensions that axum's router and server would have put there.

use axum::extract::ConnectInfo;

use crate::handler::Rest;

/// Puts it there. Done for axum's extractors only.
pub(crate) fn prepare<R: Rest>(rest: &mut R) {
    let peer = rest.around().and_then(|around| around.connected.peer);
    if let (Some(peer), Some(request)) = (peer, rest.request()) {
        request.extensions_mut().insert(ConnectInfo(peer));
    }
}
