//! One's own sessions of the console.

use axum::extract::Path;
use keystead_authority::ConsoleSession;

use super::super::{
    moment::Moment,
    page::{Answer, see},
    problem::Problem,
    sign_in::failed,
    visitor::Visitor,
};

/// A session, as the page shows it.
pub(super) struct MySession {
    pub(super) id: String,
    pub(super) created: Moment,
    pub(super) last_seen: Moment,
    pub(super) expires: Moment,
    pub(super) mfa: bool,
    pub(super) address: String,
    pub(super) browser: String,
    pub(super) is_present: bool,
}

impl From<ConsoleSession> for MySession {
    fn from(session: ConsoleSession) -> Self {
        Self {
            id: session.id,
            created: session.created_at.into(),
            last_seen: session.last_seen_at.into(),
            expires: session.expires_at.into(),
            mfa: session.mfa,
            address: session.source_address,
            browser: session.user_agent,
            is_present: session.is_present,
        }
    }
}

/// The visitor's sessions, latest first.
pub(super) async fn load(visitor: &Visitor) -> Result<Vec<MySession>, Problem> {
    let sign_in = visitor.api().authority.sign_in();
    let sessions = sign_in.sessions(visitor.caller()).await.map_err(failed)?;
    Ok(sessions.into_iter().map(MySession::from).collect())
}

/// `/console/me/sessions/{id}/end`
pub(super) async fn end(visitor: Visitor, Path(id): Path<String>) -> Answer {
    let sign_in = visitor.api().authority.sign_in();
    let ended = sign_in
        .end_session(visitor.caller(), &id, &visitor.context())
        .await;
    match ended.map_err(failed)? {
        true => see("/console/me?done=session-ended"),
        false => Err(Problem::NotFound),
    }
}

/// `/console/me/sessions/end-others`
pub(super) async fn end_others(visitor: Visitor) -> Answer {
    let sign_in = visitor.api().authority.sign_in();
    let ended = sign_in
        .end_other_sessions(visitor.caller(), &visitor.context())
        .await;
    ended.map_err(failed)?;
    see("/console/me?done=sessions-ended")
}
