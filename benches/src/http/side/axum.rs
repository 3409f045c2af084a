//! Plain axum, written as its documentation has it.

use std::net::SocketAddr;

use axum::{
    Form, Json, Router,
    extract::{Multipart, Path, Query, multipart::MultipartError},
    routing::{get, post},
};
use jiff::civil::Date;
use tokio::net::TcpListener;
use uuid::Uuid;
use workloads::model::{
    Day, Deep, Dynamic, Few, Health, Id, Many, Medium, Number, Person, Post, Profile, Received,
    Small, Unique,
};

use super::in_background;
use crate::error::LoadError;

async fn health() -> Json<Health> {
    Json(Health::OK)
}

async fn json_small(Json(small): Json<Small>) -> Json<Small> {
    Json(small)
}

async fn json_dynamic(Json(value): Json<Dynamic>) -> Json<Dynamic> {
    Json(value)
}

async fn path_simple(Path(id): Path<String>) -> Json<Id> {
    Json(Id { id })
}

async fn path_multiple(Path((user_id, post_id)): Path<(String, String)>) -> Json<Post> {
    Json(Post { user_id, post_id })
}

type Five = (String, String, String, String, String);

async fn path_deep(Path((org, team, project, resource, id)): Path<Five>) -> Json<Deep> {
    Json(Deep { org, team, project, resource, id })
}

async fn path_int(Path(id): Path<i64>) -> Json<Number> {
    Json(Number { id })
}

async fn path_uuid(Path(uuid): Path<Uuid>) -> Json<Unique> {
    Json(Unique { uuid })
}

async fn path_date(Path(date): Path<Date>) -> Json<Day> {
    Json(Day { date })
}

async fn query_few(Query(few): Query<Few>) -> Json<Few> {
    Json(few)
}

async fn query_medium(Query(medium): Query<Medium>) -> Json<Medium> {
    Json(medium)
}

async fn query_many(Query(many): Query<Many>) -> Json<Many> {
    Json(many)
}

async fn form_simple(Form(person): Form<Person>) -> Json<Person> {
    Json(person)
}

/// axum's own form takes no name twice; its documentation points to this one.
async fn form_complex(
    axum_extra::extract::Form(profile): axum_extra::extract::Form<Profile>,
) -> Json<Profile> {
    Json(profile)
}

async fn multipart(mut form: Multipart) -> Result<Json<Received>, MultipartError> {
    let mut received = Received::default();
    while let Some(mut field) = form.next_field().await? {
        if field.file_name().is_none() {
            continue;
        }
        received.files_received += 1;
        while let Some(piece) = field.chunk().await? {
            received.total_bytes += piece.len() as u64;
        }
    }
    Ok(Json(received))
}

fn router() -> Router {
    Router::new()
        .route("/health", get(health))
        .route("/json/small", post(json_small))
        .route("/json/medium", post(json_dynamic))
        .route("/json/large", post(json_dynamic))
        .route("/json/very-large", post(json_dynamic))
        .route("/path/simple/{id}", get(path_simple))
        .route("/path/multiple/{user_id}/{post_id}", get(path_multiple))
        .route("/path/deep/{org}/{team}/{project}/{resource}/{id}", get(path_deep))
        .route("/path/int/{id}", get(path_int))
        .route("/path/uuid/{uuid}", get(path_uuid))
        .route("/path/date/{date}", get(path_date))
        .route("/query/few", get(query_few))
        .route("/query/medium", get(query_medium))
        .route("/query/many", get(query_many))
        .route("/urlencoded/simple", post(form_simple))
        .route("/urlencoded/complex", post(form_complex))
        .route("/multipart/small", post(multipart))
        .route("/multipart/medium", post(multipart))
        .route("/multipart/large", post(multipart))
}

pub(super) fn start() -> Result<SocketAddr, LoadError> {
    in_background(async |tell| {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let _ = tell.send(listener.local_addr()?);
        Ok(axum::serve(listener, router()).await?)
    })
}
