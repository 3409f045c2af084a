//! The OpenAPI document of the routes, served.

use std::{fmt, future::Future, sync::Arc};

use http::{
    HeaderValue,
    header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE},
};

use super::{Routes, table::Written};
use crate::{
    Body, Methods, Response,
    handler::{Call, Chain, Descriptor, Dispatch, End, Handler, Join, Role},
    openapi::{Described, Document, OpenApi, page},
    reply::internal,
};

impl<S: Send + Sync + 'static, L: Dispatch<S>> Routes<S, L> {
    /// Serves the OpenAPI document of all routes at a path, `/openapi.json`, and a page of it where [`OpenApi::docs`] says. It is
    /// made once, with [`with_state`](Self::with_state): routes that are mounted later are in it, these two are not. See
    /// [`openapi`](crate::openapi).
    #[must_use]
    pub fn openapi(mut self, path: &str, api: OpenApi) -> Routes<S, Join<L, ApiList>> {
        let api = Arc::new(api);
        let written = |path: &str, form| Written {
            place: L::COUNT,
            api: Some(Served { api: Arc::clone(&api), form }),
            ..Written::new(path.to_owned(), Methods::GET, "openapi")
        };
        self.routes.push(written(path, Form::Json));
        self.routes.extend(api.docs.as_deref().map(|path| written(path, Form::Page)));
        self.with_list()
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
}

impl Served {
    /// Makes it, of all routes.
    pub(super) fn make(&self, routes: &[Written]) -> Made {
        let document = document(routes, &self.api);
        let text = match self.form {
            Form::Json => document.to_string(),
            Form::Page => page::page(document.value()),
        };
        Made { form: self.form, text: text.into() }
    }
}

/// A document, or its page, as it goes out.
pub(crate) struct Made {
    form: Form,
    text: bytes::Bytes,
}

impl fmt::Debug for Made {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Made").field("form", &self.form).finish_non_exhaustive()
    }
}

impl Made {
    fn respond(&self) -> Response {
        let mut response = Response::new(Body::from(self.text.clone()));
        let headers = response.headers_mut();
        match self.form {
            Form::Json => {
                headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            }
            Form::Page => {
                headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
                let policy = HeaderValue::from_static(page::POLICY);
                headers.insert(CONTENT_SECURITY_POLICY, policy);
            }
        }
        response
    }
}

/// The list of a document's routes.
pub type ApiList = Chain<ApiRoute, End<1>>;

/// The route of a document, or of its page.
#[derive(Debug)]
pub struct ApiRoute;

impl Descriptor for ApiRoute {
    const ROLE: Role = Role::route("/openapi.json", Methods::GET);
    const NAME: &'static str = "openapi";
}

impl<S: Send + Sync + 'static> Handler<S> for ApiRoute {
    fn accept(
        call: Call<'_, S>,
    ) -> Result<impl Future<Output = Response> + Send + use<S>, Response> {
        let response = call.route.api.as_ref().map_or_else(internal, Made::respond);
        Ok(std::future::ready(response))
    }
}
