//! A request that comes by no listener: in axum, as a tower service, or in a test.

use std::{
    future::{Future, poll_fn},
    pin::pin,
};

use super::Serve;
use crate::{
    Arrived, BodyError, Connected, Leaving, Refusal,
    around::Visit,
    reply::{form::within, late},
};

/// Answers it as the engine does for a listener, as far as the route says how: within its limits, with problems in the form that
/// the client asks for.
pub(crate) async fn apart<X: Serve>(
    serve: &X,
    mut arrived: Arrived,
    connected: &Connected,
    visit: Option<&Visit>,
) -> Leaving {
    let (form, limits) = (arrived.form(), serve.limits(&arrived));
    if limits.max_body_bytes.is_some_and(|octets| !arrived.body_mut().limit(octets)) {
        return Refusal::from(BodyError::TooLarge).respond_to(arrived.headers()).into();
    }
    let mut call = pin!(serve.serve(&mut arrived, connected));
    drop(arrived);
    let call = poll_fn(|cx| {
        within(form, || match visit {
            Some(visit) => visit.poll(call.as_mut(), cx),
            None => call.as_mut().poll(cx),
        })
    });
    match limits.timeout {
        Some(limit) => match tokio::time::timeout(limit, call).await {
            Ok(leaving) => leaving,
            Err(_) => within(form, late).into(),
        },
        None => call.await,
    }
}
