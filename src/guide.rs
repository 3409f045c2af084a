//! The guide in `docs/`, and the README: each of their code blocks is a doctest.

macro_rules! chapters {
    ($($name:ident = $file:literal;)*) => {$(
        #[doc = include_str!(concat!("../docs/src/", $file))]
        struct $name;
    )*};
}

// It has both protocols.
#[cfg_attr(all(feature = "smpp", feature = "http"), doc = include_str!("../README.md"))]
struct Readme;

chapters! {
    GettingStarted = "getting-started.md";
    Handlers = "handlers.md";
    Binds = "binds.md";
    Sending = "sending.md";
    Routing = "routing.md";
    Text = "text.md";
    Client = "client.md";
    Configuration = "configuration.md";
    Limits = "limits.md";
    BadInput = "bad-input.md";
    Receipts = "receipts.md";
    Gateway = "gateway.md";
    Metrics = "metrics.md";
    Testing = "testing.md";
    Shutdown = "shutdown.md";
    Measuring = "measuring.md";
    ComingFrom = "coming-from.md";
}

#[cfg(feature = "client")]
chapters! {
    HttpClient = "http-client.md";
}

#[cfg(feature = "http")]
chapters! {
    Http = "http.md";
    HttpAround = "http-around.md";
}

// What their code uses is there with the feature alone.
#[cfg(all(feature = "http", feature = "files", feature = "multipart"))]
chapters! {
    HttpContent = "http-content.md";
}
#[cfg(all(feature = "openapi", feature = "validate", feature = "multipart"))]
chapters! {
    HttpOpenapi = "http-openapi.md";
}

#[cfg(feature = "spool")]
chapters! {
    Spool = "spool.md";
    Store = "store.md";
}
