//! The tests of wirepath-smpp from the outside, in one program.

mod arbitrary;
mod bad_input;
mod differential;
mod macros;
mod properties;
mod support;
mod virtual_link;
