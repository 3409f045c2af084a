//! The routes.

use jiff::civil::Date;
use uuid::Uuid;
use wirepath::http::{
    Form, Json, Multipart, Query, Refusal, Routes, get, handler::Dispatch, post, routes,
};

use crate::model::{
    Day, Deep, Dynamic, Few, Health, Id, Many, Medium, Number, Person, Post, Profile, Received,
    Small, Unique,
};

#[get("/health")]
async fn health() -> Json<Health> {
    Json(Health::OK)
}

#[post("/json/small")]
async fn json_small(Json(small): Json<Small>) -> Json<Small> {
    Json(small)
}

#[post("/json/medium")]
async fn json_medium(Json(value): Json<Dynamic>) -> Json<Dynamic> {
    Json(value)
}

#[post("/json/large")]
async fn json_large(Json(value): Json<Dynamic>) -> Json<Dynamic> {
    Json(value)
}

#[post("/json/very-large")]
async fn json_very_large(Json(value): Json<Dynamic>) -> Json<Dynamic> {
    Json(value)
}

#[get("/path/simple/{id}")]
async fn path_simple(id: String) -> Json<Id> {
    Json(Id { id })
}

#[get("/path/multiple/{user_id}/{post_id}")]
async fn path_multiple(user_id: String, post_id: String) -> Json<Post> {
    Json(Post { user_id, post_id })
}

#[get("/path/deep/{org}/{team}/{project}/{resource}/{id}")]
async fn path_deep(
    org: String,
    team: String,
    project: String,
    resource: String,
    id: String,
) -> Json<Deep> {
    Json(Deep { org, team, project, resource, id })
}

#[get("/path/int/{id}")]
async fn path_int(id: i64) -> Json<Number> {
    Json(Number { id })
}

#[get("/path/uuid/{uuid}")]
async fn path_uuid(uuid: Uuid) -> Json<Unique> {
    Json(Unique { uuid })
}

#[get("/path/date/{date}")]
async fn path_date(date: Date) -> Json<Day> {
    Json(Day { date })
}

#[get("/query/few")]
async fn query_few(Query(few): Query<Few>) -> Json<Few> {
    Json(few)
}

#[get("/query/medium")]
async fn query_medium(Query(medium): Query<Medium>) -> Json<Medium> {
    Json(medium)
}

#[get("/query/many")]
async fn query_many(Query(many): Query<Many>) -> Json<Many> {
    Json(many)
}

#[post("/urlencoded/simple")]
async fn form_simple(Form(person): Form<Person>) -> Json<Person> {
    Json(person)
}

#[post("/urlencoded/complex")]
async fn form_complex(Form(profile): Form<Profile>) -> Json<Profile> {
    Json(profile)
}

#[post("/multipart/small")]
async fn multipart_small(form: Multipart) -> Result<Json<Received>, Refusal> {
    count(form).await
}

#[post("/multipart/medium")]
async fn multipart_medium(form: Multipart) -> Result<Json<Received>, Refusal> {
    count(form).await
}

#[post("/multipart/large")]
async fn multipart_large(form: Multipart) -> Result<Json<Received>, Refusal> {
    count(form).await
}

/// Goes through the files as they come in, and keeps none.
async fn count(mut form: Multipart) -> Result<Json<Received>, Refusal> {
    let mut received = Received::default();
    while let Some(mut field) = form.next().await? {
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

/// All of them.
pub fn routes() -> Routes<(), impl Dispatch<()>> {
    routes![
        health,
        json_small,
        json_medium,
        json_large,
        json_very_large,
        path_simple,
        path_multiple,
        path_deep,
        path_int,
        path_uuid,
        path_date,
        query_few,
        query_medium,
        query_many,
        form_simple,
        form_complex,
        multipart_small,
        multipart_medium,
        multipart_large,
    ]
}

#[cfg(test)]
mod tests;
