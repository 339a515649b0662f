//! Call: one request to Graph before it has a token, a slot or a host.
//!
//! A call knows its effect, because what may follow a lost answer depends on nothing else: reads and repeatable
//! writes are asked again, a write that must happen once is looked for first (graph.md 7.6, quirk 37).
//! Its target is a path below the version root or a link that has been checked; there is no third way to name one.

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, header};

use transport::Effect;

use crate::page::{DeltaLink, Link, NextLink};
use crate::path::ResourcePath;

/// Where the address of a call came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Addressed {
    /// From us.
    ByPath,
    /// From a link that Graph had given: a page of a list or of a delta round.
    ByLink,
    /// From an upload session, whose address is its own permission.
    BySession,
}

/// Where a call goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// A path below `/v1.0`.
    Path(ResourcePath),
    /// A link that Graph gave us, checked.
    Link(Link),
}

/// One request to Graph.
#[derive(Clone, Debug)]
pub struct Call {
    pub(crate) method: Method,
    pub(crate) target: Target,
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    pub(crate) body: Bytes,
    pub(crate) effect: Effect,
    /// How many requests Graph runs at once because of this call, and how many it counts.
    pub(crate) weight: Weight,
}

/// What a call costs of a mailbox's allowance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Weight {
    /// Requests running at once, 1 to 4.
    pub(crate) slots: u8,
    /// Requests counted.
    pub(crate) requests: u16,
}

impl Weight {
    pub(crate) const ONE: Weight = Weight { slots: 1, requests: 1 };
}

/// The name of OData's and Outlook's preferences.
pub(crate) const PREFER: HeaderName = HeaderName::from_static("prefer");

impl Call {
    /// A read of `path`.
    pub fn get(path: ResourcePath) -> Self {
        Call::new(Method::GET, Target::Path(path), Effect::Read)
    }

    /// The read that a page's link asks for.
    pub fn follow(link: &Link) -> Self {
        Call::new(Method::GET, Target::Link(link.clone()), Effect::Read)
    }

    /// The next page.
    pub fn follow_next(link: &NextLink) -> Self {
        Call::follow(&Link::Next(link.clone()))
    }

    /// What has changed since a finished round.
    pub fn follow_delta(link: &DeltaLink) -> Self {
        Call::follow(&Link::Delta(link.clone()))
    }

    /// A write that must happen once.
    pub fn post(path: ResourcePath) -> Self {
        Call::new(Method::POST, Target::Path(path), Effect::Once)
    }

    /// A write of fixed values, repeatable.
    pub fn patch(path: ResourcePath) -> Self {
        Call::new(Method::PATCH, Target::Path(path), Effect::Repeatable)
    }

    /// A removal, repeatable.
    pub fn delete(path: ResourcePath) -> Self {
        Call::new(Method::DELETE, Target::Path(path), Effect::Repeatable)
    }

    /// A call that another program has put together: what it does twice follows from its method.
    pub fn passed(method: Method, path: ResourcePath) -> Self {
        let effect = match method {
            Method::GET | Method::HEAD => Effect::Read,
            Method::PATCH | Method::PUT | Method::DELETE => Effect::Repeatable,
            _ => Effect::Once,
        };
        Call::new(method, Target::Path(path), effect)
    }

    /// With a body as it is; its `Content-Type` is a header like others.
    #[must_use]
    pub fn body(mut self, body: Bytes) -> Self {
        self.body = body;
        self
    }

    /// The same call with another effect than its method suggests.
    #[must_use]
    pub fn with_effect(mut self, effect: Effect) -> Self {
        self.effect = effect;
        self
    }

    /// With a JSON body.
    #[must_use]
    pub fn json(mut self, body: &impl serde::Serialize) -> Self {
        self.body = serde_json::to_vec(body).expect("our own types serialise").into();
        self.header(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))
    }

    /// With one more header.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// For an answer that is not JSON.
    #[must_use]
    pub fn raw(self) -> Self {
        self.header(header::ACCEPT, HeaderValue::from_static("*/*"))
    }

    /// With a preference, such as `IdType="ImmutableId"` (graph.md 2.8).
    ///
    /// # Panics
    /// When `value` is not printable ASCII: preferences are constants and numbers of ours.
    #[must_use]
    pub fn prefer(self, value: &str) -> Self {
        let value = HeaderValue::from_str(value).expect("preferences are printable ASCII");
        self.header(PREFER, value)
    }

    pub(crate) fn weigh(mut self, weight: Weight) -> Self {
        self.weight = weight;
        self
    }

    pub(crate) fn addressed(&self) -> Addressed {
        match self.target {
            Target::Path(_) => Addressed::ByPath,
            Target::Link(_) => Addressed::ByLink,
        }
    }

    pub(crate) fn new(method: Method, target: Target, effect: Effect) -> Self {
        Call { method, target, headers: Vec::new(), body: Bytes::new(), effect, weight: Weight::ONE }
    }
}
