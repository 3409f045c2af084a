//! What the wirepath protocols share.
