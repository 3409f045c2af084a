//! `#[on_startup]` and `#[on_shutdown]`.

use quote::{quote, quote_spanned};
use syn::{ItemFn, spanned::Spanned};

use super::{
    Attribute,
    expand::{Expanded, Signature, local, no_route},
};

/// Expands either.
pub(super) fn expand(
    attribute: Attribute,
    function: &ItemFn,
    signature: &Signature<'_>,
) -> Expanded {
    let name = &function.sig.ident;
    let types = signature.arguments.iter().map(|argument| argument.ty).collect::<Vec<_>>();
    let checks = quote!(true #(&& __p::of_state::<#types>())*);
    let needs = types.iter().map(|ty| {
        quote_spanned!(ty.span()=> <#ty as __p::CheckedOfState<__CHECKED>>::Wants: __p::Needs<__S>,)
    });
    let state = local("__state");
    let values =
        types.iter().map(|ty| quote!(<#ty as __p::CheckedOfState<__CHECKED>>::take(&**#state)));
    let called = quote_spanned!(name.span()=> #name(#(#values),*));
    let no_route = no_route(name.span());
    let items = quote! {
        const __CHECKED: ::core::primitive::bool = #checks;

        impl<__S: ::core::marker::Send + ::core::marker::Sync + 'static> __p::Handler<__S> for #name
        where
            #(#needs)*
        {
            #no_route

            fn hook(#state: &__p::Arc<__S>) -> ::core::option::Option<__p::Hook> {
                ::core::option::Option::Some(__p::hooked(#called))
            }
        }
    };
    let (role, title) = match attribute {
        Attribute::Startup => (quote!(Role::STARTUP), "What is done at the start"),
        _ => (quote!(Role::SHUTDOWN), "What is done at the end"),
    };
    Expanded { described: quote!(), role, title: title.to_owned(), items }
}
