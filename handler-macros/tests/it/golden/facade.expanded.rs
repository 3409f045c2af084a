async fn query(pdu: QuerySm) -> Status {
    Status::RQUERYFAIL
}
/// The handler for `query_sm`, for `handlers!` to list. It calls the function of the same name.
#[allow(non_camel_case_types, missing_debug_implementations)]
struct query {}
const _: () = {
    use ::wirepath::smpp::__private as __p;
    impl __p::Descriptor for query {
        const ON: __p::On = __p::On::command(0x00000003);
        const NAME: &'static ::core::primitive::str = "query";
    }
    const __FITS: ::core::primitive::bool = __p::answer::<
        { __p::On::command(0x00000003).key() },
        Status,
    >();
    impl<__S> __p::Handler<__S> for query {
        fn accept(
            __request: __p::Request,
            __state: &__S,
        ) -> ::core::result::Result<
            impl ::core::future::Future<
                Output = __p::Response,
            > + ::core::marker::Send + use<__S>,
            __p::Response,
        > {
            let __command = __p::command(&__request);
            let __0 = __p::subject::<
                { __p::On::command(0x00000003).key() },
                QuerySm,
            >(__request)?;
            ::core::result::Result::Ok(
                __p::replying::<
                    __FITS,
                    { __p::On::command(0x00000003).key() },
                    Status,
                    _,
                >(__command, query(__0)),
            )
        }
    }
};
fn list() {
    {
        use ::wirepath::smpp::__private as __p;
        const __ON: [__p::On; 1usize] = [<query as __p::Descriptor>::ON];
        __p::handlers::<_, __p::Chain<(query), __p::End<{ __ON.len() }>>>()
    }
}
