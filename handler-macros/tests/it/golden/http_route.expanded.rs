pub async fn order(order: u32, _id: Uuid, State(db): State<Db>) -> Option<Json<Order>> {
    db.order(order).map(Json)
}
/// The route `GET /users/{id}/orders/{order}`, for `routes!` to list. It calls the function of the same name.
#[allow(non_camel_case_types, missing_debug_implementations)]
pub struct order {}
const _: () = {
    use ::wirepath_http::__private as __p;
    impl __p::Descriptor for order {
        const ROLE: __p::Role = __p::Role::route(
            "/users/{id}/orders/{order}",
            __p::Methods::NONE.and(__p::Methods::GET),
        );
        const NAME: &'static ::core::primitive::str = "order";
        __p::describe! {
            docs "" deprecated[] tags[] parameters[("order", u32), ("id", Uuid)]
            inputs[State < Db >] output([Option < Json < Order > >]) produces[] answers[]
            by_hand[]
        }
    }
    const __KIND_2: ::core::primitive::u8 = {
        #[allow(unused_imports)]
        use __p::{NoBody as _, NoExtract as _, NoParts as _, NoRequest as _};
        __p::argument_kind(
            __p::Probe::<State<Db>, __p::AnyState>::EXTRACT,
            __p::Probe::<State<Db>, __p::AnyState>::BODY,
            __p::Probe::<State<Db>, __p::AnyState>::PARTS,
            __p::Probe::<State<Db>, __p::AnyState>::REQUEST,
        )
    };
    const __CHECKED: ::core::primitive::bool = true && __p::parameter::<u32>()
        && __p::parameter::<Uuid>()
        && __p::extractor::<{ __KIND_2 }, State<Db>, __p::AnyState>();
    const __LEVEL: ::core::primitive::u8 = __p::level(
        &[__KIND_2],
        &[
            ::core::mem::size_of::<u32>(),
            ::core::mem::size_of::<Uuid>(),
            ::core::mem::size_of::<State<Db>>(),
        ],
    );
    const __REPLY: ::core::primitive::u8 = {
        #[allow(unused_imports)]
        use __p::{NoReply as _, NoResponse as _};
        __p::reply_kind(
            __p::Probe::<Option<Json<Order>>>::REPLY,
            __p::Probe::<Option<Json<Order>>>::RESPONSE,
        )
    };
    const __FITS: ::core::primitive::bool = __p::answer::<
        { __REPLY },
        Option<Json<Order>>,
    >();
    impl<__S> __p::Handler<__S> for order
    where
        <State<
            Db,
        > as __p::Checked<
            { __KIND_2 },
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
            let __0 = __p::param::<__CHECKED, u32, __S>(&__call, 0usize)?;
            let __1 = __p::param::<__CHECKED, Uuid, __S>(&__call, 1usize)?;
            let __2 = __p::hold::<
                { __KIND_2 },
                __CHECKED,
                State<Db>,
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
                    let __2 = match __p::finish::<
                        { __KIND_2 },
                        __CHECKED,
                        State<Db>,
                        __p::AnyState,
                        _,
                    >(__2, &__seen, &mut __rest)
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
                        Option<Json<Order>>,
                    >(order(__0, __1, __2).await)
                }),
            )
        }
    }
};
async fn put(Path(rest): Path<String>, body: Multipart) -> impl IntoResponse {
    rest
}
/// The route `PUT, PATCH /files/{*rest}`, for `routes!` to list. It calls the function of the same name.
#[allow(non_camel_case_types, missing_debug_implementations)]
struct put {}
const _: () = {
    use ::wirepath_http::__private as __p;
    impl __p::Descriptor for put {
        const ROLE: __p::Role = __p::Role::route(
            "/files/{*rest}",
            __p::Methods::NONE.and(__p::Methods::PUT).and(__p::Methods::PATCH),
        );
        const NAME: &'static ::core::primitive::str = "put";
        __p::describe! {
            docs "" deprecated[] tags[] parameters[] inputs[Path < String >, Multipart]
            output(unnamed) produces[] answers[] by_hand[]
        }
    }
    const __KIND_0: ::core::primitive::u8 = {
        #[allow(unused_imports)]
        use __p::{NoBody as _, NoExtract as _, NoParts as _, NoRequest as _};
        __p::argument_kind(
            __p::Probe::<Path<String>, App>::EXTRACT,
            __p::Probe::<Path<String>, App>::BODY,
            __p::Probe::<Path<String>, App>::PARTS,
            __p::Probe::<Path<String>, App>::REQUEST,
        )
    };
    const __KIND_1: ::core::primitive::u8 = {
        #[allow(unused_imports)]
        use __p::{NoBody as _, NoExtract as _, NoParts as _, NoRequest as _};
        __p::argument_kind(
            __p::Probe::<Multipart, App>::EXTRACT,
            __p::Probe::<Multipart, App>::BODY,
            __p::Probe::<Multipart, App>::PARTS,
            __p::Probe::<Multipart, App>::REQUEST,
        )
    };
    const _: () = ::core::assert!(
        ! __p::takes_body(__KIND_0),
        "this takes the body, which only the last argument can: put it at the end"
    );
    const __CHECKED: ::core::primitive::bool = true
        && __p::extractor::<{ __KIND_0 }, Path<String>, App>()
        && __p::extractor::<{ __KIND_1 }, Multipart, App>();
    const __LEVEL: ::core::primitive::u8 = __p::level(
        &[__KIND_0, __KIND_1],
        &[::core::mem::size_of::<Path<String>>(), ::core::mem::size_of::<Multipart>()],
    );
    impl __p::Handler<App> for put
    where
        <Path<
            String,
        > as __p::Checked<{ __KIND_0 }, __CHECKED, App>>::Wants: __p::Needs<App>,
        <Multipart as __p::Checked<
            { __KIND_1 },
            __CHECKED,
            App,
        >>::Wants: __p::Needs<App>,
    {
        fn accept(
            __call: __p::Call<'_, App>,
        ) -> ::core::result::Result<
            impl ::core::future::Future<
                Output = __p::Leaving,
            > + ::core::marker::Send + use<>,
            __p::Leaving,
        > {
            let __0 = __p::hold::<
                { __KIND_0 },
                __CHECKED,
                Path<String>,
                App,
                App,
            >(__p::head(&__call), __p::state(&__call))?;
            let __1 = __p::hold::<
                { __KIND_1 },
                __CHECKED,
                Multipart,
                App,
                App,
            >(__p::head(&__call), __p::state(&__call))?;
            let __seen = __p::own_state(&__call);
            let mut __rest = __p::keep::<__LEVEL, App>(__call);
            ::core::result::Result::Ok(
                __p::place::<
                    __LEVEL,
                    _,
                >(async move {
                    let __0 = match __p::finish::<
                        { __KIND_0 },
                        __CHECKED,
                        Path<String>,
                        App,
                        _,
                    >(__0, &__seen, &mut __rest)
                        .await
                    {
                        ::core::result::Result::Ok(value) => value,
                        ::core::result::Result::Err(response) => {
                            return __p::refused(response);
                        }
                    };
                    let __1 = match __p::finish::<
                        { __KIND_1 },
                        __CHECKED,
                        Multipart,
                        App,
                        _,
                    >(__1, &__seen, &mut __rest)
                        .await
                    {
                        ::core::result::Result::Ok(value) => value,
                        ::core::result::Result::Err(response) => {
                            return __p::refused(response);
                        }
                    };
                    __p::done(__rest, __seen);
                    __p::respond_unnamed(put(__0, __1).await)
                }),
            )
        }
    }
};
