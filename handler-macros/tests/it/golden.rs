//! Golden expansions.

use std::{env, fs, path::Path};

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{File, Item, Meta};

use crate::{attribute::Attribute, expand::Root};

#[test]
fn on_bind() {
    compare("on_bind", Root::Smpp);
}

#[test]
fn on_pdu() {
    compare("on_pdu", Root::Smpp);
}

#[test]
fn on_session() {
    compare("on_session", Root::Smpp);
}

#[test]
fn route_message() {
    compare("route_message", Root::Smpp);
}

#[test]
fn handlers() {
    compare("handlers", Root::Smpp);
}

#[test]
fn facade() {
    compare("facade", Root::Facade);
}

#[test]
fn mistakes() {
    compare("mistakes", Root::Smpp);
}

#[test]
fn http_route() {
    compare("http_route", Root::Http);
}

#[test]
fn http_content() {
    compare("http_content", Root::Http);
}

#[test]
fn http_around() {
    compare("http_around", Root::FacadeHttp);
}

#[test]
fn http_routes() {
    compare("http_routes", Root::Http);
}

#[test]
fn http_mistakes() {
    compare("http_mistakes", Root::Http);
}

fn compare(name: &str, root: Root) {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/golden");
    let written = fs::read_to_string(golden.join(format!("{name}.rs"))).unwrap();
    let expanded = expand(&written, root);
    let path = golden.join(format!("{name}.expanded.rs"));
    if env::var_os("WIREPATH_BLESS").is_some() {
        fs::write(&path, &expanded).unwrap();
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == expanded,
        "{} is not what the macros make of {name}.rs, which is:\n{expanded}",
        path.display(),
    );
}

fn expand(written: &str, root: Root) -> String {
    let file: File = syn::parse_str(written).unwrap();
    let items = file.items.into_iter().map(|item| expand_item(item, root)).collect();
    prettyplease::unparse(&syn::parse2(items).unwrap())
}

/// Expands the first attribute of ours, as rustc does, or a function that is nothing but a call of `handlers!`.
fn expand_item(item: Item, root: Root) -> TokenStream {
    let Item::Fn(mut function) = item else { return item.into_token_stream() };
    let is_http = matches!(root, Root::Http | Root::FacadeHttp);
    let of_http = |it: &syn::Attribute| crate::http::Attribute::named_by(it.path()).is_some();
    if let Some(at) = function.attrs.iter().position(of_http).filter(|_| is_http) {
        let attribute = function.attrs.remove(at);
        let (_, kind) = crate::http::Attribute::named_by(attribute.path()).unwrap();
        let args = args_of(attribute.meta);
        return crate::http::attribute(kind, root, args, function.into_token_stream());
    }
    let ours = |it: &syn::Attribute| Attribute::named_by(it.path()).is_some();
    if let Some(at) = function.attrs.iter().position(ours) {
        let attribute = function.attrs.remove(at);
        let kind = match Attribute::named_by(attribute.path()).unwrap() {
            "on_bind" => Attribute::Bind,
            "on_pdu" => Attribute::Pdu,
            "route_message" => Attribute::Route,
            _ => Attribute::Session,
        };
        let args = args_of(attribute.meta);
        return crate::expand::attribute(kind, root, args, function.into_token_stream());
    }
    let list = function.block.stmts.iter().find_map(|statement| match statement {
        syn::Stmt::Expr(syn::Expr::Macro(call), _) => Some(call.mac.tokens.clone()),
        syn::Stmt::Macro(call) => Some(call.mac.tokens.clone()),
        _ => None,
    });
    let list = list.expect("a function with `handlers!` or `routes!` in it");
    let body = match is_http {
        true => crate::http::routes(root, list),
        false => crate::handlers::expand(root, list),
    };
    let signature = &function.sig;
    quote!(#signature { #body })
}

fn args_of(meta: Meta) -> TokenStream {
    match meta {
        Meta::List(list) => list.tokens,
        _ => TokenStream::new(),
    }
}
