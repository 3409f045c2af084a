//! Files from a folder.

use std::{
    fmt, io,
    path::{Path, PathBuf},
    pin::Pin,
    sync::Arc,
};

use http::{
    HeaderMap, HeaderValue, Method, StatusCode, Uri,
    header::{ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_RANGE, LOCATION, RANGE, VARY},
};
use tokio::fs;
use tower_http::services::{
    ServeDir,
    fs::{Backend, DefaultServeDirFallback, TokioBackend},
};
use tower_service::Service;

use super::{answer::nothing_there, range::Range};
use crate::{
    Body, Leaving, Methods, Refusal, Response,
    handler::{Call, Chain, Descriptor, End, Handler, Role},
    protocol::percent,
};

/// A folder whose files are served: see [`Routes::files`](crate::Routes::files).
///
/// What clients get: one range of octets (206, 416; `If-Range` by `ETag`), `ETag` and `Last-Modified` with 304 and 412, the type by the name's ending,
/// `index.html` for a folder, and `name.br`, `name.zst` or `name.gz` in place of `name` where the client takes that and the file
/// is there.
///
/// What they do not get, and are answered 404 for: anything outside of the folder, by `..` however it is encoded, or by a
/// symbolic link that leads out of it (one that stays inside is followed); names that begin with a dot, but for `.well-known`;
/// lists of what is in a folder.
///
/// Files are read as clients read them, 64 KiB at a time.
#[derive(Debug, Clone)]
pub struct Files {
    folder: PathBuf,
    cache_control: Option<HeaderValue>,
}

impl Files {
    /// From this folder.
    #[must_use]
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into(), cache_control: None }
    }

    /// What `Cache-Control` says of each file: `public, max-age=31536000, immutable` where a name changes with what it
    /// names. Default: nothing, and clients ask whether what they have is still right.
    #[must_use]
    pub fn cache_control(mut self, value: HeaderValue) -> Self {
        self.cache_control = Some(value);
        self
    }

    /// Looks whether the folder is there.
    pub(super) fn open(&self) -> io::Result<Folder> {
        let root = self.folder.canonicalize()?;
        if !root.is_dir() {
            return Err(io::ErrorKind::NotADirectory.into());
        }
        let inside = Inside(Arc::from(&*root));
        let serve = ServeDir::with_backend(&root, inside)
            .precompressed_br()
            .precompressed_gzip()
            .precompressed_zstd();
        Ok(Folder { serve, cache_control: self.cache_control.clone() })
    }

    /// What is said of a folder that cannot be served.
    pub(super) fn why(&self, error: &io::Error) -> String {
        let folder = self.folder.display();
        format!(
            "the folder `{folder}` cannot be served: {error}; paths are taken from where the program was started"
        )
    }
}

/// A folder that is there.
pub(crate) struct Folder {
    serve: ServeDir<DefaultServeDirFallback, Inside>,
    cache_control: Option<HeaderValue>,
}

impl Folder {
    /// The file behind it, or the part of it that is asked for and can be given.
    async fn file(&self, method: Method, uri: Uri, mut headers: HeaderMap) -> Response {
        // Ranges are for `GET` alone (RFC 9110 §14.2).
        let range = Range::of(&headers).filter(|_| method == Method::GET);
        headers.remove(RANGE);
        if let Some(range) = range
            && let Some(value) = range.to_value()
        {
            let mut ranged = headers.clone();
            ranged.insert(RANGE, value);
            let part = self.ask(method.clone(), uri.clone(), ranged).await;
            if !range.is_void(&headers, &part) {
                return part;
            }
        }
        self.ask(method, uri, headers).await
    }

    async fn ask(&self, method: Method, uri: Uri, headers: HeaderMap) -> Response {
        let mut request = http::Request::new(Body::empty());
        (*request.method_mut(), *request.uri_mut(), *request.headers_mut()) =
            (method, uri, headers);
        let Ok(response) = self.serve.clone().call(request).await;
        response.map(Body::boxed)
    }
}

impl fmt::Debug for Folder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Folder").finish_non_exhaustive()
    }
}

/// The list of one folder.
pub type FilesList = Chain<FileRoute, End<1>>;

/// The route of a folder's files.
#[derive(Debug)]
pub struct FileRoute;

impl Descriptor for FileRoute {
    const ROLE: Role = Role::route("/{*path}", Methods::GET);
    const NAME: &'static str = "files";
}

