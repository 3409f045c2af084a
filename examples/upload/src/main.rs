//! Files over HTTP, on port 8080, into the folder `uploads`: send some, and see what they are called now.
//!
//! ```sh
//! curl localhost:8080/files -F file=@photo.png -F file=@letter.pdf
//! ```
//!
//! What comes in is written as it comes: memory does not grow with it. A file has its name once all of it is there. A request
//! may have 1 GiB, and 1024 seconds for it: 1 MiB a second.

mod name;

use std::{
    fmt::Display,
    io,
    path::{Path, PathBuf},
};

use serde::Serialize;
use tempfile::NamedTempFile;
use tokio::{fs::File, io::AsyncWriteExt};
use wirepath::{
    App, State,
    http::{
        Json, Multipart, Refusal, StatusCode, config::HttpConfig, extract::Field, post, routes,
    },
};

/// Where files go.
#[derive(Clone)]
struct Folder(PathBuf);

#[derive(Debug, Serialize)]
struct Stored {
    name: String,
    octets: u64,
}

/// Files of one request.
const MAX_FILES: usize = 16;
/// Octets of one file.
const MAX_FILE: usize = 64 << 20;

/// Octets of one request. What multipart puts around the files counts too.
const MAX_BODY: usize = MAX_FILES * MAX_FILE;
/// How long one may take: all of it comes in at 1 MiB a second, in 1024 seconds.
const MAX_TIME_MS: u64 = (MAX_BODY >> 20) as u64 * 1_000;

#[post("/files")]
async fn upload(
    State(folder): State<Folder>,
    form: Multipart,
) -> Result<(StatusCode, Json<Vec<Stored>>), Refusal> {
    let mut form = form.max_parts(MAX_FILES).max_part_bytes(MAX_FILE);
    let mut stored = Vec::new();
    while let Some(field) = form.next().await? {
        let Some(given) = field.file_name() else { continue };
        let name = name::safe(given).ok_or_else(|| {
            Refusal::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "a file needs a name with a letter in it",
            )
        })?;
        stored.push(store(&folder, name, field).await?);
    }
    Ok((StatusCode::CREATED, Json(stored)))
}

/// Writes a file under a name that nobody knows, and gives it its own at the end: what is dropped half way, with the request,
/// is removed.
async fn store(folder: &Folder, name: String, mut field: Field<'_>) -> Result<Stored, Refusal> {
    let (file, unfinished) = NamedTempFile::new_in(&folder.0).map_err(failed)?.into_parts();
    let mut file = File::from_std(file);
    let mut octets = 0;
    while let Some(piece) = field.chunk().await? {
        file.write_all(&piece).await.map_err(failed)?;
        octets += piece.len() as u64;
    }
    file.sync_all().await.map_err(failed)?;
    let path = folder.0.join(&name);
    match unfinished.persist_noclobber(&path) {
        Ok(()) => Ok(Stored { name, octets }),
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => {
            Err(Refusal::new(StatusCode::CONFLICT, format!("there is a file `{name}` already")))
        }
        Err(error) => Err(failed(error.error)),
    }
}

/// What went wrong is for the log, not for the client.
fn failed(error: impl Display) -> Refusal {
    eprintln!("a file cannot be stored: {error}");
    Refusal::new(StatusCode::INSUFFICIENT_STORAGE, "the file cannot be stored")
}

fn folder(path: &Path) -> io::Result<Folder> {
    std::fs::create_dir_all(path)?;
    Ok(Folder(path.to_owned()))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut config = HttpConfig::default();
    for server in &mut config.servers {
        server.max_body_bytes = MAX_BODY;
        server.request_timeout_ms = MAX_TIME_MS;
    }
    let folder = folder(Path::new("uploads"))?;
    println!("files on http://localhost:8080/files go into `uploads`; Ctrl-C ends it");
    Ok(App::new().state(folder).http_config(config).http(routes![upload]).run().await?)
}

#[cfg(test)]
mod tests {
    use wirepath::http::testing::{Answer, Client};

    use super::*;

    async fn send(folder: &Folder, parts: &[(&str, &str)]) -> Answer {
        let mut body = String::new();
        for (head, data) in parts {
            body += &format!("--x\r\ncontent-disposition: form-data; {head}\r\n\r\n{data}\r\n");
        }
        let client = Client::new(routes![upload], folder.clone());
        let asking =
            client.post("/files").header("content-type", "multipart/form-data; boundary=x");
        asking.body(body + "--x--\r\n").send().await
    }

    fn names(folder: &Folder) -> Vec<String> {
        let entries = std::fs::read_dir(&folder.0).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[tokio::test]
    async fn files_are_stored_and_fields_are_not() {
        let place = tempfile::tempdir().unwrap();
        let folder = folder(&place.path().join("in")).unwrap();
        let answer = send(
            &folder,
            &[
                ("name=\"note\"", "no file"),
                ("name=\"file\"; filename=\"a.txt\"", "one"),
                ("name=\"file\"; filename=\"../../b.txt\"", "three"),
            ],
        )
        .await;
        assert_eq!(answer.status(), StatusCode::CREATED, "{}", answer.text());
        assert_eq!(answer.text(), r#"[{"name":"a.txt","octets":3},{"name":"b.txt","octets":5}]"#);
        assert_eq!(names(&folder), ["a.txt", "b.txt"]);
        assert_eq!(std::fs::read_to_string(folder.0.join("b.txt")).unwrap(), "three");
        assert_eq!(names(&Folder(place.path().to_owned())), ["in"]);
    }

    #[tokio::test]
    async fn what_is_there_stays_and_what_is_refused_leaves_nothing() {
        let place = tempfile::tempdir().unwrap();
        let folder = folder(place.path()).unwrap();
        let file = ("name=\"file\"; filename=\"a.txt\"", "one");
        assert_eq!(send(&folder, &[file]).await.status(), StatusCode::CREATED);
        assert_eq!(send(&folder, &[(file.0, "other")]).await.status(), StatusCode::CONFLICT);
        let nameless = send(&folder, &[("name=\"file\"; filename=\"..\"", "x")]).await;
        assert_eq!(nameless.status(), StatusCode::UNPROCESSABLE_ENTITY);
        let long = "x".repeat(MAX_FILE + 1);
        let refused = send(&folder, &[("name=\"file\"; filename=\"b.txt\"", &long)]).await;
        assert_eq!(refused.status(), StatusCode::PAYLOAD_TOO_LARGE);
        assert_eq!(names(&folder), ["a.txt"]);
        assert_eq!(std::fs::read_to_string(folder.0.join("a.txt")).unwrap(), "one");
    }
}
