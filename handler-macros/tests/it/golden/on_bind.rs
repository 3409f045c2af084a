#[on_bind]
async fn authorise(bind: Bind, State(esmes): State<Esmes>) -> BindReply {
    bind.by_policy()
}
