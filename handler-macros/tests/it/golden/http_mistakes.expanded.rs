fn not_async(id: u64) {}
/// The route `GET orders/{id}`, for `routes!` to list. It calls the function of the same name.
#[allow(non_camel_case_types, missing_debug_implementations)]
struct not_async {}
const _: () = {
    use ::wirepath_http::__private as __p;
    impl __p::Descriptor for not_async {
        const ROLE: __p::Role = __p::Role::UNKNOWN;
        const NAME: &'static ::core::primitive::str = "not_async";
    }
    impl<__S> __p::Handler<__S> for not_async {
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
    }
};
::core::compile_error! {
    "a handler is an `async fn`"
}
::core::compile_error! {
    "a path starts with `/`: write \"/orders/{id}\""
}
async fn without_its_parameter(item: u64) {}
/// The route `GET /orders/{id}/{item}`, for `routes!` to list. It calls the function of the same name.
#[allow(non_camel_case_types, missing_debug_implementations)]
struct without_its_parameter {}
const _: () = {
    use ::wirepath_http::__private as __p;
    impl __p::Descriptor for without_its_parameter {
        const ROLE: __p::Role = __p::Role::UNKNOWN;
        const NAME: &'static ::core::primitive::str = "without_its_parameter";
    }
    impl<__S> __p::Handler<__S> for without_its_parameter {
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
    }
};
::core::compile_error! {
    "unknown method `FETCH`: did you mean `PATCH`?"
}
::core::compile_error! {
    "`{id}` has no parameter: add `id: …` to the arguments, `_id: …` if it is not used, or take `Path<…>`"
}
async fn with_a_path() {}
/// A middleware, for `routes!` to list. It calls the function of the same name.
#[allow(non_camel_case_types, missing_debug_implementations)]
struct with_a_path {}
const _: () = {
    use ::wirepath_http::__private as __p;
    impl __p::Descriptor for with_a_path {
        const ROLE: __p::Role = __p::Role::UNKNOWN;
        const NAME: &'static ::core::primitive::str = "with_a_path";
    }
    impl<__S> __p::Handler<__S> for with_a_path {
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
    }
};
::core::compile_error! {
    "unknown argument `path`: there is `order = …`, `crate = …`"
}
async fn with_a_status_that_is_none() {}
/// The route `POST /orders`, for `routes!` to list. It calls the function of the same name.
#[allow(non_camel_case_types, missing_debug_implementations)]
struct with_a_status_that_is_none {}
const _: () = {
    use ::wirepath_http::__private as __p;
    impl __p::Descriptor for with_a_status_that_is_none {
        const ROLE: __p::Role = __p::Role::UNKNOWN;
        const NAME: &'static ::core::primitive::str = "with_a_status_that_is_none";
    }
    impl<__S> __p::Handler<__S> for with_a_status_that_is_none {
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
    }
};
::core::compile_error! {
    "expected a status from 100 to 599, such as 201"
}
::core::compile_error! {
    "`201` is given twice"
}
::core::compile_error! {
    "expected `,`"
}
::core::compile_error! {
    "a route without tags has no `tags = …`"
}
async fn with_a_flag() {}
/// A middleware, for `routes!` to list. It calls the function of the same name.
#[allow(non_camel_case_types, missing_debug_implementations)]
struct with_a_flag {}
const _: () = {
    use ::wirepath_http::__private as __p;
    impl __p::Descriptor for with_a_flag {
        const ROLE: __p::Role = __p::Role::UNKNOWN;
        const NAME: &'static ::core::primitive::str = "with_a_flag";
    }
    impl<__S> __p::Handler<__S> for with_a_flag {
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
    }
};
::core::compile_error! {
    "a middleware stands in front of every path: there is `order = …` only, the lowest outermost"
}
