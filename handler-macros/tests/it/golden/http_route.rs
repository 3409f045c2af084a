#[get("/users/{id}/orders/{order}")]
pub async fn order(order: u32, _id: Uuid, State(db): State<Db>) -> Option<Json<Order>> {
    db.order(order).map(Json)
}

#[route("/files/{*rest}", methods = [PUT, PATCH], state = App)]
async fn put(Path(rest): Path<String>, body: Multipart) -> impl IntoResponse {
    rest
}
