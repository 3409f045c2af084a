async fn events(id: u64) -> impl Stream<Item = Event> {
    stream::iter([Event::data(id.to_string())])
}
/// The route `GET /events/{id}`, for `routes!` to list. It calls the function of the same name.
#[allow(non_camel_case_types, missing_debug_implementations)]
struct events {}
const _: () = {
    use ::wirepath_http::__private as __p;
    impl __p::Descriptor for events {
        const ROLE: __p::Role = __p::Role::route(
            "/events/{id}",
            __p::Methods::NONE.and(__p::Methods::GET),
        );
        const NAME: &'static ::core::primitive::str = "events";
        __p::describe! {
            docs "" deprecated[] tags[] parameters[("id", u64)] inputs[] output(events)
            produces[] answers[] by_hand[]
        }
    }
    const __CHECKED: ::core::primitive::bool = true && __p::parameter::<u64>();
    const __LEVEL: ::core::primitive::u8 = __p::level(
        &[],
        &[::core::mem::size_of::<u64>()],
    );
    impl<__S> __p::Handler<__S> for events {
        fn accept(
            __call: __p::Call<'_, __S>,
        ) -> ::core::result::Result<
            impl ::core::future::Future<
                Output = __p::Leaving,
            > + ::core::marker::Send + use<__S>,
            __p::Leaving,
        > {
            __p::acceptable(&__call, &["text/event-stream"])?;
            let __0 = __p::param::<__CHECKED, u64, __S>(&__call, 0usize)?;
            let __seen = __p::any_state(&__call);
            let mut __rest = __p::keep::<__LEVEL, __S>(__call);
            ::core::result::Result::Ok(
                __p::place::<
                    __LEVEL,
                    _,
                >(async move {
                    __p::done(__rest, __seen);
                    __p::events(events(__0).await)
                }),
            )
        }
    }
};
async fn rows(accepts: Accepts) -> String {
    String::new()
}
/// The route `GET /rows`, for `routes!` to list. It calls the function of the same name.
#[allow(non_camel_case_types, missing_debug_implementations)]
struct rows {}
const _: () = {
    use ::wirepath_http::__private as __p;
    impl __p::Descriptor for rows {
        const ROLE: __p::Role = __p::Role::route(
            "/rows",
            __p::Methods::NONE.and(__p::Methods::GET),
        );
        const NAME: &'static ::core::primitive::str = "rows";
        __p::describe! {
            docs "" deprecated[] tags[] parameters[] inputs[Accepts] output([String])
            produces["text/csv", "application/json"] answers[] by_hand[]
        }
    }
    const __KIND_0: ::core::primitive::u8 = {
        #[allow(unused_imports)]
        use __p::{NoBody as _, NoExtract as _, NoParts as _, NoRequest as _};
        __p::argument_kind(
            __p::Probe::<Accepts, __p::AnyState>::EXTRACT,
            __p::Probe::<Accepts, __p::AnyState>::BODY,
            __p::Probe::<Accepts, __p::AnyState>::PARTS,
            __p::Probe::<Accepts, __p::AnyState>::REQUEST,
        )
    };
    const __CHECKED: ::core::primitive::bool = true
        && __p::extractor::<{ __KIND_0 }, Accepts, __p::AnyState>();
    const __LEVEL: ::core::primitive::u8 = __p::level(
        &[__KIND_0],
        &[::core::mem::size_of::<Accepts>()],
    );
    const __REPLY: ::core::primitive::u8 = {
        #[allow(unused_imports)]
        use __p::{NoReply as _, NoResponse as _};
        __p::reply_kind(__p::Probe::<String>::REPLY, __p::Probe::<String>::RESPONSE)
    };
    const __FITS: ::core::primitive::bool = __p::answer::<{ __REPLY }, String>();
    impl<__S> __p::Handler<__S> for rows
    where
        <Accepts as __p::Checked<
            { __KIND_0 },
            __CHECKED,
            __p::AnyState,
        >>::Wants: __p::Needs<__S>,
    {
        fn accept(
            __call: __p::Call<'_, __S>,
        ) -> ::core::result::Result<
            impl ::core::future::Future<
                Output = __p::Leaving,
            > + ::core::marker::Send + use<__S>,
            __p::Leaving,
        > {
            __p::acceptable(&__call, &["text/csv", "application/json"])?;
            let __0 = __p::hold::<
                { __KIND_0 },
                __CHECKED,
                Accepts,
                __p::AnyState,
                __S,
            >(__p::head(&__call), __p::state(&__call))?;
            let __seen = __p::any_state(&__call);
            let mut __rest = __p::keep::<__LEVEL, __S>(__call);
            ::core::result::Result::Ok(
                __p::place::<
                    __LEVEL,
                    _,
                >(async move {
                    let __0 = match __p::finish::<
                        { __KIND_0 },
                        __CHECKED,
                        Accepts,
                        __p::AnyState,
                        _,
                    >(__0, &__seen, &mut __rest)
                        .await
                    {
                        ::core::result::Result::Ok(value) => value,
                        ::core::result::Result::Err(response) => {
                            return __p::refused(response);
                        }
                    };
                    __p::done(__rest, __seen);
                    __p::respond::<{ __REPLY }, __FITS, String>(rows(__0).await)
                }),
            )
        }
    }
};
async fn seen(uri: Uri, response: Response) -> Response {
    response
}
/// What becomes of every response, for `routes!` to list. It calls the function of the same name.
#[allow(non_camel_case_types, missing_debug_implementations)]
struct seen {}
const _: () = {
    use ::wirepath_http::__private as __p;
    impl __p::Descriptor for seen {
        const ROLE: __p::Role = __p::Role::middleware(2i32);
        const NAME: &'static ::core::primitive::str = "seen";
    }
    const __CHECKED: ::core::primitive::bool = true && __p::from_head::<Uri>();
    #[allow(clippy::result_large_err)]
    impl<__S: ::core::marker::Send + ::core::marker::Sync + 'static> __p::Handler<__S>
    for seen
    where
        <Uri as __p::Checked<{ __p::EXTRACT }, __CHECKED>>::Wants: __p::Needs<__S>,
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
                __p::after::<
                    false,
                    __S,
                    _,
                    _,
                >(|__head: __p::Head<'_>, __state: &__p::Arc<__S>| {
                    let __0 = __p::hold::<
                        { __p::EXTRACT },
                        __CHECKED,
                        Uri,
                        __p::AnyState,
                        __S,
                    >(__head, &**__state)?;
                    ::core::result::Result::Ok(move |__response: __p::Response| {
                        __p::answering(seen(__0, __response))
                    })
                }),
            )
        }
    }
};
async fn failed(response: Response) -> Response {
    response
}
/// What becomes of responses that are errors, for `routes!` to list. It calls the function of the same name.
#[allow(non_camel_case_types, missing_debug_implementations)]
struct failed {}
const _: () = {
    use ::wirepath_http::__private as __p;
    impl __p::Descriptor for failed {
        const ROLE: __p::Role = __p::Role::middleware(0i32);
        const NAME: &'static ::core::primitive::str = "failed";
    }
    const __CHECKED: ::core::primitive::bool = true;
    #[allow(clippy::result_large_err)]
    impl<__S: ::core::marker::Send + ::core::marker::Sync + 'static> __p::Handler<__S>
    for failed {
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
                __p::after::<
                    true,
                    __S,
                    _,
                    _,
                >(|__head: __p::Head<'_>, __state: &__p::Arc<__S>| {
                    ::core::result::Result::Ok(move |__response: __p::Response| {
                        __p::answering(failed(__response))
                    })
                }),
            )
        }
    }
};
/// Places an order.
///
/// At once.
#[deprecated(since = "2.0.0", note = "use `/v2/orders`")]
async fn place(order: Json<Order>) -> Result<(StatusCode, Json<Order>), Refusal> {
    Err(Refusal::new(StatusCode::CONFLICT, "taken"))
}
/// The route `POST /orders`, for `routes!` to list. It calls the function of the same name.
#[allow(non_camel_case_types, missing_debug_implementations)]
struct place {}
#[allow(deprecated)]
const _: () = {
    use ::wirepath_http::__private as __p;
    impl __p::Descriptor for place {
        const ROLE: __p::Role = __p::Role::route(
            "/orders",
            __p::Methods::NONE.and(__p::Methods::POST),
        );
        const NAME: &'static ::core::primitive::str = "place";
        __p::describe! {
            docs "Places an order.\n\nAt once." deprecated["use `/v2/orders`"]
            tags["orders", "shop"] parameters[] inputs[Json < Order >]
            output([(StatusCode, Json < Order >)] [Refusal]) produces[] answers[201, 409]
            by_hand[documents::place]
        }
    }
    const __KIND_0: ::core::primitive::u8 = {
        #[allow(unused_imports)]
        use __p::{NoBody as _, NoExtract as _, NoParts as _, NoRequest as _};
        __p::argument_kind(
            __p::Probe::<Json<Order>, __p::AnyState>::EXTRACT,
            __p::Probe::<Json<Order>, __p::AnyState>::BODY,
            __p::Probe::<Json<Order>, __p::AnyState>::PARTS,
            __p::Probe::<Json<Order>, __p::AnyState>::REQUEST,
        )
    };
    const __CHECKED: ::core::primitive::bool = true
        && __p::extractor::<{ __KIND_0 }, Json<Order>, __p::AnyState>();
    const __LEVEL: ::core::primitive::u8 = __p::level(
        &[__KIND_0],
        &[::core::mem::size_of::<Json<Order>>()],
    );
    const __REPLY: ::core::primitive::u8 = {
        #[allow(unused_imports)]
        use __p::{NoReply as _, NoResponse as _};
        __p::reply_kind(
            __p::Probe::<Result<(StatusCode, Json<Order>), Refusal>>::REPLY,
            __p::Probe::<Result<(StatusCode, Json<Order>), Refusal>>::RESPONSE,
        )
    };
    const __FITS: ::core::primitive::bool = __p::answer::<
        { __REPLY },
        Result<(StatusCode, Json<Order>), Refusal>,
    >();
    impl<__S> __p::Handler<__S> for place
    where
        <Json<
            Order,
        > as __p::Checked<
            { __KIND_0 },
            __CHECKED,
            __p::AnyState,
        >>::Wants: __p::Needs<__S>,
    {
        fn accept(
            __call: __p::Call<'_, __S>,
        ) -> ::core::result::Result<
            impl ::core::future::Future<
                Output = __p::Leaving,
            > + ::core::marker::Send + use<__S>,
            __p::Leaving,
        > {
            let __0 = __p::hold::<
                { __KIND_0 },
                __CHECKED,
                Json<Order>,
                __p::AnyState,
                __S,
            >(__p::head(&__call), __p::state(&__call))?;
            let __seen = __p::any_state(&__call);
            let mut __rest = __p::keep::<__LEVEL, __S>(__call);
            ::core::result::Result::Ok(
                __p::place::<
                    __LEVEL,
                    _,
                >(async move {
                    let __0 = match __p::finish::<
                        { __KIND_0 },
                        __CHECKED,
                        Json<Order>,
                        __p::AnyState,
                        _,
                    >(__0, &__seen, &mut __rest)
                        .await
                    {
                        ::core::result::Result::Ok(value) => value,
                        ::core::result::Result::Err(response) => {
                            return __p::refused(response);
                        }
                    };
                    __p::done(__rest, __seen);
                    __p::respond::<
                        { __REPLY },
                        __FITS,
                        Result<(StatusCode, Json<Order>), Refusal>,
                    >(place(__0).await)
                }),
            )
        }
    }
};
async fn health() {}
/// The route `GET /health`, for `routes!` to list. It calls the function of the same name.
#[allow(non_camel_case_types, missing_debug_implementations)]
struct health {}
const _: () = {
    use ::wirepath_http::__private as __p;
    impl __p::Descriptor for health {
        const ROLE: __p::Role = __p::Role::route(
            "/health",
            __p::Methods::NONE.and(__p::Methods::GET),
        );
        const NAME: &'static ::core::primitive::str = "health";
        __p::describe! {
            hidden
        }
    }
    const __CHECKED: ::core::primitive::bool = true;
    const __LEVEL: ::core::primitive::u8 = __p::level(&[], &[]);
    const __REPLY: ::core::primitive::u8 = {
        #[allow(unused_imports)]
        use __p::{NoReply as _, NoResponse as _};
        __p::reply_kind(__p::Probe::<()>::REPLY, __p::Probe::<()>::RESPONSE)
    };
    const __FITS: ::core::primitive::bool = __p::answer::<{ __REPLY }, ()>();
    impl<__S> __p::Handler<__S> for health {
        fn accept(
            __call: __p::Call<'_, __S>,
        ) -> ::core::result::Result<
            impl ::core::future::Future<
                Output = __p::Leaving,
            > + ::core::marker::Send + use<__S>,
            __p::Leaving,
        > {
            let __seen = __p::any_state(&__call);
            let mut __rest = __p::keep::<__LEVEL, __S>(__call);
            ::core::result::Result::Ok(
                __p::place::<
                    __LEVEL,
                    _,
                >(async move {
                    __p::done(__rest, __seen);
                    __p::respond::<{ __REPLY }, __FITS, ()>(health().await)
                }),
            )
        }
    }
};
async fn news() -> Result<impl Stream<Item = Event>, Refusal> {
    Ok(stream::empty())
}
/// The route `GET /news`, for `routes!` to list. It calls the function of the same name.
#[allow(non_camel_case_types, missing_debug_implementations)]
struct news {}
const _: () = {
    use ::wirepath_http::__private as __p;
    impl __p::Descriptor for news {
        const ROLE: __p::Role = __p::Role::route(
            "/news",
            __p::Methods::NONE.and(__p::Methods::GET),
        );
        const NAME: &'static ::core::primitive::str = "news";
        __p::describe! {
            docs "" deprecated[] tags[] parameters[] inputs[] output(events[Refusal])
            produces[] answers[] by_hand[]
        }
    }
    const __CHECKED: ::core::primitive::bool = true;
    const __LEVEL: ::core::primitive::u8 = __p::level(&[], &[]);
    impl<__S> __p::Handler<__S> for news {
        fn accept(
            __call: __p::Call<'_, __S>,
        ) -> ::core::result::Result<
            impl ::core::future::Future<
                Output = __p::Leaving,
            > + ::core::marker::Send + use<__S>,
            __p::Leaving,
        > {
            __p::acceptable(&__call, &["text/event-stream"])?;
            let __seen = __p::any_state(&__call);
            let mut __rest = __p::keep::<__LEVEL, __S>(__call);
            ::core::result::Result::Ok(
                __p::place::<
                    __LEVEL,
                    _,
                >(async move {
                    __p::done(__rest, __seen);
                    __p::events(news().await)
                }),
            )
        }
    }
};
