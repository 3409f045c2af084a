async fn pick(message: Message, State(prefixes): State<Prefixes>) -> Option<Route> {
    prefixes.owner(message.destination()).map(Route::esme)
}
/// The handler for the ways of messages, for `handlers!` to list. It calls the function of the same name.
#[allow(non_camel_case_types, missing_debug_implementations)]
struct pick {}
const _: () = {
    use ::wirepath_smpp::__private as __p;
    impl __p::Descriptor for pick {
        const ON: __p::On = __p::On::ROUTE;
        const NAME: &'static ::core::primitive::str = "pick";
    }
    const __EXTRACTORS: ::core::primitive::bool = true
        && __p::extractor::<State<Prefixes>>();
    const __FITS: ::core::primitive::bool = __p::way::<Option<Route>>();
    impl<__S> __p::Handler<__S> for pick
    where
        <State<Prefixes> as __p::Checked<__EXTRACTORS>>::Needs: __p::Needs<__S>,
    {
        fn accept(
            __request: __p::Request,
            __state: &__S,
        ) -> ::core::result::Result<
            impl ::core::future::Future<
                Output = __p::Response,
            > + ::core::marker::Send + use<__S>,
            __p::Response,
        > {
            let __1 = __p::argument::<
                __EXTRACTORS,
                State<Prefixes>,
                __S,
            >(&__request, __state)?;
            let __0 = __p::subject::<{ __p::On::ROUTE.key() }, Message>(__request)?;
            ::core::result::Result::Ok(
                __p::routing::<__FITS, Option<Route>, _>(pick(__0, __1)),
            )
        }
    }
};
