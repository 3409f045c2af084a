//! The tests of wirepath-smpp from the outside, in one program.

mod virtual_link;
