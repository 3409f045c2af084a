//! The tests of wirepath-smpp from the outside, in one program.

mod arbitrary;
mod differential;
mod macros;
mod properties;
mod virtual_link;
