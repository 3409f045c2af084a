//! `gateway route`: which way a message would go, and why.

use std::net::SocketAddr;

use wirepath::smpp::{
    config::SmppConfig,
    routing::{Query, Router},
};

use crate::{
    args::{RouteArgs, StoreArgs},
    builtin,
    failure::Failure,
};

/// Explains it.
pub(crate) fn route(args: &RouteArgs) -> Result<(), Failure> {
    let config = match &args.config {
        Some(file) => StoreArgs { config: Some(file.clone()), data: None }.smpp()?,
        None => {
            let mut config = SmppConfig::default();
            builtin::add(&mut config, SocketAddr::from(([127, 0, 0, 1], 0)));
            config
        }
    };
    let number = crate::send::digits(&args.number);
    let query = Query::new(number).source(&args.from).esme(&args.esme);
    print!("{}", Router::compile(&config.routing).explain(&query));
    Ok(())
}
