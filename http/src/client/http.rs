//! The handle on all clients.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, LazyLock},
};

use wirepath_runtime::{config::nearest, state::Nothing};

use super::{BadClient, Client, ClientError, named::Found, pool::Pool, trace::Trace};
use crate::{Extract, Head, Refusal, config::ClientConfig};

/// The handle on the clients of the configuration. Clones are cheap and share all of it.
///
/// As an argument of a handler it also has the trace of the request that is answered: what is sent by it goes along with that.
#[derive(Clone)]
pub struct Http {
    pools: Arc<BTreeMap<Arc<str>, Arc<Pool>>>,
    trace: Option<Arc<Trace>>,
}

/// There are none.
static NONE: LazyLock<Http> = LazyLock::new(|| Http { pools: Arc::default(), trace: None });

impl Http {
    /// Makes clients as a configuration says. Their connections are made when they are needed; those TLS files that change are
    /// followed.
    ///
    /// An application that runs makes them itself. This is for programs that have none, and for those that give some to
    /// [`Server::bind_within`](crate::Server::bind_within).
    ///
    /// ```
    /// use std::collections::BTreeMap;
    /// use wirepath_http::{Http, config::ClientConfig};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let config = ClientConfig::new("http://127.0.0.1:1".parse()?);
    /// let http = Http::new(&BTreeMap::from([("api".to_owned(), config)]))?;
    ///
    /// let error = http.client("apy").get("/").send().await.unwrap_err();
    /// assert_eq!(error.to_string(), "no client is called `apy`; did you mean `api`?");
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// [`BadClient`], for TLS files that cannot be used, and values that a file could not have.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime with I/O and timers enabled, if there is a client.
    pub fn new(clients: &BTreeMap<String, ClientConfig>) -> Result<Self, BadClient> {
        let pools = clients.iter().map(|(name, config)| {
            let pool = Pool::open(name, config)?;
            Ok((Arc::clone(&pool.name), Arc::new(pool)))
        });
        Ok(Self::of(pools.collect::<Result<_, BadClient>>()?))
    }

    pub(crate) fn of(pools: BTreeMap<Arc<str>, Arc<Pool>>) -> Self {
        Self { pools: Arc::new(pools), trace: None }
    }

    /// The client of this name. If there is none, what it is asked for fails with [`ClientError::Unknown`].
    #[must_use]
    pub fn client(&self, name: &str) -> Client {
        let found = match self.pools.get(name) {
            Some(pool) => Found::Pool(Arc::clone(pool)),
            None => Found::Nothing(name.to_owned(), self.clone()),
        };
        Client::new(found, self.trace.clone())
    }

    /// The names of all clients, in their order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.pools.keys().map(|name| &**name)
    }

    pub(super) fn unknown(&self, name: &str) -> ClientError {
        ClientError::Unknown {
            name: name.to_owned(),
            nearest: nearest(name, self.names()).map(str::to_owned),
            known: self.names().map(str::to_owned).collect(),
        }
    }

    #[cfg(any(test, feature = "testing"))]
    pub(crate) fn pools(&self) -> BTreeMap<Arc<str>, Arc<Pool>> {
        (*self.pools).clone()
    }
}

impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.names()).finish()
    }
}

/// Never refused: where there are no clients, it knows none. A router that runs as a tower service takes it from the
/// extensions of the request.
impl Extract for Http {
    type Needs = Nothing;

    fn extract(head: Head<'_>, _: Nothing) -> Result<Self, Refusal> {
        let http = head.connected.http.as_ref().or_else(|| head.extensions().get());
        let trace = Trace::of(head.headers()).map(Arc::new);
        Ok(Self { trace, ..http.unwrap_or(&NONE).clone() })
    }
}