impl<S: Send + Sync + 'static> Handler<S> for FileRoute {
    fn accept(call: Call<'_, S>) -> Result<impl Future<Output = Leaving> + Send + use<S>, Leaving> {
        let path = call.arrived.path();
        let Some(folder) = call.route.folder.clone() else { return Err(nothing(&call).into()) };
        let Some(rest) = behind(path, &call.route.pattern) else {
            // Without the slash, what a page names beside it would be looked for one folder further up.
            return Err(redirect(call.arrived.uri()).into());
        };
        if is_hidden(rest) {
            return Err(nothing(&call).into());
        }
        let is_folder = rest.is_empty();
        let Ok(uri) = format!("/{rest}").parse() else { return Err(nothing(&call).into()) };
        let (head, _) = call.arrived.take().into_parts();
        Ok(async move {
            let mut response = folder.file(head.method, uri, head.headers.clone()).await;
            let response = match response.status() {
                StatusCode::OK | StatusCode::PARTIAL_CONTENT | StatusCode::NOT_MODIFIED => {
                    if let Some(value) = &folder.cache_control {
                        response.headers_mut().insert(CACHE_CONTROL, value.clone());
                    }
                    // A 304 has it as the 200 would (RFC 9110 §15.4.5).
                    response.headers_mut().insert(VARY, ACCEPT_ENCODING.into());
                    response
                }
                StatusCode::TEMPORARY_REDIRECT if !is_folder => redirect(&head.uri),
                StatusCode::PRECONDITION_FAILED => response,
                StatusCode::RANGE_NOT_SATISFIABLE => {
                    let length = response.headers_mut().remove(CONTENT_RANGE);
                    let detail = "the file ends before this range: `content-range` says where";
                    let mut refused =
                        Refusal::new(response.status(), detail).respond_to(&head.headers);
                    refused.headers_mut().extend(length.map(|length| (CONTENT_RANGE, length)));
                    refused
                }
                StatusCode::NOT_FOUND => nothing_there().respond_to(&head.headers),
                status => {
                    tracing::error!(%status, path = head.uri.path(), "a file cannot be served; answered 500");
                    crate::reply::internal()
                }
            };
            response.into()
        })
    }
}

#[cold]
fn nothing<S>(call: &Call<'_, S>) -> Response {
    nothing_there().respond_to(call.arrived.headers())
}

/// What stands behind the pattern's own segments; none for the folder without its slash.
fn behind<'p>(path: &'p str, pattern: &str) -> Option<&'p str> {
    let own = pattern.split_once("{*").map_or(pattern, |(own, _)| own);
    let own = if own.ends_with('/') { own } else { return None };
    let depth = own.bytes().filter(|octet| *octet == b'/').count();
    path.splitn(depth + 1, '/').nth(depth)
}

/// To the same with a slash behind the path. Relative, so that nothing else is changed, whatever the path begins with.
fn redirect(uri: &Uri) -> Response {
    let last = uri.path().rsplit('/').next().unwrap_or_default();
    // What is encoded already stays so. The rest may have octets that no header takes.
    let last = percent::encode(last, |octet| octet == b'%' || percent::stands_in_segment(octet));
    let mut location = format!("./{last}/");
    if let Some(query) = uri.query() {
        location.push('?');
        location.push_str(&percent::encode(query, |octet| octet.is_ascii_graphic()));
    }
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::PERMANENT_REDIRECT;
    if let Ok(location) = location.parse() {
        response.headers_mut().insert(LOCATION, location);
    }
    response
}

/// `.git`, `.env` and the like are in folders by mistake. What cannot be decoded is no name of a file.
fn is_hidden(rest: &str) -> bool {
    let Ok(decoded) = percent::path(rest) else { return true };
    decoded.split('/').any(|segment| segment.starts_with('.') && segment != ".well-known")
}

/// Files of one folder, and of nowhere else: links may lead anywhere.
#[derive(Debug, Clone)]
struct Inside(Arc<Path>);

impl Inside {
    /// Where a path leads to in the end. One that leads nowhere, whatever the reason, is not found: names that are too long
    /// or have a zero in them, and links in a circle.
    async fn real(self, path: PathBuf) -> io::Result<PathBuf> {
        match fs::canonicalize(&path).await {
            Ok(real) if real.starts_with(&self.0) => Ok(real),
            Ok(_) => Err(io::ErrorKind::NotFound.into()),
            Err(error) => {
                tracing::debug!(%error, path = %path.display(), "a path leads to no file");
                Err(io::ErrorKind::NotFound.into())
            }
        }
    }
}

type Doing<T> = Pin<Box<dyn Future<Output = io::Result<T>> + Send>>;

impl Backend for Inside {
    type File = <TokioBackend as Backend>::File;
    type Metadata = <TokioBackend as Backend>::Metadata;
    type OpenFuture = Doing<Self::File>;
    type MetadataFuture = Doing<Self::Metadata>;

    fn open(&self, path: PathBuf) -> Self::OpenFuture {
        let inside = self.clone();
        Box::pin(async move { TokioBackend.open(inside.real(path).await?).await })
    }

    fn metadata(&self, path: PathBuf) -> Self::MetadataFuture {
        let inside = self.clone();
        Box::pin(async move { fs::metadata(inside.real(path).await?).await })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_behind_the_prefix() {
        for (path, pattern, rest) in [
            ("/a.css", "/{*path}", Some("a.css")),
            ("/", "/", Some("")),
            ("/assets/b/c", "/assets/{*path}", Some("b/c")),
            ("/assets/", "/assets/", Some("")),
            ("/assets", "/assets", None),
            ("/t%2F1/assets/b//c/", "/{tenant}/assets/{*path}", Some("b//c/")),
        ] {
            assert_eq!(behind(path, pattern), rest, "{path}");
        }
    }

    #[test]
    fn names_with_a_dot_in_front_are_hidden() {
        for (rest, expected) in [
            ("a.css", false),
            (".well-known/x", false),
            (".git/config", true),
            ("a/%2Eenv", true),
            ("..", true),
            ("%2e%2E/x", true),
            ("a%2f..%2fb", true),
            ("%FF", true),
        ] {
            assert_eq!(is_hidden(rest), expected, "{rest}");
        }
    }
}
