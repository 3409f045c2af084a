//! The handler attributes of wirepath.
