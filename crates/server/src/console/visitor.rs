//! Who looks at a page.

use std::sync::Arc;

use axum::{
    extract::{FromRequestParts, OptionalFromRequestParts},
    response::Response,
};
use http::{Method, request::Parts};
use keystead_authority::{Context, PasswordRules, Perform, Performed};
use keystead_store::Statistics;
use keystead_types::{AccountId, Identity};
use keystead_verifier::Authenticated;
use keystead_wire::{ApiError, Operation};
use zeroize::Zeroizing;

use super::{
    Shared, cookie,
    frame::{Frame, Section},
    notice,
    origin::Origin,
    problem::{Problem, SignInFirst},
    sign_in::failed,
};
use crate::{
    api::{Api, Refused, UnderWay, Visit},
    environment::now,
};

/// The region that pages act in: IAM is global, and this is where AWS has it.
pub(super) const REGION: &str = "us-east-1";

/// Somebody who is signed in.
pub(super) struct Visitor {
    shared: Arc<Shared>,
    caller: Authenticated,
    visit: Visit,
    token: Zeroizing<String>,
    notice: Option<&'static str>,
}

impl Visitor {
    /// Runs an operation: decided, recorded and logged like one that a client asks for.
    pub(super) async fn perform<O: Perform>(&self, input: O::Input) -> Result<O::Output, Refused> {
        let Self {
            shared,
            caller,
            visit,
            ..
        } = self;
        shared.api.perform::<O>(input, caller, visit).await
    }

    /// Begins a read that is no operation of AWS's.
    pub(super) fn begin_own_read(&self, name: &'static str) -> UnderWay<'_> {
        self.shared.api.begin_own_read(name, &self.visit)
    }

    /// Ends it.
    pub(super) fn end_own_read<T>(
        &self,
        read: UnderWay<'_>,
        result: Result<T, ApiError>,
    ) -> Result<T, Refused> {
        self.shared.api.end_own_read(read, &self.caller, result)
    }

    /// Begins what is known as an operation, and is more than its input says.
    pub(super) fn begin(&self, operation: &'static Operation) -> UnderWay<'_> {
        self.shared.api.begin(operation, &self.visit)
    }

    /// Ends it.
    pub(super) fn end<T>(
        &self,
        under_way: UnderWay<'_>,
        performed: Result<Performed<T>, ApiError>,
    ) -> Result<T, Refused> {
        self.shared.api.end(under_way, &self.caller, performed)
    }

    /// Which passwords users of the account may have, in words.
    pub(super) async fn password_rules(&self) -> Result<PasswordRules, Problem> {
        let sign_in = self.shared.api.authority.sign_in();
        sign_in.password_rules(self.account()).await.map_err(failed)
    }

    /// The circumstances of what is no operation.
    pub(super) fn context(&self) -> Context {
        self.shared.api.context_of(&self.visit)
    }

    pub(super) fn api(&self) -> &Arc<Api> {
        &self.shared.api
    }

    pub(super) fn caller(&self) -> &Authenticated {
        &self.caller
    }

    pub(super) fn account(&self) -> AccountId {
        self.caller.principal().account
    }

    /// The user's name.
    pub(super) fn name(&self) -> &str {
        match &self.caller.principal().identity {
            Identity::User(user) => user.name.as_str(),
            _ => "root",
        }
    }

    /// Goes on telling the page, under the event's name `part`, what `look` finds; as long as the session lasts and
    /// there is something to be found. It looks again when `version` is another, and what it finds again leaves no
    /// records: whoever begins looks once before, which does.
    pub(super) fn tell<L>(
        self,
        part: &'static str,
        version: fn(&Statistics) -> u64,
        look: impl Fn(Self) -> L + Clone + Send + Sync + 'static,
    ) -> Response
    where
        L: Future<Output = Option<String>> + Send + 'static,
    {
        let shared = Arc::clone(&self.shared);
        let store = shared.api.verifier.directory().clone();
        let version = move || version(&store.statistics());
        let told = Arc::clone(&shared);
        let visit = self.visit.repeated();
        let token = self.token.clone();
        shared.live.tell(part, version, move || {
            let (shared, visit, token, look) =
                (Arc::clone(&told), visit.clone(), token.clone(), look.clone());
            async move {
                let visitor = Self::signed_in(&shared, visit, &token).await?;
                look(visitor).await
            }
        })
    }

    /// Whose session a token is of, if it lasts.
    async fn signed_in(shared: &Arc<Shared>, visit: Visit, token: &str) -> Option<Self> {
        let verifier = &shared.api.verifier;
        let caller = verifier.authenticate_console(token, REGION, now()).await.ok()?;
        Some(Self {
            shared: Arc::clone(shared),
            caller,
            visit,
            token: Zeroizing::new(token.to_owned()),
            notice: None,
        })
    }

    /// What stands around a page's content.
    pub(super) fn frame(&self, section: Section, title: impl Into<String>) -> Frame {
        Frame {
            title: title.into(),
            section,
            account: self.account(),
            visitor: self.name().to_owned(),
            notice: self.notice,
        }
    }
}

impl FromRequestParts<Arc<Shared>> for Visitor {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, shared: &Arc<Shared>) -> Result<Self, Problem> {
        let origin = extension::<Origin>(parts)?;
        let visit = extension::<Visit>(parts)?;
        let token = cookie::token(&parts.headers, &origin);
        let signed_in = match token {
            Some(token) => Self::signed_in(shared, visit, token).await,
            None => None,
        };
        let visitor =
            signed_in.ok_or_else(|| Problem::NotSignedIn(sign_in_first(parts, &origin, token.is_some())))?;
        let sign_in = shared.api.authority.sign_in();
        if let Err(refusal) = sign_in.note(&visitor.token, now()).await {
            // No reason not to show the page.
            tracing::warn!(?refusal, "the use of a console session is not noted");
        }
        let done = form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes())
            .find(|(name, _)| name == "done")
            .and_then(|(_, word)| notice::text(&word));
        Ok(Self {
            notice: done,
            ..visitor
        })
    }
}

