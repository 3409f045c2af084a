//! What there is without a file: one ESME in front, a simulator behind.

use smsc::{Options, Simulator};
use wirepath::{
    Error,
    secret::Secret,
    smpp::config::{BindConfig, EsmeConfig, SmppConfig, Step},
};

/// The bind to the simulator.
const NAME: &str = "builtin";

/// The ESME, and its password: nothing that is secret.
const ESME: (&str, &str) = ("esme1", "secret");

/// Starts a simulator on a free port, and makes it the default route.
pub(crate) async fn start(config: &mut SmppConfig) -> Result<Simulator, Error> {
    let address = std::net::SocketAddr::from(([127, 0, 0, 1], 0));
    let simulator = Simulator::start(address, Options::default()).await?;
    add(config, simulator.local_addr());
    Ok(simulator)
}

/// The ESME, the bind and the route.
pub(crate) fn add(config: &mut SmppConfig, simulator: std::net::SocketAddr) {
    let (system_id, password) = ESME;
    let ip = simulator.ip().to_string();
    let mut bind = BindConfig::new(NAME, ip, system_id, Secret::from(password));
    bind.port = simulator.port();
    config.binds.push(bind);
    config.routing.default_chain = vec![Step::Bind(NAME.to_owned())];
    config.server.esmes.push(EsmeConfig::new(system_id, Secret::from(password)));
}
