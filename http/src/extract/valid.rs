//! Bodies and queries that keep the rules of their types.

mod sent;

use garde::{Report, Validate};
use http::StatusCode;
use serde::de::DeserializeOwned;
use wirepath_runtime::state::Nothing;

use self::sent::Sent;
use super::{Extract, Form, Json, Query, ReadBody};
use crate::{
    Arrived, Head, Refusal,
    protocol::{
        Problem,
        problem::{FieldProblem, MAX_ERRORS},
    },
};

/// A [`Json`], [`Form`] or [`Query`] whose value keeps the rules that its type has under `#[derive(garde::Validate)]`.
///
/// A value that breaks some is answered 422 with all of them in one body, up to [`MAX_ERRORS`], each with the JSON pointer or
/// the name of the parameter. What the extractor inside refuses by itself, a wrong type for one, is answered as without `Valid`,
/// and no rule is looked at.
///
/// ```
/// use garde::Validate;
/// use wirepath_http::{Json, Valid, post, routes, testing::Client};
///
/// #[derive(serde::Deserialize, Validate)]
/// struct Order {
///     #[garde(length(min = 1), dive)]
///     items: Vec<Item>,
///     #[garde(skip)]
///     note: Option<String>,
/// }
///
/// #[derive(serde::Deserialize, Validate)]
/// #[serde(rename_all = "camelCase")]
/// struct Item {
///     #[garde(ascii, length(min = 3))]
///     sku: String,
///     #[garde(range(min = 1))]
///     unit_price: u32,
/// }
///
/// #[post("/orders")]
/// async fn create(Valid(Json(order)): Valid<Json<Order>>) -> String {
///     let prices: u32 = order.items.iter().map(|item| item.unit_price).sum();
///     format!("{prices} {}", order.note.unwrap_or_default())
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let client = Client::new(routes![create], ());
/// let answer = client.post("/orders").body(r#"{"items":[{"sku":"é","unitPrice":0}]}"#);
/// let answer = answer.header("content-type", "application/json").header("accept", "text/plain").send().await;
/// assert_eq!(
///     answer.text(),
///     "422 Unprocessable Entity\n\
///      /items/0/sku: not ascii\n\
///      /items/0/sku: length is lower than 3\n\
///      /items/0/unitPrice: lower than 1\n"
/// );
/// # }
/// ```
///
/// garde knows a field by its name in Rust. The name in the answer is the one that was sent: what `#[serde(rename_all = "…")]` makes
/// of it is found in the request, and so is a field under `#[serde(flatten)]`. A field that was left out, or one under
/// `#[serde(rename = "…")]` with another word, is called as it is in Rust. A newtype around a list needs `#[garde(transparent)]`.
///
/// Rules run on the task of the request, over all that was sent, and all mistakes are in memory before the first [`MAX_ERRORS`]
/// are written: a list of a million numbers may have a million. The listener's `max_body_bytes` is the bound.
///
/// Rules with a context are given `Context::default()`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Valid<E>(pub E);

impl<T> ReadBody for Valid<Json<T>>
where
    T: DeserializeOwned + Validate<Context: Default> + Send,
{
    async fn read(arrived: &mut Arrived) -> Result<Self, Refusal> {
        let octets = super::json::octets(arrived).await?;
        let value = super::json::decode::<T>(&octets)?;
        match value.validate() {
            Ok(()) => Ok(Self(Json(value))),
            Err(report) => Err(refuse(report, &Sent::json(&octets))),
        }
    }
}

impl<T> ReadBody for Valid<Form<T>>
where
    T: DeserializeOwned + Validate<Context: Default> + Send,
{
    async fn read(arrived: &mut Arrived) -> Result<Self, Refusal> {
        let octets = super::query::octets(arrived).await?;
        let value = super::query::decode_form::<T>(&octets)?;
        match value.validate() {
            Ok(()) => Ok(Self(Form(value))),
            Err(report) => Err(refuse(report, &Sent::form(&octets))),
        }
    }
}

impl<T> Extract for Valid<Query<T>>
where
    T: DeserializeOwned + Validate<Context: Default> + Send,
{
    type Needs = Nothing;

    #[inline]
    fn extract(head: Head<'_>, _: Nothing) -> Result<Self, Refusal> {
        let Query(value) = Query::<T>::extract(head, Nothing)?;
        match value.validate() {
            Ok(()) => Ok(Self(Query(value))),
            Err(report) => Err(refuse(report, &Sent::query(head.query().unwrap_or_default()))),
        }
    }
}

#[cold]
fn refuse(report: Report, sent: &Sent) -> Refusal {
    let mut problem = Problem::new(StatusCode::UNPROCESSABLE_ENTITY);
    for (at, (path, error)) in report.iter().enumerate() {
        problem = problem.error(match at < MAX_ERRORS {
            true => sent.problem(path, error.message()),
            // It is only counted.
            false => FieldProblem::new("", ""),
        });
    }
    problem.into()
}
