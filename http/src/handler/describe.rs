//! What the macros' output says of a handler's types: a method of its `Descriptor`, or nothing at all.

/// With the feature, `Descriptor::describe`.
#[cfg(feature = "openapi")]
#[doc(hidden)]
#[macro_export]
macro_rules! __describe {
    (
        $docs:literal, [$($tag:literal),*], [$($produces:literal),*],
        [$(($name:literal, $parameter:ty)),*], [$($input:ty),*], $output:tt
    ) => {
        fn describe(operation: &mut $crate::__private::Operation<'_>) {
            #[allow(unused_imports)]
            use $crate::__private::{
                Asked, OfNoKind as _, OfNoParameter as _, WithoutSchema as _, WithoutSchemaReturned as _,
            };
            operation.said($docs, &[$($tag),*]);
            $((&Asked::<$parameter>::new()).parameter(operation, $name);)*
            $((&Asked::<$input>::new()).input(operation);)*
            $crate::__describe_output!(operation, $output);
            operation.produces(&[$($produces),*]);
        }
    };
}

/// What is returned: a type, a stream of events, or something without a name.
#[cfg(feature = "openapi")]
#[doc(hidden)]
#[macro_export]
macro_rules! __describe_output {
    ($operation:ident, (events)) => {
        $operation.streams()
    };
    ($operation:ident, (unnamed)) => {
        $crate::__private::unnamed($operation)
    };
    ($operation:ident, [$output:ty]) => {
        (&Asked::<$output>::new()).output($operation)
    };
}

/// Without it, nothing.
#[cfg(not(feature = "openapi"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __describe {
    ($($said:tt)*) => {};
}
