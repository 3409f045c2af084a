async fn authorise(
    State(keys): State<Keys>,
    headers: HeaderMap,
) -> Result<(), StatusCode> {
    keys.check(&headers)
}
/// A middleware, for `routes!` to list. It calls the function of the same name.
#[allow(non_camel_case_types, missing_debug_implementations)]
struct authorise {}
const _: () = {
    use ::wirepath::http::__private as __p;
    impl __p::Descriptor for authorise {
        const ROLE: __p::Role = __p::Role::middleware(0i32);
        const NAME: &'static ::core::primitive::str = "authorise";
    }
    const __CHECKED: ::core::primitive::bool = true && __p::from_head::<State<Keys>>()
        && __p::from_head::<HeaderMap>();
    const __FITS: ::core::primitive::bool = __p::verdict::<Result<(), StatusCode>>();
    #[allow(clippy::result_large_err)]
    impl<__S: ::core::marker::Send + ::core::marker::Sync + 'static> __p::Handler<__S>
    for authorise
    where
        <State<
            Keys,
        > as __p::Checked<{ __p::EXTRACT }, __CHECKED>>::Wants: __p::Needs<__S>,
        <HeaderMap as __p::Checked<{ __p::EXTRACT }, __CHECKED>>::Wants: __p::Needs<__S>,
    {
        fn accept(
            _: __p::Call<'_, __S>,
        ) -> ::core::result::Result<
            impl ::core::future::Future<
                Output = __p::Leaving,
            > + ::core::marker::Send + use<__S>,
            __p::Leaving,
        > {
            ::core::result::Result::Ok(async { __p::no_route() })
        }
        fn middleware() -> ::core::option::Option<__p::Box<dyn __p::Middleware<__S>>> {
            ::core::option::Option::Some(
                __p::guard::<
                    __FITS,
                    __S,
                    _,
                    _,
                    _,
                >(|__head: __p::Head<'_>, __state: &__p::Arc<__S>| {
                    let __0 = __p::hold::<
                        { __p::EXTRACT },
                        __CHECKED,
                        State<Keys>,
                        __p::AnyState,
                        __S,
                    >(__head, &**__state)?;
                    let __1 = __p::hold::<
                        { __p::EXTRACT },
                        __CHECKED,
                        HeaderMap,
                        __p::AnyState,
                        __S,
                    >(__head, &**__state)?;
                    ::core::result::Result::Ok(authorise(__0, __1))
                }),
            )
        }
    }
};
async fn timed(request: Request, next: Next) -> Response {
    next.run(request).await
}
/// A middleware, for `routes!` to list. It calls the function of the same name.
#[allow(non_camel_case_types, missing_debug_implementations)]
struct timed {}
const _: () = {
    use ::wirepath::http::__private as __p;
    impl __p::Descriptor for timed {
        const ROLE: __p::Role = __p::Role::middleware(-5i32);
        const NAME: &'static ::core::primitive::str = "timed";
    }
    const __CHECKED: ::core::primitive::bool = true;
    #[allow(clippy::result_large_err)]
    impl<__S: ::core::marker::Send + ::core::marker::Sync + 'static> __p::Handler<__S>
    for timed {
        fn accept(
            _: __p::Call<'_, __S>,
        ) -> ::core::result::Result<
            impl ::core::future::Future<
                Output = __p::Leaving,
            > + ::core::marker::Send + use<__S>,
            __p::Leaving,
        > {
            ::core::result::Result::Ok(async { __p::no_route() })
        }
        fn middleware() -> ::core::option::Option<__p::Box<dyn __p::Middleware<__S>>> {
            ::core::option::Option::Some(
                __p::wrap::<
                    __S,
                    _,
                    _,
                >(|__head: __p::Head<'_>, __state: &__p::Arc<__S>| {
                    ::core::result::Result::Ok(move |
                        __request: __p::Request,
                        __next: __p::Next|
                    { __p::answering(timed(__request, __next)) })
                }),
            )
        }
    }
};
async fn migrate(State(db): State<Db>) -> Result<(), sqlx::Error> {
    db.migrate().await
}
/// What is done at the start, for `routes!` to list. It calls the function of the same name.
#[allow(non_camel_case_types, missing_debug_implementations)]
struct migrate {}
const _: () = {
    use ::wirepath::http::__private as __p;
    impl __p::Descriptor for migrate {
        const ROLE: __p::Role = __p::Role::STARTUP;
        const NAME: &'static ::core::primitive::str = "migrate";
    }
    const __CHECKED: ::core::primitive::bool = true && __p::of_state::<State<Db>>();
    impl<__S: ::core::marker::Send + ::core::marker::Sync + 'static> __p::Handler<__S>
    for migrate
    where
        <State<Db> as __p::CheckedOfState<__CHECKED>>::Wants: __p::Needs<__S>,
    {
        fn accept(
            _: __p::Call<'_, __S>,
        ) -> ::core::result::Result<
            impl ::core::future::Future<
                Output = __p::Leaving,
            > + ::core::marker::Send + use<__S>,
            __p::Leaving,
        > {
            ::core::result::Result::Ok(async { __p::no_route() })
        }
        fn hook(__state: &__p::Arc<__S>) -> ::core::option::Option<__p::Hook> {
            ::core::option::Option::Some(
                __p::hooked(
                    migrate(
                        <State<Db> as __p::CheckedOfState<__CHECKED>>::take(&**__state),
                    ),
                ),
            )
        }
    }
};
async fn flush() {}
/// What is done at the end, for `routes!` to list. It calls the function of the same name.
#[allow(non_camel_case_types, missing_debug_implementations)]
struct flush {}
const _: () = {
    use ::wirepath::http::__private as __p;
    impl __p::Descriptor for flush {
        const ROLE: __p::Role = __p::Role::SHUTDOWN;
        const NAME: &'static ::core::primitive::str = "flush";
    }
    const __CHECKED: ::core::primitive::bool = true;
    impl<__S: ::core::marker::Send + ::core::marker::Sync + 'static> __p::Handler<__S>
    for flush {
        fn accept(
            _: __p::Call<'_, __S>,
        ) -> ::core::result::Result<
            impl ::core::future::Future<
                Output = __p::Leaving,
            > + ::core::marker::Send + use<__S>,
            __p::Leaving,
        > {
            ::core::result::Result::Ok(async { __p::no_route() })
        }
        fn hook(__state: &__p::Arc<__S>) -> ::core::option::Option<__p::Hook> {
            ::core::option::Option::Some(__p::hooked(flush()))
        }
    }
};
