async fn authorise(bind: Bind, State(esmes): State<Esmes>) -> BindReply {
    bind.by_policy()
}
/// The handler for binds, for `handlers!` to list. It calls the function of the same name.
#[allow(non_camel_case_types, missing_debug_implementations)]
struct authorise {}
const _: () = {
    use ::wirepath_smpp::__private as __p;
    impl __p::Descriptor for authorise {
        const ON: __p::On = __p::On::BIND;
        const NAME: &'static ::core::primitive::str = "authorise";
    }
    const __EXTRACTORS: ::core::primitive::bool = true
        && __p::extractor::<State<Esmes>>();
    const __FITS: ::core::primitive::bool = __p::verdict::<BindReply>();
    impl<__S> __p::Handler<__S> for authorise
    where
        <State<Esmes> as __p::Checked<__EXTRACTORS>>::Needs: __p::Needs<__S>,
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
                State<Esmes>,
                __S,
            >(&__request, __state)?;
            let __0 = __p::subject::<{ __p::On::BIND.key() }, Bind>(__request)?;
            ::core::result::Result::Ok(
                __p::deciding::<__FITS, BindReply, _>(authorise(__0, __1)),
            )
        }
    }
};
