//! stub
use std::sync::Arc;
use wirepath::{
    handlers,
    smpp::{
        Bind, BindReply, Server, SubmitSm, SubmitSmResp, config::ServerConfig, on_bind, on_pdu,
    },
};
use wirepath_runtime::shutdown::Shutdown;

#[on_bind]
async fn welcome(bind: Bind) -> BindReply {
    bind.accept()
}

#[on_pdu("submit_sm")]
async fn take(pdu: SubmitSm) -> SubmitSmResp {
    pdu.accept(1)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut config = ServerConfig::default();
    config.port = 2775;
    let server = Server::bind(&config, handlers![welcome, take].with_state(Arc::new(()))).await?;
    server.run(Shutdown::on_signals()?.signal()).await;
    Ok(())
}
