//! What the macros' output says of a handler's types: a method of its `Descriptor`, or nothing at all.

/// With the feature, `Descriptor::describe`.
#[cfg(feature = "openapi")]
#[doc(hidden)]
#[macro_export]
macro_rules! __describe {
    (hidden) => {
        fn describe(operation: &mut $crate::__private::Operation<'_>) {
            operation.hide();
        }
    };
    (
        docs $docs:literal
        deprecated [$($deprecated:literal)?]
        tags [$($tag:literal),*]
        parameters [$(($name:literal, $parameter:ty)),*]
        inputs [$($input:ty),*]
        output ($($output:tt)*)
        produces [$($produces:literal),*]
        answers [$($answer:literal),*]
        by_hand [$($by_hand:path)?]
    ) => {
        fn describe(operation: &mut $crate::__private::Operation<'_>) {
            #[allow(unused_imports)]
            use $crate::__private::{
                OfNoKind as _, OfNoParameter as _, WithoutSchema as _, WithoutSchemaReturned as _,
            };
            operation.said($docs, &[$($tag),*]);
            $(operation.deprecated($deprecated);)?
            $((&$crate::__private::Asked::<$parameter>::new()).parameter(operation, $name);)*
            $((&$crate::__private::Asked::<$input>::new()).input(operation);)*
            $crate::__describe_output!(operation, $($output)*);
            operation.answers(&[$($answer),*]);
            operation.produces(&[$($produces),*]);
            $($by_hand(operation);)?
        }
    };
}

/// What is returned: a type, a stream of events, or something without a name; and the error in its place.
#[cfg(feature = "openapi")]
#[doc(hidden)]
#[macro_export]
macro_rules! __describe_output {
    ($operation:ident, events $([$error:ty])?) => {
        $operation.streams();
        $((&$crate::__private::Asked::<$error>::new()).error($operation);)?
    };
    ($operation:ident, unnamed $([$error:ty])?) => {
        $crate::__private::unnamed($operation);
        $((&$crate::__private::Asked::<$error>::new()).error($operation);)?
    };
    ($operation:ident, [$output:ty] $([$error:ty])?) => {
        (&$crate::__private::Asked::<$output>::new()).output($operation);
        $((&$crate::__private::Asked::<$error>::new()).error($operation);)?
    };
}

/// Without it, nothing.
#[cfg(not(feature = "openapi"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __describe {
    ($($said:tt)*) => {};
}
