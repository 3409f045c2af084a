//! Plain axum.

use std::net::SocketAddr;

use axum::{
    Form, Json, Router,
    extract::{Path, Query},
    routing::{get, post},
};
use tokio::net::TcpListener;

use super::{
    super::work::{Few, Id, Simple, Small},
    in_background,
};
use crate::error::LoadError;

async fn path_simple(Path(id): Path<String>) -> Json<Id> {
    Json(Id { id })
}

async fn query_few(Query(few): Query<Few>) -> Json<Few> {
    Json(few)
}

async fn form_simple(Form(simple): Form<Simple>) -> Json<Simple> {
    Json(simple)
}

async fn json_small(Json(small): Json<Small>) -> Json<Small> {
    Json(small)
}

pub(super) fn start() -> Result<SocketAddr, LoadError> {
    in_background(async |tell| {
        let app = Router::new()
            .route("/path/simple/{id}", get(path_simple))
            .route("/query/few", get(query_few))
            .route("/urlencoded/simple", post(form_simple))
            .route("/json/small", post(json_small));
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let _ = tell.send(listener.local_addr()?);
        Ok(axum::serve(listener, app).await?)
    })
}
