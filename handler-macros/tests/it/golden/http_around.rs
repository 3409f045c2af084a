#[middleware]
async fn authorise(State(keys): State<Keys>, headers: HeaderMap) -> Result<(), StatusCode> {
    keys.check(&headers)
}

#[middleware(order = -5)]
async fn timed(request: Request, next: Next) -> Response {
    next.run(request).await
}

#[on_startup]
async fn migrate(State(db): State<Db>) -> Result<(), sqlx::Error> {
    db.migrate().await
}

#[on_shutdown]
async fn flush() {}