impl OptionalFromRequestParts<Arc<Shared>> for Visitor {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, shared: &Arc<Shared>) -> Result<Option<Self>, Problem> {
        match <Self as FromRequestParts<_>>::from_request_parts(parts, shared).await {
            Ok(visitor) => Ok(Some(visitor)),
            Err(Problem::NotSignedIn(_)) => Ok(None),
            Err(problem) => Err(problem),
        }
    }
}

/// What was put beside a request for its routes.
pub(super) fn extension<T: Clone + Send + Sync + 'static>(parts: &Parts) -> Result<T, Problem> {
    parts.extensions.get::<T>().cloned().ok_or(Problem::NotFound)
}

/// What a request that nobody is signed in for is sent to. What was sent by a form is lost, and the page that the form
/// stands on is where to go on.
fn sign_in_first(parts: &Parts, origin: &Origin, had_session: bool) -> SignInFirst {
    let asked = |name| parts.headers.get(name).and_then(|value| value.to_str().ok());
    let page_of_form = || asked("referer")?.strip_prefix(origin.as_str()).map(str::to_owned);
    let here = || parts.uri.path_and_query().map(|path| path.as_str().to_owned());
    let is_read = parts.method == Method::GET || parts.method == Method::HEAD;
    let is_part = asked("hx-request").is_some();
    let next = match is_read && !is_part {
        true => here(),
        false => page_of_form(),
    };
    SignInFirst {
        next: next.filter(|next| next != "/console/" && next.starts_with("/console/")),
        notice: match (is_read, had_session) {
            (false, _) => Some("session-over-unsent"),
            (true, true) => Some("session-over"),
            (true, false) => None,
        },
        is_part,
    }
}

impl FromRequestParts<Arc<Shared>> for Origin {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<Shared>) -> Result<Self, Problem> {
        extension(parts)
    }
}

impl FromRequestParts<Arc<Shared>> for Visit {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<Shared>) -> Result<Self, Problem> {
        extension(parts)
    }
}
