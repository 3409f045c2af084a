//! The OpenAPI document of the routes, served.

use std::{fmt, future::Future, sync::Arc};

use bytes::Bytes;
use http::{
    HeaderName, HeaderValue,
    header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS},
};

use super::{Routes, table::Written};
use crate::{
    Body, Leaving, Methods, Response,
    config::Around,
    handler::{Call, Chain, Descriptor, Dispatch, End, Handler, Join, Role},
    openapi::{Described, Document, OpenApi, page},
    reply::internal,
};

impl<S: Send + Sync + 'static, L: Dispatch<S>> Routes<S, L> {
    /// Serves the OpenAPI document of all routes at a path, `/openapi.json`, and a page of it where [`OpenApi::docs`] says. It is
    /// made once, with [`with_state`](Self::with_state): routes that are mounted later are in it, these are not. See
    /// [`openapi`](crate::openapi).
    #[must_use]
    pub fn openapi(mut self, path: &str, api: OpenApi) -> Routes<S, Join<L, ApiList>> {
        let api = Arc::new(api);
        let mut add = |path: String, form| {
            self.routes.push(Written {
                place: L::COUNT,
                api: Some(Served { api: Arc::clone(&api), form }),
                ..Written::new(path, Methods::GET, "openapi")
            });
        };
        add(path.to_owned(), Form::Json);
        if let Some(docs) = &api.docs {
            add(docs.clone(), Form::Page);
            let below = docs.trim_end_matches('/');
            add(format!("{below}/{}", page::SCRIPT), Form::Script);
            add(format!("{below}/{}", page::STYLE), Form::Style);
        }
        self.with_list()
    }

    /// Says to documents that were not told what stands around the routes: see [`OpenApi::around`]. An application does that.
    #[must_use]
    pub fn openapi_around(mut self, around: &Around) -> Self {
        for served in self.routes.iter_mut().filter_map(|route| route.api.as_mut()) {
            Arc::make_mut(&mut served.api).or_around(around);
        }
        self
    }

    /// The OpenAPI document of the routes as they are now: for a test, or to be written to a file.
    #[must_use]
    pub fn document(&self, api: &OpenApi) -> Document {
        document(&self.routes, api)
    }
}

fn document(routes: &[Written], api: &OpenApi) -> Document {
    let described = routes.iter().filter_map(|route| {
        let describe = route.describe?;
        Some(Described { path: &route.path, methods: route.methods, name: route.name, describe })
    });
    api.document(&described.collect::<Vec<_>>())
}

/// A document to be made.
#[derive(Debug, Clone)]
pub(super) struct Served {
    api: Arc<OpenApi>,
    form: Form,
}

#[derive(Debug, Clone, Copy)]
enum Form {
    Json,
    Page,
    Script,
    Style,
}

impl Served {
    /// Makes it, of all routes, for the path that it is at.
    pub(super) fn make(&self, path: &str, routes: &[Written]) -> Made {
        let document = || document(routes, &self.api);
        let (content_type, text) = match self.form {
            Form::Json => ("application/json", document().to_string().into()),
            Form::Page => {
                let page = page::page(path, document().value());
                ("text/html; charset=utf-8", page.into())
            }
            Form::Script => {
                ("text/javascript; charset=utf-8", Bytes::from_static(page::script().as_bytes()))
            }
            Form::Style => {
                ("text/css; charset=utf-8", Bytes::from_static(page::style().as_bytes()))
            }
        };
        let policy = match self.form {
            Form::Page => HeaderValue::try_from(page::policy(&self.api)).ok(),
            _ => None,
        };
        let headers = [
            (CONTENT_TYPE, Some(HeaderValue::from_static(content_type))),
            (X_CONTENT_TYPE_OPTIONS, Some(HeaderValue::from_static("nosniff"))),
            (CONTENT_SECURITY_POLICY, policy),
        ];
        let headers = headers.into_iter().filter_map(|(name, value)| Some((name, value?)));
        Made { headers: headers.collect(), text }
    }
}

/// A document, or a part of its page, as it goes out.
pub(crate) struct Made {
    headers: Vec<(HeaderName, HeaderValue)>,
    text: Bytes,
}

impl fmt::Debug for Made {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Made").field("headers", &self.headers).finish_non_exhaustive()
    }
}

impl Made {
    fn respond(&self) -> Response {
        let mut response = Response::new(Body::from(self.text.clone()));
        response.headers_mut().extend(self.headers.iter().cloned());
        response
    }
}

/// The list of a document's routes.
pub type ApiList = Chain<ApiRoute, End<1>>;

/// The route of a document, or of a part of its page.
#[derive(Debug)]
pub struct ApiRoute;

impl Descriptor for ApiRoute {
    const ROLE: Role = Role::route("/openapi.json", Methods::GET);
    const NAME: &'static str = "openapi";
}

impl<S: Send + Sync + 'static> Handler<S> for ApiRoute {
    fn accept(call: Call<'_, S>) -> Result<impl Future<Output = Leaving> + Send + use<S>, Leaving> {
        let response = call.route.api.as_ref().map_or_else(internal, Made::respond);
        Ok(std::future::ready(response.into()))
    }
}
