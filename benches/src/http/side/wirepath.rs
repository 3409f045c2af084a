//! This project's server.

use std::{net::SocketAddr, sync::Arc};

use wirepath_http::{Form, Json, Query, Server, config::HttpConfig, get, post, routes};
use wirepath_runtime::{config::Env, shutdown::ShutdownSignal};

use super::{
    super::work::{Few, Id, Simple, Small},
    in_background,
};
use crate::error::LoadError;

#[get("/path/simple/{id}")]
async fn path_simple(id: String) -> Json<Id> {
    Json(Id { id })
}

#[get("/query/few")]
async fn query_few(Query(few): Query<Few>) -> Json<Few> {
    Json(few)
}

#[post("/urlencoded/simple")]
async fn form_simple(Form(simple): Form<Simple>) -> Json<Simple> {
    Json(simple)
}

#[post("/json/small")]
async fn json_small(Json(small): Json<Small>) -> Json<Small> {
    Json(small)
}

pub(super) fn start(threads: &'static str) -> Result<SocketAddr, LoadError> {
    in_background(async move |tell| {
        let text = format!("{{servers: [{{listen: '127.0.0.1:0'}}], threads: {threads}}}");
        let config = HttpConfig::from_str(&text, "compare", &Env::default())
            .map_err(|error| LoadError::new(error.to_string()))?;
        let router = routes![path_simple, query_few, form_simple, json_small]
            .with_state(Arc::new(()))
            .map_err(|error| LoadError::new(error.to_string()))?;
        let server = Server::bind(&config, router).await?;
        if let Some(address) = server.local_addrs().first() {
            let _ = tell.send(*address);
        }
        server.run(ShutdownSignal::never()).await;
        Ok(())
    })
}
