//! The handler attributes of wirepath: attributes in, plain Rust out.
//!
//! Users reach these through `wirepath` or `wirepath-smpp`, where they are documented. What an attribute expands to names
//! the crate that it was reached through: `::wirepath_smpp` for the plain entry points, `::wirepath::smpp` for those whose
//! names start with `facade_`, or what the argument `crate = some::path` says.
//!
//! This file holds the entry points and nothing else. The rest takes tokens and gives tokens, so that it can be tested
//! without a compiler.

mod args;
mod attribute;
mod check;
mod command;
mod expand;
mod handlers;
mod http;
mod target;

use proc_macro::TokenStream;

use crate::{attribute::Attribute, expand::Root, http::Attribute as Http};

/// See `wirepath_smpp::on_bind`.
#[proc_macro_attribute]
pub fn on_bind(args: TokenStream, item: TokenStream) -> TokenStream {
    expand::attribute(Attribute::Bind, Root::Smpp, args.into(), item.into()).into()
}

/// See `wirepath_smpp::on_pdu`.
#[proc_macro_attribute]
pub fn on_pdu(args: TokenStream, item: TokenStream) -> TokenStream {
    expand::attribute(Attribute::Pdu, Root::Smpp, args.into(), item.into()).into()
}

/// See `wirepath_smpp::on_session`.
#[proc_macro_attribute]
pub fn on_session(args: TokenStream, item: TokenStream) -> TokenStream {
    expand::attribute(Attribute::Session, Root::Smpp, args.into(), item.into()).into()
}

/// See `wirepath_smpp::route_message`.
#[proc_macro_attribute]
pub fn route_message(args: TokenStream, item: TokenStream) -> TokenStream {
    expand::attribute(Attribute::Route, Root::Smpp, args.into(), item.into()).into()
}

/// See `wirepath_smpp::handlers`.
#[proc_macro]
pub fn handlers(list: TokenStream) -> TokenStream {
    handlers::expand(Root::Smpp, list.into()).into()
}

#[doc(hidden)]
#[proc_macro_attribute]
pub fn facade_on_bind(args: TokenStream, item: TokenStream) -> TokenStream {
    expand::attribute(Attribute::Bind, Root::Facade, args.into(), item.into()).into()
}

#[doc(hidden)]
#[proc_macro_attribute]
pub fn facade_on_pdu(args: TokenStream, item: TokenStream) -> TokenStream {
    expand::attribute(Attribute::Pdu, Root::Facade, args.into(), item.into()).into()
}

#[doc(hidden)]
#[proc_macro_attribute]
pub fn facade_on_session(args: TokenStream, item: TokenStream) -> TokenStream {
    expand::attribute(Attribute::Session, Root::Facade, args.into(), item.into()).into()
}

#[doc(hidden)]
#[proc_macro_attribute]
pub fn facade_route_message(args: TokenStream, item: TokenStream) -> TokenStream {
    expand::attribute(Attribute::Route, Root::Facade, args.into(), item.into()).into()
}

#[doc(hidden)]
#[proc_macro]
pub fn facade_handlers(list: TokenStream) -> TokenStream {
    handlers::expand(Root::Facade, list.into()).into()
}

/// The attributes of HTTP: for each one the plain entry point, and the facade's.
macro_rules! http {
    ($($name:ident, $facade:ident = $attribute:expr;)*) => {$(
        #[doc = concat!("See `wirepath_http::", stringify!($name), "`.")]
        #[proc_macro_attribute]
        pub fn $name(args: TokenStream, item: TokenStream) -> TokenStream {
            http::attribute($attribute, Root::Http, args.into(), item.into()).into()
        }

        #[doc(hidden)]
        #[proc_macro_attribute]
        pub fn $facade(args: TokenStream, item: TokenStream) -> TokenStream {
            http::attribute($attribute, Root::FacadeHttp, args.into(), item.into()).into()
        }
    )*};
}

http! {
    get, facade_get = Http::Method("GET");
    head, facade_head = Http::Method("HEAD");
    post, facade_post = Http::Method("POST");
    put, facade_put = Http::Method("PUT");
    patch, facade_patch = Http::Method("PATCH");
    delete, facade_delete = Http::Method("DELETE");
    options, facade_options = Http::Method("OPTIONS");
    route, facade_route = Http::Route;
    sse, facade_sse = Http::Sse;
    middleware, facade_middleware = Http::Middleware;
    on_response, facade_on_response = Http::Response;
    on_error, facade_on_error = Http::Error;
    on_startup, facade_on_startup = Http::Startup;
    on_shutdown, facade_on_shutdown = Http::Shutdown;
}

/// See `wirepath_http::routes`.
#[proc_macro]
pub fn routes(list: TokenStream) -> TokenStream {
    http::routes(Root::Http, list.into()).into()
}

#[doc(hidden)]
#[proc_macro]
pub fn facade_routes(list: TokenStream) -> TokenStream {
    http::routes(Root::FacadeHttp, list.into()).into()
}
