use wirepath_http::{Path, get};

#[get("/{a}/{b}")]
async fn root(Path((_a, _b, _c)): Path<(u8, u8, u8)>) {}

fn main() {}
