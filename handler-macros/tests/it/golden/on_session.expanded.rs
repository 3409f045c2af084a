async fn bound(session: Session) {}
/// The handler for `bound` sessions, for `handlers!` to list. It calls the function of the same name.
#[allow(non_camel_case_types, missing_debug_implementations)]
struct bound {}
const _: () = {
    use ::wirepath_smpp::__private as __p;
    impl __p::Descriptor for bound {
        const ON: __p::On = __p::On::BOUND;
        const NAME: &'static ::core::primitive::str = "bound";
    }
    impl<__S> __p::Handler<__S> for bound {
        fn accept(
            __request: __p::Request,
            __state: &__S,
        ) -> ::core::result::Result<
            impl ::core::future::Future<
                Output = __p::Response,
            > + ::core::marker::Send + use<__S>,
            __p::Response,
        > {
            let __0 = __p::subject::<{ __p::On::BOUND.key() }, Session>(__request)?;
            ::core::result::Result::Ok(__p::silently(bound(__0)))
        }
    }
};
async fn unbound(session: Session, cause: UnbindCause) {}
/// The handler for `unbound` sessions, for `handlers!` to list. It calls the function of the same name.
#[allow(non_camel_case_types, missing_debug_implementations)]
struct unbound {}
const _: () = {
    use ::wirepath_smpp::__private as __p;
    impl __p::Descriptor for unbound {
        const ON: __p::On = __p::On::UNBOUND;
        const NAME: &'static ::core::primitive::str = "unbound";
    }
    const __EXTRACTORS: ::core::primitive::bool = true
        && __p::extractor::<UnbindCause>();
    impl<__S> __p::Handler<__S> for unbound
    where
        <UnbindCause as __p::Checked<__EXTRACTORS>>::Needs: __p::Needs<__S>,
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
                UnbindCause,
                __S,
            >(&__request, __state)?;
            let __0 = __p::subject::<{ __p::On::UNBOUND.key() }, Session>(__request)?;
            ::core::result::Result::Ok(__p::silently(unbound(__0, __1)))
        }
    }
};
