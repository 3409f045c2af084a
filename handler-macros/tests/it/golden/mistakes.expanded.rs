/// The command is known, the function is none for it.
fn relay(pdu: &SubmitSm) -> Status {
    Status::ROK
}
/// The handler for `submit_sm`, for `handlers!` to list. It calls the function of the same name.
#[allow(non_camel_case_types, missing_debug_implementations)]
struct relay {}
const _: () = {
    use ::wirepath_smpp::__private as __p;
    impl __p::Descriptor for relay {
        const ON: __p::On = __p::On::command(0x00000004);
        const NAME: &'static ::core::primitive::str = "relay";
    }
    impl<__S> __p::Handler<__S> for relay {
        fn accept(
            _: __p::Request,
            _: &__S,
        ) -> ::core::result::Result<
            impl ::core::future::Future<
                Output = __p::Response,
            > + ::core::marker::Send + use<__S>,
            __p::Response,
        > {
            ::core::result::Result::Ok(async { __p::Response::Silent })
        }
    }
};
::core::compile_error! {
    "a handler is an `async fn`"
}
::core::compile_error! {
    "a handler owns its arguments: take `SubmitSm` by value"
}
/// The command is not known.
pub async fn relay_too(pdu: SubmitSm) {}
/// The handler for nothing yet, for `handlers!` to list. It calls the function of the same name.
#[allow(non_camel_case_types, missing_debug_implementations)]
pub struct relay_too {}
const _: () = {
    use ::wirepath_smpp::__private as __p;
    impl __p::Descriptor for relay_too {
        const ON: __p::On = __p::On::UNKNOWN;
        const NAME: &'static ::core::primitive::str = "relay_too";
    }
    impl<__S> __p::Handler<__S> for relay_too {
        fn accept(
            _: __p::Request,
            _: &__S,
        ) -> ::core::result::Result<
            impl ::core::future::Future<
                Output = __p::Response,
            > + ::core::marker::Send + use<__S>,
            __p::Response,
        > {
            ::core::result::Result::Ok(async { __p::Response::Silent })
        }
    }
};
::core::compile_error! {
    "unknown command `sumbit_sm`: did you mean `submit_sm`?"
}
::core::compile_error! {
    "a function is one handler: move `#[on_bind]` to another one that calls this"
}
