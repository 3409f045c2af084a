#[on_pdu("query_sm")]
async fn query(pdu: QuerySm) -> Status {
    Status::RQUERYFAIL
}

fn list() {
    handlers![query]
}
