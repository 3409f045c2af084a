//! The handler attributes of wirepath.
use proc_macro::TokenStream;
/// stub
#[proc_macro_attribute]
pub fn on_bind(_: TokenStream, item: TokenStream) -> TokenStream {
    item
}
/// stub
#[proc_macro_attribute]
pub fn on_pdu(_: TokenStream, item: TokenStream) -> TokenStream {
    item
}
/// stub
#[proc_macro_attribute]
pub fn on_session(_: TokenStream, item: TokenStream) -> TokenStream {
    item
}
/// stub
#[proc_macro]
pub fn handlers(_: TokenStream) -> TokenStream {
    TokenStream::new()
}
